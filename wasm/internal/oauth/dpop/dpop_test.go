package dpop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestUnsigned(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	key := Key{X: base64.RawURLEncoding.EncodeToString(point[1:33]), Y: base64.RawURLEncoding.EncodeToString(point[33:])}
	tests := []struct {
		name string
		wish Wish
		want string // the claims
	}{
		{
			"the token endpoint",
			Wish{Method: "POST", URL: "https://server.test/token", ID: "a1", Now: 1893499200999},
			`{"jti":"a1","htm":"POST","htu":"https://server.test/token","iat":1893499200}`,
		},
		{
			"a resource, with a nonce",
			Wish{Method: "GET", URL: "https://api.test/items?q=%22x%22#top", ID: "b2", Hash: "fUHy", Nonce: `eyJ"7S`, Now: 1893499200000},
			`{"jti":"b2","htm":"GET","htu":"https://api.test/items","iat":1893499200,"ath":"fUHy","nonce":"eyJ\"7S"}`,
		},
		{
			"a clock before all clocks",
			Wish{Method: "PROPFIND", URL: "https://api.test/#", ID: "c3", Now: -5},
			`{"jti":"c3","htm":"PROPFIND","htu":"https://api.test/","iat":0}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := Unsigned(key, test.wish)
			signature, err := jwt.SigningMethodES256.Sign(text, private)
			if err != nil {
				t.Fatal(err)
			}
			// What a server does: the key is the header's own.
			proof := text + "." + base64.RawURLEncoding.EncodeToString(signature)
			token, err := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation()).
				Parse(proof, func(token *jwt.Token) (any, error) { return keyOf(t, token.Header["jwk"]), nil })
			if err != nil {
				t.Fatal(err)
			}
			if token.Header["typ"] != "dpop+jwt" || len(token.Header) != 3 {
				t.Errorf("got the header %v; want typ, alg and jwk", token.Header)
			}
			claims, _ := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
			if string(claims) != test.want {
				t.Errorf("got the claims %s; want %s", claims, test.want)
			}
		})
	}
}

func keyOf(t *testing.T, header any) *ecdsa.PublicKey {
	t.Helper()
	members, _ := header.(map[string]any)
	if len(members) != 4 || members["kty"] != "EC" || members["crv"] != "P-256" {
		t.Fatalf("got the key %v; want kty, crv, x and y alone", header)
	}
	number := func(name string) *big.Int {
		text, _ := members[name].(string)
		bytes, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(bytes)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, append(number("x").FillBytes(make([]byte, 32)), number("y").FillBytes(make([]byte, 32))...)...))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestThumbprint has the text of RFC 7638 section 3.2 for a key on P-256: members in
// lexicographic order, without blanks.
func TestThumbprint(t *testing.T) {
	text := Thumbprint(Key{X: "x1", Y: "y1"})
	if want := `{"crv":"P-256","kty":"EC","x":"x1","y":"y1"}`; text != want {
		t.Errorf("got %s; want %s", text, want)
	}
	if !json.Valid([]byte(text)) {
		t.Error("it is no JSON")
	}
}

func TestAgain(t *testing.T) {
	const challenge = `DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"`
	tests := []struct {
		name   string
		answer Answer
		want   bool
	}{
		{"the token endpoint wants a nonce", Answer{Status: 400, Code: "use_dpop_nonce", Nonce: "n1"}, true},
		{"it wants a newer one", Answer{Status: 400, Code: "use_dpop_nonce", Nonce: "n2", Sent: "n1"}, true},
		{"it wants the one that it got", Answer{Status: 400, Code: "use_dpop_nonce", Nonce: "n1", Sent: "n1"}, false},
		{"it wants one that cannot be read", Answer{Status: 400, Code: "use_dpop_nonce"}, false},
		{"it answers 401", Answer{Status: 401, Code: "use_dpop_nonce", Nonce: "n1"}, true},
		{"it refuses for another reason", Answer{Status: 400, Code: "invalid_grant", Nonce: "n1"}, false},
		{"it refuses the client", Answer{Status: 401, Code: "invalid_client", Nonce: "n1"}, false},
		{"it refuses the proof", Answer{Status: 400, Code: "invalid_dpop_proof", Nonce: "n1"}, false},

		{"a resource wants a nonce", Answer{Status: 401, Challenge: challenge, Nonce: "n1"}, true},
		{"a resource wants a newer one", Answer{Status: 401, Challenge: challenge, Nonce: "n2", Sent: "n1"}, true},
		{"a resource wants the one that it got", Answer{Status: 401, Challenge: challenge, Nonce: "n1", Sent: "n1"}, false},
		{"one challenge of several", Answer{Status: 401, Challenge: `Bearer realm="a", dpop algs="ES256", error=use_dpop_nonce`, Nonce: "n1"}, true},
		{"the token has expired", Answer{Status: 401, Challenge: `DPoP error="invalid_token"`, Nonce: "n1"}, false},
		{"another scheme's word", Answer{Status: 401, Challenge: `Bearer error="use_dpop_nonce"`, Nonce: "n1"}, false},
		{"the reason cannot be read", Answer{Status: 401, Nonce: "n1"}, true},
		{"nothing can be read", Answer{Status: 401}, false},
		{"the clock was wrong", Answer{Status: 400, Code: "invalid_dpop_proof", Skew: 600000}, true},
		{"the clock was wrong, at a resource", Answer{Status: 401, Challenge: `DPoP error="invalid_dpop_proof"`, Skew: -600000}, true},
		{"the clock is known to be wrong", Answer{Status: 400, Code: "invalid_dpop_proof", Dated: 600000, Skew: 601000}, false},
		{"the proof is wrong otherwise", Answer{Status: 401, Challenge: `DPoP error="invalid_dpop_proof"`, Nonce: "n1"}, false},
		{"the clock was wrong, the token too", Answer{Status: 401, Challenge: `DPoP error="invalid_token"`, Skew: 600000}, false},
		{"all is well", Answer{Status: 200, Nonce: "n1"}, false},
		{"a bad request", Answer{Status: 400, Nonce: "n1"}, false},
		{"forbidden", Answer{Status: 403, Challenge: challenge, Nonce: "n1"}, false},
	}
	for _, test := range tests {
		if got := test.answer.Again(); got != test.want {
			t.Errorf("%s: got %v; want %v", test.name, got, test.want)
		}
	}
}

func TestSkew(t *testing.T) {
	const now, minutes = 1893499200000, 10 * 60 * 1000
	tests := []struct{ date, known, want int64 }{
		{now, 0, 0},
		{now + 5000, 7, 0},
		{now - 5000, 7, 0},
		{now + 5001, 0, 5001},
		{now + minutes, 0, minutes},
		{now - minutes, 3, -minutes},
		{0, minutes, minutes},
		{-1, minutes, minutes},
	}
	for _, test := range tests {
		if got := Skew(test.date, now, test.known); got != test.want {
			t.Errorf("Skew(%d, now, %d): got %d; want %d", test.date-now, test.known, got, test.want)
		}
	}
}

func TestEncode(t *testing.T) {
	for _, text := range []string{"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd", "ü€😀"} {
		if got, want := encode(text), base64.RawURLEncoding.EncodeToString([]byte(text)); got != want {
			t.Errorf("encode(%q): got %q; want %q", text, got, want)
		}
	}
}
