package idtoken

import (
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// unsigned lays out a token that golang-jwt would not make.
func unsigned(header, claims string) string {
	return base64url([]byte(header)) + "." + base64url([]byte(claims)) + "." + base64url([]byte("signature"))
}

// TestAttacks has tokens that were made to be believed. RFC 8725 has most of them.
func TestAttacks(t *testing.T) {
	rs, es, weak := rsaPair("rs", 2048), ecPair("es", elliptic.P256()), rsaPair("weak", 1024)
	p384 := ecPair("p384", elliptic.P384())
	public := rs.private.(*rsa.PrivateKey).Public()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	asSecret := func(secret []byte) pair { return pair{secret, rs.public} }
	jwk := map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB"}
	const goodClaims = `{"iss":"` + issuer + `","sub":"ada","aud":"spa"}`
	tests := []struct {
		name   string
		token  string
		keys   []pair
		signer pair
		alg    string
		header map[string]any
		wrong  string
	}{
		{name: "HS256 with the public key as PEM", alg: "HS256", signer: asSecret(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), wrong: "algorithm (alg) is not accepted"},
		{name: "HS256 with the public key as DER", alg: "HS256", signer: asSecret(der), wrong: "algorithm (alg) is not accepted"},
		{name: "HS256 with the modulus", alg: "HS256", signer: asSecret(public.(*rsa.PublicKey).N.Bytes()), wrong: "algorithm (alg) is not accepted"},
		{name: "HS256 with an empty secret", alg: "HS256", signer: asSecret([]byte{}), wrong: "algorithm (alg) is not accepted"},
		{name: "none, in capitals", token: unsigned(`{"alg":"NONE"}`, goodClaims), wrong: "algorithm (alg) is not accepted"},
		{name: "none, with an empty signature", token: strings.TrimSuffix(unsigned(`{"alg":"none"}`, goodClaims), base64url([]byte("signature"))), wrong: "algorithm (alg) is not accepted"},
		{name: "an empty signature", token: strings.TrimSuffix(unsigned(`{"alg":"RS256","kid":"rs"}`, goodClaims), base64url([]byte("signature"))), wrong: "its signature is not"},
		{name: "no algorithm", token: unsigned(`{}`, goodClaims), wrong: "algorithm (alg) is not accepted"},
		{name: "an algorithm that is no text", token: unsigned(`{"alg":["RS256"]}`, goodClaims), wrong: "algorithm (alg) is not accepted"},
		{name: "RS256 by an EC key's name", alg: "RS256", header: map[string]any{"kid": "es"}, keys: []pair{es, rs}, wrong: "no key that may sign with its algorithm"},
		{name: "ES256 by an RSA key's name", alg: "ES256", signer: es, header: map[string]any{"kid": "rs"}, keys: []pair{es, rs}, wrong: "no key that may sign with its algorithm"},
		{name: "ES256 by a P-384 key's name", alg: "ES256", signer: es, header: map[string]any{"kid": "p384"}, keys: []pair{p384}, wrong: "no key that may sign with its algorithm"},
		{name: "PS256 by a key that is for RS256", alg: "PS256", keys: []pair{rs.with(map[string]any{"alg": "RS256"})}, wrong: "no key that may sign with its algorithm"},
		{name: "a key for encryption", keys: []pair{rs.with(map[string]any{"use": "enc"})}, wrong: "no key that may sign with its algorithm"},
		{name: "a key for other operations", keys: []pair{rs.with(map[string]any{"use": nil, "key_ops": []string{"encrypt", "wrapKey"}})}, wrong: "no key that may sign with its algorithm"},
		{name: "a weak RSA key", signer: weak, keys: []pair{weak}, wrong: "no key that may sign with its algorithm"},
		{name: "a weak RSA key behind zeros", signer: weak, keys: []pair{weak.with(map[string]any{"n": strings.Repeat("AAAA", 43) + weak.public["n"].(string)})}, wrong: "no key that may sign with its algorithm"},
		{name: "an RSA key with the exponent 1", keys: []pair{rs.with(map[string]any{"e": "AQ"})}, wrong: "no key that may sign with its algorithm"},
		{name: "an RSA key with an even exponent", keys: []pair{rs.with(map[string]any{"e": "AQAA"})}, wrong: "no key that may sign with its algorithm"},
		{name: "an RSA key without a modulus", keys: []pair{rs.with(map[string]any{"n": nil})}, wrong: "no key that may sign with its algorithm"},
		{name: "a symmetric key in the set", keys: []pair{{public: map[string]any{"kty": "oct", "kid": "rs", "k": "AAAA"}}}, wrong: "no key that may sign with its algorithm"},
		{name: "another issuer's key of the same name", signer: rsaPair("other", 2048), header: map[string]any{"kid": "rs"}, wrong: "its signature is not"},
		{name: "its own key in the header (jwk)", header: map[string]any{"jwk": jwk}, wrong: "its header has jwk"},
		{name: "its own keys' place in the header (jku)", header: map[string]any{"jku": "https://evil.test/jwks"}, wrong: "its header has jku"},
		{name: "its own certificate's place in the header (x5u)", header: map[string]any{"x5u": "https://evil.test/cert"}, wrong: "its header has x5u"},
		{name: "its own certificate in the header (x5c)", header: map[string]any{"x5c": []string{"MII"}}, wrong: "its header has x5c"},
		{name: "extensions that must be understood (crit)", header: map[string]any{"crit": []string{"exp"}}, wrong: "its header has crit"},
		{name: "an unencoded payload (b64)", header: map[string]any{"crit": []string{"b64"}, "b64": false}, wrong: "its header has crit"},
		{name: "an access token", header: map[string]any{"typ": "at+jwt"}, wrong: "another kind (typ)"},
		{name: "a logout token", header: map[string]any{"typ": "logout+jwt"}, wrong: "another kind (typ)"},
		{name: "a kid that is no text", header: map[string]any{"kid": map[string]any{}}, wrong: "its kid is not a string"},
		{name: "an unknown kid", header: map[string]any{"kid": "../../dev/null"}, wrong: "no key of that name (kid)"},
		{name: "nothing", token: ".", wrong: "not a signed JSON Web Token"},
		{name: "an opaque token", token: "2YotnFZFEjr1zCsicMWpAA", wrong: "not a signed JSON Web Token"},
		{name: "standard base64", token: strings.Replace(unsigned(`{"alg":"RS256","kid":"rs"}`, `{"a":"???>>>"}`), "_", "/", 1), wrong: "not a signed JSON Web Token"},
		{name: "padding", token: unsigned(`{"alg":"RS256","kid":"rs"}`, goodClaims) + "=", wrong: "not a signed JSON Web Token"},
		{name: "another spelling of the same signature", token: respelled(rs.sign(t, "RS256", nil, good(nil))), wrong: "not a signed JSON Web Token"},
		{name: "a header that is no object", token: unsigned(`["RS256"]`, goodClaims), wrong: "not a signed JSON Web Token"},
		{name: "claims that are no object", token: unsigned(`{"alg":"RS256","kid":"rs"}`, `"ada"`), wrong: "not a signed JSON Web Token"},
		{name: "claims that are null", token: unsigned(`{"alg":"RS256","kid":"rs"}`, `null`), wrong: "its signature is not"},
		{name: "a header that nests", token: unsigned(`{"alg":"RS256","a":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`, goodClaims), wrong: "nests too deep"},
		{name: "claims that nest", token: unsigned(`{"alg":"RS256"}`, `{"a":`+strings.Repeat(`{"a":`, 5000)+"1"+strings.Repeat("}", 5001)), wrong: "nests too deep"},
		{name: "a token without end", token: strings.Repeat("A", 100<<10), wrong: "too long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			signer, alg, keys, token := test.signer, test.alg, test.keys, test.token
			if signer.private == nil {
				signer = rs
			}
			if alg == "" {
				alg = "RS256"
			}
			if keys == nil {
				keys = []pair{rs, es}
			}
			if token == "" {
				token = signer.sign(t, alg, test.header, good(nil))
			}
			platform := &fakePlatform{keys: keys}
			check(t, verifierOf(platform, nil).Verify(context.Background(), token, expected()), test.wrong, token)
		})
	}
}

