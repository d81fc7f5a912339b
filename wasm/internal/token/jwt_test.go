package token

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// mint makes a signed JWT as a server would.
func mint(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("a key of the tests"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// raw makes a JWT around any payload.
func raw(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestClaims(t *testing.T) {
	padded := base64.URLEncoding.EncodeToString([]byte(`{"a":1}`))
	if !strings.HasSuffix(padded, "=") {
		t.Fatal("the padded row has no padding")
	}
	tests := []struct {
		name, jwt, want string
		ok              bool
	}{
		{"minted", mint(t, jwt.MapClaims{"sub": "é😀"}), `{"sub":"é😀"}`, true},
		{"of no claims", raw(`{}`), `{}`, true},
		{"unsigned", "e30." + padded + ".", `{"a":1}`, true},
		{"padded", "e30." + padded + ".c2ln", `{"a":1}`, true},
		{"with - and _", raw(`{"a":"??>>~~"}`), `{"a":"??>>~~"}`, true},
		{"empty", "", "", false},
		{"opaque", "2YotnFZFEjr1zCsicMWpAA", "", false},
		{"two parts", "e30.e30", "", false},
		{"four parts", "e30.e30.c2ln.c2ln", "", false},
		{"five parts, encrypted", "e30.e30.c2ln.c2ln.c2ln", "", false},
		{"no header", ".e30.c2ln", "", false},
		{"no payload", "e30..c2ln", "", false},
		{"only dots", "..", "", false},
		{"not base64", "e30.e3*0.c2ln", "", false},
		{"standard alphabet", "e30.e30+.c2ln", "", false},
		{"cut in a byte", "e30.e30ab.c2ln", "", false},
		{"an array", raw(`[1]`), "", false},
		{"a string", raw(`"{}"`), "", false},
		{"malformed", raw(`{"a":`), "", false},
		{"not text", raw("\xff\xfe"), "", false},
	}
	for _, test := range tests {
		got, ok := Claims(test.jwt)
		if got != test.want || ok != test.ok {
			t.Errorf("Claims of a token %s: got %q, %v; want %q, %v", test.name, got, ok, test.want, test.ok)
		}
	}
}

func TestLifetime(t *testing.T) {
	tests := []struct {
		payload  string
		exp, iat int64
	}{
		{`{"exp":1700003600,"iat":1700000000}`, 1700003600, 1700000000},
		{`{"exp":1700003600.9,"iat":1.7e9}`, 1700003600, 1700000000},
		{`{"exp":1700003600}`, 1700003600, 0},
		{`{}`, 0, 0},
		{`{"exp":"1700003600","iat":null}`, 0, 0},
		{`{"exp":0,"iat":-1}`, 0, 0},
		{`{"exp":1e999,"iat":-1e999}`, maxSeconds, 0},
		{`{"exp":1e300,"iat":0.5}`, maxSeconds, 0},
		{`{"nested":{"exp":5}}`, 0, 0},
	}
	for _, test := range tests {
		if exp, iat := Lifetime(raw(test.payload)); exp != test.exp || iat != test.iat {
			t.Errorf("Lifetime of %s: got %d, %d; want %d, %d", test.payload, exp, iat, test.exp, test.iat)
		}
	}
	if exp, iat := Lifetime("opaque"); exp != 0 || iat != 0 {
		t.Errorf("Lifetime of an opaque token: got %d, %d; want 0, 0", exp, iat)
	}
}

func TestSameSubject(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"sub":"ann"}`, `{"sub":"ann"}`, true},
		{`{"sub":"ann","n":1}`, `{"sub":"ann","n":2}`, true},
		{`{"sub":"ann"}`, `{"sub":"bob"}`, false},
		{`{"sub":""}`, `{"sub":"bob"}`, false},
		{`{"sub":"ann","iss":"x"}`, `{"sub":"ann","iss":"y"}`, false},
		{`{"sub":"ann","iss":"x"}`, `{"sub":"ann"}`, true},
		{`{"sub":"ann","iss":"x"}`, `{"sub":"ann","iss":7}`, true},
		{`{"sub":"ann","iss":"x"}`, `{"sub":"bob","iss":"x"}`, false},
		// Without a subject in both, nothing is known.
		{`{"iss":"x"}`, `{"iss":"y"}`, true},
		{`{"sub":"ann"}`, `{}`, true},
		{`{"sub":1}`, `{"sub":2}`, true},
		{`{"sub":null}`, `{"sub":"bob"}`, true},
		{`[]`, `{"sub":"bob"}`, true},
	}
	for _, test := range tests {
		for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := SameSubject(raw(pair[0]), raw(pair[1])); got != test.want {
				t.Errorf("SameSubject of %s and %s: got %v; want %v", pair[0], pair[1], got, test.want)
			}
		}
	}
	ann := raw(`{"sub":"ann"}`)
	for _, other := range []string{"", "opaque", ann} {
		if !SameSubject(ann, other) || !SameSubject(other, ann) || !SameSubject(other, "opaque, too") {
			t.Errorf("SameSubject with %q: got false; want true", other)
		}
	}
}

func FuzzClaims(f *testing.F) {
	for _, text := range []string{"", "..", "e30.e30.", raw(`{"sub":"a","exp":1}`), "e30.e30=.c2ln", "a.!.b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		payload, ok := Claims(text)
		if !ok && payload != "" {
			t.Errorf("Claims(%q): got %q, false; want nothing", text, payload)
		}
		if ok {
			part := strings.TrimRight(strings.Split(text, ".")[1], "=")
			want, err := base64.RawURLEncoding.DecodeString(part)
			if err != nil || string(want) != payload {
				t.Errorf("Claims(%q): got %q; want %q, %v", text, payload, want, err)
			}
		}
		exp, iat := Lifetime(text)
		if exp < 0 || exp > maxSeconds || iat < 0 || iat > maxSeconds {
			t.Errorf("Lifetime(%q): got %d, %d; want sane seconds", text, exp, iat)
		}
		if !SameSubject(text, text) {
			t.Errorf("SameSubject(%q, the same): got false", text)
		}
	})
}
