package endpoint

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

const now = 1_700_000_000_000

func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestTokens(t *testing.T) {
	lasting := jwt(`{"iat":1600000000,"exp":1600000060}`)
	tests := []struct {
		name  string
		paths Paths
		text  string
		want  token.Tokens
	}{
		{"RFC 6749", Paths{}, `{"access_token":"A","token_type":"Bearer","expires_in":3600,"refresh_token":"R","id_token":"I","scope":"x"}`,
			token.Tokens{Access: "A", Refresh: "R", ID: "I", ExpiresAt: now + 3_600_000}},
		{"camelCase", Paths{}, `{"accessToken":"A","expiresIn":60,"refreshToken":"R","idToken":"I"}`,
			token.Tokens{Access: "A", Refresh: "R", ID: "I", ExpiresAt: now + 60_000}},
		{"under data", Paths{}, `{"data":{"access_token":"A","refresh_token":"R","expires_in":60,"id_token":"I"}}`,
			token.Tokens{Access: "A", Refresh: "R", ID: "I", ExpiresAt: now + 60_000}},
		{"camelCase under data", Paths{}, `{"data":{"accessToken":"A","refreshToken":"R","expiresAt":1700000001}}`,
			token.Tokens{Access: "A", Refresh: "R", ExpiresAt: now + 1000}},
		{"in that order", Paths{}, `{"accessToken":"B","data":{"access_token":"C","refreshToken":"R"},"access_token":"A"}`,
			token.Tokens{Access: "A", Refresh: "R"}},
		{"null and empty are passed over", Paths{}, `{"access_token":null,"accessToken":"","data":{"access_token":"A"},"refresh_token":null,"id_token":""}`,
			token.Tokens{Access: "A"}},
		{"paths", Paths{AccessToken: "r.t", RefreshToken: "r.u", IDToken: "r.i", ExpiresIn: "r.s"}, `{"r":{"t":"A","u":"R","i":"I","s":5},"expires_in":9,"access_token":"B"}`,
			token.Tokens{Access: "A", Refresh: "R", ID: "I", ExpiresAt: now + 5000}},
		{"one path, the rest as usual", Paths{AccessToken: "token"}, `{"token":"A","refresh_token":"R"}`, token.Tokens{Access: "A", Refresh: "R"}},
		{"a path for the instant", Paths{ExpiresAt: "until"}, `{"access_token":"A","until":"2023-11-14T22:13:21.5Z"}`, token.Tokens{Access: "A", ExpiresAt: now + 1500}},
		{"expires_in as text", Paths{}, `{"access_token":"A","expires_in":"3600"}`, token.Tokens{Access: "A", ExpiresAt: now + 3_600_000}},
		{"expires_in as words", Paths{}, `{"access_token":"A","expires_in":"1h"}`, token.Tokens{Access: "A"}},
		{"words, and then a number", Paths{}, `{"access_token":"A","expires_in":"1h","expiresIn":60}`, token.Tokens{Access: "A", ExpiresAt: now + 60_000}},
		{"expires_in of another type", Paths{}, `{"access_token":"A","expires_in":{}}`, token.Tokens{Access: "A"}},
		{"expires_in of null, expires_at", Paths{}, `{"access_token":"A","expires_in":null,"expires_at":1700000000001}`, token.Tokens{Access: "A", ExpiresAt: now + 1}},
		{"expires_in of 0", Paths{}, `{"access_token":"A","expires_in":0,"expires_at":1800000000}`, token.Tokens{Access: "A"}},
		{"expires_in too large", Paths{}, `{"access_token":"A","expires_in":1e999}`, token.Tokens{Access: "A", ExpiresAt: 253402300799999}},
		{"expires_at as text", Paths{}, `{"access_token":"A","expires_at":"1700000000001"}`, token.Tokens{Access: "A", ExpiresAt: now + 1}},
		{"expires_at in the past", Paths{}, `{"access_token":"A","expires_at":1600000000}`, token.Tokens{Access: "A"}},
		{"a JWT", Paths{}, `{"access_token":"` + lasting + `"}`, token.Tokens{Access: lasting, ExpiresAt: now + 60_000}},
		{"any token_type", Paths{}, `{"access_token":"A","token_type":"mac"}`, token.Tokens{Access: "A"}},
		{"Latin-1", Paths{}, `{"access_token":"A\u00ff"}`, token.Tokens{Access: "Aÿ"}},
		{"a refresh token of any characters", Paths{}, `{"access_token":"A","refresh_token":"é \u0000😀"}`, token.Tokens{Access: "A", Refresh: "é \x00😀"}},
	}
	for _, test := range tests {
		test.want.ReceivedAt = now
		got, problem := test.paths.Tokens(object(t, test.text), now)
		if problem != "" || got != test.want {
			t.Errorf("%s: got %+v, %q; want %+v", test.name, got, problem, test.want)
		}
	}
}