// respelled sets bits after the end of a signature, which base64url has room for: 256
// bytes leave four of them in the last character.
func respelled(token string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	end := len(token) - 1
	return token[:end] + string(digits[strings.IndexByte(digits, token[end])|1])
}

// TestTypes has claims of another type than they should be. None may end the
// module, where nothing can recover from a panic.
func TestTypes(t *testing.T) {
	rs := rsaPair("rs", 2048)
	values := []any{nil, true, 0, -1, 1e300, "", "text", []any{}, []any{1}, map[string]any{}, map[string]any{"a": []any{}}}
	verifier := verifierOf(&fakePlatform{keys: []pair{rs}}, nil)
	for _, name := range []string{"iss", "sub", "aud", "exp", "iat", "nbf", "azp", "nonce", "at_hash", "auth_time"} {
		for _, value := range values {
			claims := good(nil)
			claims[name] = value // null, where good(…) would leave it out
			want := expected()
			want.MaxAge = 60
			token := rs.sign(t, "RS256", nil, claims)
			want.Previous = token
			if err := verifier.Verify(context.Background(), token, want); err == nil && !allowed(name, value) {
				t.Errorf("%s of %#v: got no error; want one", name, value)
			}
		}
	}
}

// allowed says which of the values above a token may well have.
func allowed(name string, value any) bool { return name == "sub" && value == "text" }

