package token

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const now = 1_700_000_000_000

// plain keeps a session in one record; shared under an application's keys.
var (
	plain  = Keys{Record: "authfetch"}
	shared = Keys{Record: "authfetch", Access: "token", Refresh: "refresh", ExpiresAt: "expires", ID: "id"}
	two    = Keys{Record: "authfetch", Access: "token", Refresh: "refresh"}
)

func from(stored map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		text, ok := stored[key]
		return text, ok
	}
}

// apply writes entries as a storage would.
func apply(stored map[string]string, entries []Entry) {
	for _, e := range entries {
		if e.Remove {
			delete(stored, e.Key)
		} else {
			stored[e.Key] = e.Text
		}
	}
}

func TestAll(t *testing.T) {
	tests := []struct {
		keys Keys
		want string
	}{
		{plain, "authfetch"},
		{two, "authfetch token refresh"},
		{shared, "authfetch token refresh id expires"},
	}
	for _, test := range tests {
		if got := strings.Join(test.keys.All(), " "); got != test.want {
			t.Errorf("All of %+v: got %q; want %q", test.keys, got, test.want)
		}
	}
}

func TestEncode(t *testing.T) {
	session := Record{Generation: 7, Tokens: Tokens{Access: "A", Refresh: "R", ID: "I", ExpiresAt: now + 5, ReceivedAt: now}}
	const hashOfA = "af63fc4c860222ec"
	tests := []struct {
		name   string
		keys   Keys
		record Record
		want   []Entry
	}{
		{"one record", plain, session, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":7,"accessToken":"A","refreshToken":"R","idToken":"I","expiresAt":1700000000005,"receivedAt":1700000000000}`},
		}},
		{"what is unknown is left out", plain, Record{Tokens: Tokens{Access: `"\`}}, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":0,"accessToken":"\"\\"}`},
		}},
		{"a tombstone", plain, Record{Generation: 8}, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":8}`},
		}},
		{"a tombstone of a refusal", plain, Record{Generation: 8, Refused: true}, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":8,"refused":true}`},
		}},
		{"a tombstone forgets the rest", plain, Record{Generation: 8, Tokens: Tokens{ID: "I", ExpiresAt: 5}}, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":8}`},
		}},
		{"a session is not refused", plain, Record{Refused: true, Tokens: Tokens{Refresh: "R"}}, []Entry{
			{Key: "authfetch", Text: `{"v":1,"generation":0,"refreshToken":"R"}`},
		}},
		{"an application's keys", shared, session, []Entry{
			{Key: "token", Text: "A"},
			{Key: "refresh", Text: "R"},
			{Key: "id", Text: "I"},
			{Key: "expires", Text: "1700000000005"},
			{Key: "authfetch", Text: `{"v":1,"generation":7,"for":"` + hashOfA + `","expiresAt":1700000000005,"receivedAt":1700000000000}`},
		}},
		{"only some keys", two, session, []Entry{
			{Key: "token", Text: "A"},
			{Key: "refresh", Text: "R"},
			{Key: "authfetch", Text: `{"v":1,"generation":7,"idToken":"I","for":"` + hashOfA + `","expiresAt":1700000000005,"receivedAt":1700000000000}`},
		}},
		{"what is missing is removed", shared, Record{Tokens: Tokens{Access: "A"}}, []Entry{
			{Key: "token", Text: "A"},
			{Key: "refresh", Remove: true},
			{Key: "id", Remove: true},
			{Key: "expires", Remove: true},
			{Key: "authfetch", Text: `{"v":1,"generation":0,"for":"` + hashOfA + `"}`},
		}},
		{"signed out", shared, Record{Generation: 9}, []Entry{
			{Key: "token", Remove: true},
			{Key: "refresh", Remove: true},
			{Key: "id", Remove: true},
			{Key: "expires", Remove: true},
			{Key: "authfetch", Text: `{"v":1,"generation":9}`},
		}},
	}
	for _, test := range tests {
		if got := test.keys.Encode(test.record); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v; want %+v", test.name, got, test.want)
		}
	}
}

