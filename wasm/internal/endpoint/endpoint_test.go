package endpoint

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// object parses what a test takes for JSON.
func object(t testing.TB, text string) doc.Doc {
	t.Helper()
	d, err := doc.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func headers(contentType string) []Header {
	return []Header{{"Accept", jsonType}, {"Content-Type", contentType}}
}

func TestSignin(t *testing.T) {
	fields := object(t, `{"grant_type":"password","scope":"a b","n":1}`).Fields()
	made := []doc.Field{
		{Name: "s", Value: doc.Value{Kind: doc.String, Text: `"`}},
		{Name: "t", Value: doc.Value{Kind: doc.Bool, Bool: true}},
		{Name: "f", Value: doc.Value{Kind: doc.Bool}},
		{Name: "z", Value: doc.Value{Kind: doc.Null}},
		{Name: "?", Value: doc.Value{Kind: doc.Number, Number: 1}}, // lacks its Raw
	}
	rename := []Header{{"username", "user"}, {"password", "pass"}}
	tests := []struct {
		name, credentials string
		spec              Spec
		want              Call
	}{
		{"JSON", `{"username":"ann","password":"p\"w","o":{"k":[1]},"n":null}`, Spec{URL: "u"},
			Call{URL: "u", Method: "POST", Headers: headers(jsonType), HasBody: true,
				Body: `{"username":"ann","password":"p\"w","o":{"k":[1]},"n":null}`}},
		{"no credentials", `{}`, Spec{URL: "u"},
			Call{URL: "u", Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{}`}},
		{"fields first, credentials over them", `{"n":2,"z":3}`, Spec{Fields: fields},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"password","scope":"a b","n":2,"z":3}`}},
		{"fields made in Go", `{}`, Spec{Fields: made},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"s":"\"","t":true,"f":false,"z":null,"?":null}`}},
		{"renamed", `{"username":"ann","password":"pw","other":1}`, Spec{Rename: rename},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"user":"ann","pass":"pw","other":1}`}},
		{"renamed onto a field", `{"username":"ann"}`, Spec{Rename: []Header{{"username", "n"}}, Fields: fields},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"password","scope":"a b","n":"ann"}`}},
		{"fields are not renamed", `{}`, Spec{Rename: []Header{{"n", "m"}}, Fields: fields},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"password","scope":"a b","n":1}`}},
		{"a swap", `{"a":1,"b":2}`, Spec{Rename: []Header{{"a", "b"}, {"b", "a"}}},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"b":1,"a":2}`}},
		{"a form", `{"user name":"ann é","p":"a+b&c=d%","t":true,"f":false,"x":1.5,"z":null}`, Spec{Form: true, Fields: fields},
			Call{Method: "POST", Headers: headers(formType), HasBody: true,
				Body: "grant_type=password&scope=a+b&n=1&user+name=ann+%C3%A9&p=a%2Bb%26c%3Dd%25&t=true&f=false&x=1.5"}},
		{"an empty form", `{"z":null}`, Spec{Form: true},
			Call{Method: "POST", Headers: headers(formType), HasBody: true}},
		{"the Spec's headers win", `{}`, Spec{Method: "PUT", Headers: []Header{{"ACCEPT", "*/*"}, {"content-type", "x/y"}, {"X-Key", "k"}}},
			Call{Method: "PUT", Headers: []Header{{"ACCEPT", "*/*"}, {"content-type", "x/y"}, {"X-Key", "k"}}, HasBody: true, Body: `{}`}},
		{"other headers are added", `{}`, Spec{Headers: []Header{{"X-Key", "k"}}},
			Call{Method: "POST", Headers: append(headers(jsonType), Header{"X-Key", "k"}), HasBody: true, Body: `{}`}},
		{"a GET", `{}`, Spec{Method: "get"}, Call{Method: "get", Headers: []Header{{"Accept", jsonType}}}},
		{"a cookie", `{}`, Spec{Cookie: true},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{}`, Credentials: "include"}},
		{"credentials win over a cookie", `{}`, Spec{Cookie: true, Credentials: "same-origin"},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{}`, Credentials: "same-origin"}},
	}
	for _, test := range tests {
		got, err := test.spec.Signin(object(t, test.credentials))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, %v; want %+v", test.name, got, err, test.want)
		}
	}
}

func TestSigninRefuses(t *testing.T) {
	tests := []struct {
		name, credentials string
		spec              Spec
		want              string
	}{
		{"a string", `"secret"`, Spec{}, "not an object"},
		{"an array", `["secret"]`, Spec{}, "not an object"},
		{"null", `null`, Spec{}, "not an object"},
		{"a nested object in a form", `{"ok":1,"who":{"p":"secret"}}`, Spec{Form: true}, `"who" is of type object`},
		{"an array in a form", `{"who":["secret"]}`, Spec{Form: true, Rename: []Header{{"who", "them"}}}, `"them" is of type array`},
		{"a nested field in a form", `{}`, Spec{Form: true, Fields: object(t, `{"f":{"p":"secret"}}`).Fields()}, `"f" is of type object`},
		{"credentials in a GET", `{"p":"secret"}`, Spec{Method: "GET"}, "a GET request has no body"},
		{"fields in a HEAD", `{}`, Spec{Method: "Head", Fields: object(t, `{"f":1}`).Fields()}, "a Head request has no body"},
	}
	for _, test := range tests {
		call, err := test.spec.Signin(object(t, test.credentials))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %+v, %v; want %q", test.name, call, err, test.want)
		}
	}
	if _, err := (Spec{}).Signin(doc.Doc{}); err == nil {
		t.Error("the zero Doc: got no error; want one")
	}
}

func TestRefresh(t *testing.T) {
	fields := object(t, `{"grant_type":"refresh_token","client_id":"me"}`).Fields()
	accept := []Header{{"Accept", jsonType}}
	tests := []struct {
		name, token string
		spec        Spec
		want        Call
	}{
		{"JSON", "R", Spec{URL: "u"},
			Call{URL: "u", Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"refresh_token":"R"}`}},
		{"fields first", "R", Spec{Fields: fields},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"refresh_token","client_id":"me","refresh_token":"R"}`}},
		{"a form", "R/+= é", Spec{Form: true, Fields: fields},
			Call{Method: "POST", Headers: headers(formType), HasBody: true, Body: "grant_type=refresh_token&client_id=me&refresh_token=R%2F%2B%3D+%C3%A9"}},
		{"another name", "R", Spec{RefreshTokenField: "token"},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"token":"R"}`}},
		{"the token wins over a field", "R", Spec{RefreshTokenField: "client_id", Fields: fields},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"refresh_token","client_id":"R"}`}},
		{"a cookie", "R", Spec{Cookie: true}, Call{Method: "POST", Headers: accept, Credentials: "include"}},
		{"a cookie and fields", "R", Spec{Cookie: true, Fields: fields, Credentials: "omit"},
			Call{Method: "POST", Headers: headers(jsonType), HasBody: true, Body: `{"grant_type":"refresh_token","client_id":"me"}`, Credentials: "omit"}},
		{"no token", "", Spec{}, Call{Method: "POST", Headers: accept}},
		{"a GET", "R", Spec{Method: "GET", URL: "u", Fields: fields}, Call{URL: "u", Method: "GET", Headers: accept}},
		{"a HEAD", "R", Spec{Method: "head", URL: "u", Form: true}, Call{URL: "u", Method: "head", Headers: accept}},
		{"a nested field in a form", "R", Spec{Form: true, Fields: object(t, `{"o":{},"a":[],"b":1}`).Fields()},
			Call{Method: "POST", Headers: headers(formType), HasBody: true, Body: "b=1&refresh_token=R"}},
	}
	for _, test := range tests {
		test.want.KeepAlive = test.spec.Cookie
		if got := test.spec.Refresh(test.token); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v; want %+v", test.name, got, test.want)
		}
		test.want.KeepAlive = true
		if got := test.spec.Signout(test.token, Header{}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, signing out: got %+v; want %+v", test.name, got, test.want)
		}
	}
}

func TestCallsShareNothing(t *testing.T) {
	spec := Spec{Headers: make([]Header, 0, 9), Fields: make([]doc.Field, 0, 9)}
	spec.Refresh("one")
	call := spec.Refresh("two")
	call.Headers = append(call.Headers, Header{"X", "y"})
	if again := spec.Refresh("three"); len(again.Headers) != 2 || again.Body != `{"refresh_token":"three"}` {
		t.Errorf("a later call: got %+v", again)
	}
}

// FuzzForm reads the form with the standard library's parser.
func FuzzForm(f *testing.F) {
	f.Add("name", "value", "R")
	f.Add("a b+c", "\xff&=%\x00é", "*-._~")
	f.Add("refresh_token", "é😀", "")
	f.Fuzz(func(t *testing.T, name, value, refresh string) {
		fields := []doc.Field{{Name: name, Value: doc.Value{Kind: doc.String, Text: value}}}
		call := Spec{Form: true, Fields: fields, RefreshTokenField: "the token"}.Refresh(refresh)
		got, err := url.ParseQuery(call.Body)
		if err != nil {
			t.Fatalf("%q: %v", call.Body, err)
		}
		valid := func(text string) string { return string([]rune(text)) }
		if name != "the token" && got.Get(valid(name)) != valid(value) || refresh != "" && got.Get("the token") != valid(refresh) {
			t.Errorf("%q: got %v; want %q, %q, %q", call.Body, got, name, value, refresh)
		}
		for _, c := range []byte(call.Body) {
			if !isAlphanumeric(c) && !strings.ContainsRune("*-._+%&=", rune(c)) {
				t.Errorf("%q: got a byte %q that forms do not have", call.Body, c)
			}
		}
	})
}