// TestClocks has tokens whose issuer's clock is ahead or behind: up to the leeway it
// does no harm.
func TestClocks(t *testing.T) {
	rs := rsaPair("rs", 2048)
	const short = 5 * time.Minute // how long the tokens live
	tests := []struct {
		ahead  time.Duration // of the issuer's clock
		leeway time.Duration
		wrong  string
	}{
		{0, 0, ""},
		{10 * time.Minute, 15 * time.Minute, ""},
		{-10 * time.Minute, 15 * time.Minute, ""},
		{15 * time.Minute, 15 * time.Minute, ""},
		{15*time.Minute + time.Second, 15 * time.Minute, "issued in the future (iat)"},
		{-20*time.Minute + time.Second, 15 * time.Minute, ""},
		{-20 * time.Minute, 15 * time.Minute, "expired (exp)"},
		{10 * time.Minute, time.Minute, "issued in the future (iat)"},
		{-10 * time.Minute, time.Minute, "expired (exp)"},
		{time.Second, 0, "issued in the future (iat)"},
		{-short, 0, "expired (exp)"},
	}
	for _, test := range tests {
		issued := noon.Add(test.ahead)
		token := rs.sign(t, "RS256", nil, good(map[string]any{"iat": issued.Unix(), "exp": issued.Add(short).Unix()}))
		want := expected()
		want.Leeway = int64(test.leeway / time.Second)
		err := verifierOf(&fakePlatform{keys: []pair{rs}}, nil).Verify(context.Background(), token, want)
		t.Logf("%v ahead, leeway %v: %v", test.ahead, test.leeway, err)
		check(t, err, test.wrong, token)
	}
}

// TestContinuity has ID tokens of refreshes: OpenID Connect Core section 12.2.
func TestContinuity(t *testing.T) {
	rs := rsaPair("rs", 2048)
	first := map[string]any{"auth_time": noon.Unix(), "azp": clientID}
	tests := []struct {
		name   string
		before map[string]any
		claims map[string]any
		wrong  string
	}{
		{"the same", first, first, ""},
		{"without nonce and auth_time", first, map[string]any{"azp": clientID, "nonce": nil}, ""},
		{"another user", first, map[string]any{"azp": clientID, "sub": "eve"}, "another user than the session (sub)"},
		{"another sign-in", first, map[string]any{"azp": clientID, "auth_time": noon.Unix() + 1}, "its auth_time is not that of the session"},
		{"another nonce", first, map[string]any{"azp": clientID, "nonce": "other"}, "its nonce is not that of the session"},
		{"another party", nil, map[string]any{"azp": clientID}, "another client than the session (azp)"},
		{"another issuer before", map[string]any{"iss": "https://old.test"}, nil, "another issuer than the session (iss)"},
		{"a nonce where there was none", map[string]any{"nonce": nil}, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := expected()
			want.Nonce = ""
			want.Previous = rs.sign(t, "RS256", nil, good(test.before))
			token := rs.sign(t, "RS256", nil, good(test.claims))
			check(t, verifierOf(&fakePlatform{keys: []pair{rs}}, nil).Verify(context.Background(), token, want), test.wrong, token)
		})
	}
}

func TestMaxAge(t *testing.T) {
	rs := rsaPair("rs", 2048)
	tests := []struct {
		claims map[string]any
		wrong  string
	}{
		{map[string]any{"auth_time": noon.Add(-60 * time.Second).Unix()}, ""},
		{map[string]any{"auth_time": noon.Add(-61 * time.Second).Unix()}, "asked too long ago (auth_time)"},
		{nil, "does not say when the user was asked (auth_time)"},
	}
	for _, test := range tests {
		want := expected()
		want.MaxAge, want.Leeway = 60, 0
		token := rs.sign(t, "RS256", nil, good(test.claims))
		check(t, verifierOf(&fakePlatform{keys: []pair{rs}}, nil).Verify(context.Background(), token, want), test.wrong, token)
	}
}

// TestAlgorithms has each algorithm with a key of each family: one goes together.
func TestAlgorithms(t *testing.T) {
	keys := []pair{
		rsaPair("rs", 2048), ecPair("P-256", elliptic.P256()), ecPair("P-384", elliptic.P384()),
		ecPair("P-521", elliptic.P521()), edPair("ed"),
	}
	for alg, m := range methods {
		fits := 0
		for _, key := range keys {
			if key.public["kty"] != m.kty || m.crv != "" && key.public["crv"] != m.crv {
				continue
			}
			fits++
			token := key.sign(t, alg, nil, good(map[string]any{"at_hash": atHash(m.hash, access)}))
			verifier := verifierOf(&fakePlatform{keys: keys}, nil)
			check(t, verifier.Verify(context.Background(), token, expected()), "", token)
			check(t, verifier.Verify(context.Background(), flipSignature(token), expected()), "its signature is not", token)
			want := expected()
			want.Algs = []string{"RS256", "ES256"}
			wrong := "not among those"
			if alg == "RS256" || alg == "ES256" {
				wrong = ""
			}
			check(t, verifier.Verify(context.Background(), token, want), wrong, token)
		}
		if fits != 1 {
			t.Errorf("%s: got %d keys; want one", alg, fits)
		}
	}
	for _, alg := range []string{"HS256", "HS384", "HS512", "none"} {
		if jwt.GetSigningMethod(alg) != nil {
			t.Errorf("golang-jwt knows %s; want it not to", alg)
		}
	}
}