func TestDecode(t *testing.T) {
	jwt := raw(`{"exp":1600000000,"iat":1500000000}`)
	record := func(text string) map[string]string { return map[string]string{"authfetch": text} }
	tests := []struct {
		name   string
		keys   Keys
		stored map[string]string
		want   Record
	}{
		{"nothing", plain, nil, Record{}},
		{"nothing under keys", shared, nil, Record{}},
		{"empty texts", shared, map[string]string{"authfetch": "", "token": "", "refresh": "", "expires": ""}, Record{}},
		{"a tombstone", plain, record(`{"v":1,"generation":8}`), Record{Generation: 8}},
		{"a refusal", plain, record(`{"v":1,"generation":8,"refused":true}`), Record{Generation: 8, Refused: true}},
		{"the largest generation", plain, record(`{"v":1,"generation":9007199254740991}`), Record{Generation: 1<<53 - 1}},
		{"of a later minor version", plain, record(`{"v":1.0,"generation":8,"more":{},"accessToken":"A"}`),
			Record{Generation: 8, Tokens: Tokens{Access: "A"}}},
		{"tokens without their times", plain, record(`{"v":1,"generation":0,"refreshToken":"R"}`), Record{Tokens: Tokens{Refresh: "R"}}},

		{"an application's tokens, no record", two, map[string]string{"token": "A", "refresh": "R"},
			Record{Tokens: Tokens{Access: "A", Refresh: "R"}, Foreign: true}},
		{"as JSON", two, map[string]string{"token": `"A\u0041"`, "refresh": `"R"`}, Record{Tokens: Tokens{Access: "AA", Refresh: "R"}, Foreign: true}},
		{"not quite JSON", two, map[string]string{"refresh": `"R"x"`}, Record{Tokens: Tokens{Refresh: `"R"x"`}}},
		{"a quote alone", two, map[string]string{"refresh": `"`}, Record{Tokens: Tokens{Refresh: `"`}}},
		{"words for nothing", two, map[string]string{"token": "undefined", "refresh": "null"}, Record{}},
		{"empty as JSON", two, map[string]string{"token": `""`}, Record{}},
		{"only a refresh token", two, map[string]string{"refresh": "R"}, Record{Tokens: Tokens{Refresh: "R"}}},
		{"an ID token is no session", shared, map[string]string{"id": "I", "expires": "1700000000"}, Record{}},
		{"a token that no header carries", two, map[string]string{"token": "A\nB", "refresh": "R"}, Record{Tokens: Tokens{Refresh: "R"}}},

		{"expiry in milliseconds", shared, map[string]string{"token": "A", "expires": "1700000000005"},
			Record{Tokens: Tokens{Access: "A", ExpiresAt: now + 5}, Foreign: true}},
		{"expiry in seconds", shared, map[string]string{"token": "A", "expires": "1700000000"},
			Record{Tokens: Tokens{Access: "A", ExpiresAt: now}, Foreign: true}},
		{"expiry as a date", shared, map[string]string{"token": "A", "expires": "2023-11-14T22:13:20.000Z"},
			Record{Tokens: Tokens{Access: "A", ExpiresAt: now}, Foreign: true}},
		{"expiry as a date in JSON", shared, map[string]string{"token": "A", "expires": `"2023-11-14T22:13:20.000Z"`},
			Record{Tokens: Tokens{Access: "A", ExpiresAt: now}, Foreign: true}},
		{"no readable expiry", shared, map[string]string{"token": "A", "expires": "tomorrow"}, Record{Tokens: Tokens{Access: "A"}, Foreign: true}},
		{"expiry of a JWT, in the past", shared, map[string]string{"token": jwt, "expires": "?"},
			Record{Tokens: Tokens{Access: jwt, ExpiresAt: 1_600_000_000_000}, Foreign: true}},
		{"expiry of a JWT without a key for it", two, map[string]string{"token": jwt},
			Record{Tokens: Tokens{Access: jwt, ExpiresAt: 1_600_000_000_000}, Foreign: true}},

		{"the record's own", shared, map[string]string{"token": "A", "expires": "1",
			"authfetch": `{"v":1,"generation":3,"for":"af63fc4c860222ec","expiresAt":1700000000005,"receivedAt":1700000000000}`},
			Record{Generation: 3, Tokens: Tokens{Access: "A", ExpiresAt: now + 5, ReceivedAt: now}}},
		{"another writer's token", two, map[string]string{"token": "B", "refresh": "S",
			"authfetch": `{"v":1,"generation":3,"idToken":"I","for":"af63fc4c860222ec","expiresAt":1700000000005,"receivedAt":1700000000000}`},
			Record{Generation: 3, Tokens: Tokens{Access: "B", Refresh: "S"}, Foreign: true}},
		{"another writer's user", Keys{Record: "authfetch", Access: "token"}, map[string]string{"token": "B",
			"authfetch": `{"v":1,"generation":3,"refreshToken":"R","for":"af63fc4c860222ec"}`},
			Record{Generation: 3, Tokens: Tokens{Access: "B"}, Foreign: true}},
		{"another writer's sign-out", Keys{Record: "authfetch", Access: "token"}, map[string]string{
			"authfetch": `{"v":1,"generation":3,"refreshToken":"R","for":"af63fc4c860222ec"}`},
			Record{Generation: 3, Foreign: true}},
		{"another writer's sign-in", two, map[string]string{"token": "B", "authfetch": `{"v":1,"generation":3,"refused":true}`},
			Record{Generation: 3, Tokens: Tokens{Access: "B"}, Foreign: true}},
		{"from before there were keys", shared, record(`{"v":1,"generation":3,"accessToken":"A","refreshToken":"R","expiresAt":1700000000005}`),
			Record{Generation: 3, Tokens: Tokens{Access: "A", Refresh: "R", ExpiresAt: now + 5}}},
		{"the application's key counts more", shared, map[string]string{"token": "B",
			"authfetch": `{"v":1,"generation":3,"accessToken":"A","refreshToken":"R"}`},
			Record{Generation: 3, Tokens: Tokens{Access: "B"}, Foreign: true}},
		{"from when there were keys", plain, record(`{"v":1,"generation":3,"idToken":"I","for":"af63fc4c860222ec","expiresAt":1700000000005}`),
			Record{Generation: 3}},
	}
	for _, test := range tests {
		got, err := test.keys.Decode(from(test.stored))
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v; want %+v", test.name, got, err, test.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ text, problem string }{
		{"secret", "the JSON is truncated or malformed"},
		{`{"v":1,"generation":1,"accessToken":"secret`, "the JSON is truncated or malformed"},
		{`"secret"`, "not a JSON object"},
		{`["secret"]`, "not a JSON object"},
		{`null`, "not a JSON object"},
		{`{}`, "v is not a whole number"},
		{`{"v":2,"generation":1}`, "v is not 1"},
		{`{"v":0,"generation":1}`, "v is not 1"},
		{`{"v":"1","generation":1}`, "v is not a whole number"},
		{`{"v":1}`, "generation is not"},
		{`{"v":1,"generation":"secret"}`, "generation is not"},
		{`{"v":1,"generation":-1}`, "generation is not"},
		{`{"v":1,"generation":1.5}`, "generation is not"},
		{`{"v":1,"generation":9007199254740992}`, "generation is not"},
		{`{"v":1,"generation":1e999}`, "generation is not"},
		{`{"v":1,"generation":1,"accessToken":1}`, "accessToken is not a string"},
		{`{"v":1,"generation":1,"accessToken":"sec\nret"}`, "accessToken contains a control character"},
		{`{"v":1,"generation":1,"refreshToken":null}`, "refreshToken is not a string"},
		{`{"v":1,"generation":1,"idToken":{}}`, "idToken is not a string"},
		{`{"v":1,"generation":1,"for":1}`, "for is not a string"},
		{`{"v":1,"generation":1,"refused":"secret"}`, "refused is not true or false"},
		{`{"v":1,"generation":1,"expiresAt":"secret"}`, "expiresAt is not"},
		{`{"v":1,"generation":1,"expiresAt":null}`, "expiresAt is not"},
		{`{"v":1,"generation":1,"receivedAt":-1}`, "receivedAt is not"},
		{`{"v":1,"generation":1,"expiresAt":0.5,"accessToken":7}`, "accessToken is not a string"},
	}
	for _, test := range tests {
		stored := map[string]string{"authfetch": test.text}
		got, err := plain.Decode(from(stored))
		var problem *RecordError
		if !errors.As(err, &problem) || problem.Key != "authfetch" || !strings.Contains(problem.Problem, test.problem) {
			t.Errorf("%s: got %v; want %q", test.text, err, test.problem)
			continue
		}
		if got != (Record{}) {
			t.Errorf("%s: got %+v; want the zero Record", test.text, got)
		}
		if text := err.Error(); strings.Contains(text, "secret") || !strings.Contains(text, `"authfetch"`) {
			t.Errorf("%s: got the error %s; want the key named, nothing quoted", test.text, text)
		}
		// An application's tokens do not go down with it.
		stored["token"], stored["refresh"] = "A", "R"
		if got, err := two.Decode(from(stored)); err == nil || got != (Record{Tokens: Tokens{Access: "A", Refresh: "R"}, Foreign: true}) {
			t.Errorf("%s beside tokens: got %+v, %v; want the tokens and an error", test.text, got, err)
		}
	}
}