func TestTokensRefuses(t *testing.T) {
	tests := []struct {
		paths      Paths
		text, want string
	}{
		{Paths{}, `{}`, "no access token: looked for access_token, accessToken, data.access_token, data.accessToken"},
		{Paths{}, `{"access_token":null}`, "no access token: looked for access_token, accessToken, data.access_token, data.accessToken"},
		{Paths{}, `{"access_token":""}`, "no access token: looked for access_token, accessToken, data.access_token, data.accessToken"},
		{Paths{}, `{"token":"secret"}`, "no access token: looked for access_token, accessToken, data.access_token, data.accessToken"},
		{Paths{AccessToken: "a.b"}, `{"access_token":"secret"}`, "no access token: looked for a.b"},
		{Paths{}, `["secret"]`, "no access token: expected a JSON object"},
		{Paths{}, `"secret"`, "no access token: expected a JSON object"},
		{Paths{}, `{"access_token":5}`, "access_token is of type number; expected a string"},
		{Paths{}, `{"data":{"accessToken":{"secret":1}}}`, "data.accessToken is of type object; expected a string"},
		{Paths{}, `{"access_token":true}`, "access_token is of type boolean; expected a string"},
		{Paths{AccessToken: "t"}, `{"t":["secret"]}`, "t is of type array; expected a string"},
		{Paths{}, `{"access_token":"A","refresh_token":5}`, "refresh_token is of type number; expected a string"},
		{Paths{}, `{"access_token":"A","idToken":{}}`, "idToken is of type object; expected a string"},
		{Paths{}, `{"access_token":"Bearer secret"}`, "the access token contains a space; expected the bare token"},
		{Paths{}, `{"access_token":"secret\n"}`, "the access token contains a control character"},
		{Paths{}, `{"access_token":"secret\u0100"}`, "the access token contains a character that no header can carry"},
		{Paths{}, `{"access_token":"secret\ud83d\ude00"}`, "the access token contains a character that no header can carry"},
	}
	for _, test := range tests {
		got, problem := test.paths.Tokens(object(t, test.text), now)
		if problem != test.want || got != (token.Tokens{}) {
			t.Errorf("%s: got %+v, %q; want %q", test.text, got, problem, test.want)
		}
	}
	if _, problem := (Paths{}).Tokens(doc.Doc{}, now); problem == "" {
		t.Error("the zero Doc: got no problem; want one")
	}
}

func FuzzTokens(f *testing.F) {
	f.Add(`{"access_token":"A","expires_in":3600}`, "", 200)
	f.Add(`{"data":{"accessToken":"A","expiresAt":"2023-11-14T22:13:20Z","refresh_token":"R"}}`, "data.accessToken", 201)
	f.Add(`{"access_token":"Bearer abcdefghijklmnopqrstuvwxyz0123456789"}`, "", 200)
	f.Add(`{"error":{"code":1e300,"message":"token abcdefghijklmnopqrstuvwxyz0123456789 is bad"}}`, "error.message", 400)
	f.Fuzz(func(t *testing.T, text, path string, status int) {
		d, err := doc.Parse(text)
		if err != nil {
			return
		}
		paths := Paths{AccessToken: path}
		got, problem := paths.Tokens(d, now)
		if (problem == "") != (got.Access != "") || problem != "" && got != (token.Tokens{}) {
			t.Errorf("%s: got %+v, %q", text, got, problem)
		}
		if token.Unfit(got.Access) != "" && got.Access != "" || got.ExpiresAt != 0 && got.ExpiresAt <= now {
			t.Errorf("%s: got %+v, which cannot be used", text, got)
		}
		// What was refused is not quoted.
		if refused := d.Lookup(path).Text; len(refused) > 60 && strings.Contains(problem, refused) {
			t.Errorf("%s: got %q, which quotes it", text, problem)
		}
		tokens, refusal := paths.Judge(Answer{Status: status, JSON: true, Doc: d}, now)
		if (refusal == nil) != (tokens.Access != "") {
			t.Errorf("%s with status %d: got %+v, %+v", text, status, tokens, refusal)
		}
		if refusal != nil && (looksLikeToken(refusal.Code) || looksLikeToken(refusal.Description)) {
			t.Errorf("%s: got %+v, which may quote a token", text, refusal)
		}
		if refusal != nil && refusal.Final() && refusal.Retryable() {
			t.Errorf("status %d is final and to be tried again", status)
		}
	})
}