// FuzzDecode reads anything and reads its own writing.
func FuzzDecode(f *testing.F) {
	f.Add(`{"v":1,"generation":7,"accessToken":"A","refreshToken":"R","expiresAt":5,"for":"x"}`, `"A"`, "null", "2023-11-14T22:13:20Z")
	f.Add(`{"v":1,"generation":7,"refused":true,"idToken":"I"}`, "", "", "")
	f.Add(`{}`, "", "\xb3", "")
	f.Add(`{"v":2}`, "A\n", `"`, "-1")
	f.Add(`{"v":1,"generation":1,"refreshToken":"null","accessToken":"\"\""}`, `"undefined"`, `"\"R\""`, "1e3")
	f.Fuzz(func(t *testing.T, record, access, refresh, expires string) {
		stored := map[string]string{"authfetch": record, "token": access, "refresh": refresh, "expires": expires}
		for _, keys := range []Keys{plain, two, shared, {Record: "authfetch", Refresh: "refresh"}, {Record: "authfetch", Access: "token", ExpiresAt: "expires"}} {
			got, err := keys.Decode(from(stored))
			if err != nil && got.Generation != 0 {
				t.Errorf("%q: got a generation besides %v", record, err)
			}
			if !got.SignedIn() && got.Tokens != (Tokens{}) || got.SignedIn() && got.Refused {
				t.Errorf("%q: got %+v, which is no session and no end of one", stored, got)
			}
			written := map[string]string{"token": "old", "refresh": "old", "expires": "9"}
			entries := keys.Encode(got)
			if last := entries[len(entries)-1]; last.Key != "authfetch" || last.Remove {
				t.Errorf("%+v: got %+v written last; want the record", got, last)
			}
			apply(written, entries)
			again, err := keys.Decode(from(written))
			got.Foreign = false // what was just written has one writer
			for _, r := range []*Record{&got, &again} {
				r.Access, r.Refresh, r.ID = valid(r.Access), valid(r.Refresh), valid(r.ID)
			}
			if err != nil || again != got {
				t.Errorf("%+v through %q: got %+v, %v; want the same", got, written, again, err)
			}
		}
	})
}

// valid is what a JSON string makes of text.
func valid(text string) string { return string([]rune(text)) }
