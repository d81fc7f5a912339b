package idtoken

import (
	"crypto/elliptic"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// TestConformance has, under their names, the cases about ID tokens of the plans
// for relying parties of the OpenID Foundation's conformance suite: today's
// (oidcc-client-…) and those of the profile before it (rp-…).
//
// https://openid.net/certification/connect_rp_testing/
func TestConformance(t *testing.T) {
	rs, other := rsaPair("rs", 2048), rsaPair("other", 2048)
	es, ed := ecPair("es", elliptic.P256()), edPair("ed")
	nameless := rs.with(map[string]any{"kid": nil})
	tests := []struct {
		name   string
		keys   []pair // what the issuer publishes; rs unless others are named
		signer pair   // rs
		alg    string // RS256
		header map[string]any
		claims map[string]any
		want   func(*Expected)
		spoil  func(token string) string
		wrong  string // part of the error, "" for a token that is accepted
	}{
		{name: "oidcc-client-test"},
		{name: "oidcc-client-test-nonce-invalid", claims: map[string]any{"nonce": "another"}, wrong: "its nonce is not"},
		{name: "oidcc-client-test-missing-nonce", claims: map[string]any{"nonce": nil}, wrong: "it has no nonce"},
		{name: "oidcc-client-test-invalid-iss", claims: map[string]any{"iss": issuer + "/"}, wrong: "another issuer (iss)"},
		{name: "oidcc-client-test-missing-iss", claims: map[string]any{"iss": nil}, wrong: "iss claim is required"},
		{name: "oidcc-client-test-invalid-aud", claims: map[string]any{"aud": "another"}, wrong: "another client (aud)"},
		{name: "oidcc-client-test-missing-aud", claims: map[string]any{"aud": nil}, wrong: "aud claim is required"},
		{name: "oidcc-client-test-missing-sub", claims: map[string]any{"sub": nil}, wrong: "names no user (sub)"},
		{name: "oidcc-client-test-missing-iat", claims: map[string]any{"iat": nil}, wrong: "when it was issued (iat)"},
		{name: "oidcc-client-test-missing-exp", claims: map[string]any{"exp": nil}, wrong: "exp claim is required"},
		{name: "oidcc-client-test-expired", claims: map[string]any{"exp": noon.Add(-time.Hour).Unix()}, wrong: "expired (exp)"},
		{name: "oidcc-client-test-kid-absent-single-jwks", header: map[string]any{"kid": nil}},
		{name: "oidcc-client-test-kid-absent-single-jwks, nameless key", keys: []pair{nameless}, signer: nameless},
		{name: "oidcc-client-test-kid-absent-multiple-jwks", keys: []pair{rs, other}, header: map[string]any{"kid": nil}, wrong: "does not name its key (kid)"},
		{name: "oidcc-client-test-kid-absent-multiple-jwks, one of them fits", keys: []pair{es, rs, ed}, header: map[string]any{"kid": nil}},
		{name: "oidcc-client-test-idtoken-sig-rs256"},
		{name: "oidcc-client-test-idtoken-sig-none", signer: pair{private: jwt.UnsafeAllowNoneSignatureType, public: rs.public}, alg: "none", wrong: "algorithm (alg) is not accepted"},
		{name: "oidcc-client-test-invalid-sig-rs256", spoil: flipSignature, wrong: "its signature is not"},
		{name: "oidcc-client-test-invalid-sig-es256", keys: []pair{es}, signer: es, alg: "ES256", spoil: flipSignature, wrong: "its signature is not"},
		{name: "oidcc-client-test-invalid-sig-hs256", signer: pair{private: []byte("the client's secret"), public: rs.public}, alg: "HS256", wrong: "algorithm (alg) is not accepted"},
		{name: "oidcc-client-test-invalid-athash", claims: map[string]any{"at_hash": atHash("SHA-256", "another")}, wrong: "its at_hash is not"},
		{name: "oidcc-client-test-missing-athash, optional in the code flow"},
		{name: "oidcc-client-test-missing-athash, where it is asked for", want: func(e *Expected) { e.NeedAtHash = true }, wrong: "it has no at_hash"},
		{name: "oidcc-client-test-signing-key-rotation-just-before-signing", keys: []pair{other}, signer: other},

		{name: "rp-id_token-sig-es256", keys: []pair{rs, es}, signer: es, alg: "ES256"},
		{name: "rp-id_token-sig-eddsa", keys: []pair{rs, ed}, signer: ed, alg: "EdDSA", claims: map[string]any{"at_hash": atHash("SHA-512", access)}},
		{name: "rp-id_token-sig-ps256", alg: "PS256", claims: map[string]any{"at_hash": atHash("SHA-256", access)}},
		{name: "rp-id_token-bad-sig-ps256", alg: "PS256", spoil: flipSignature, wrong: "its signature is not"},
		{name: "rp-id_token-bad-sig-eddsa", keys: []pair{ed}, signer: ed, alg: "EdDSA", spoil: flipSignature, wrong: "its signature is not"},
		{name: "rp-id_token-bad-sig-rs256, claims changed after signing", spoil: otherUser, wrong: "its signature is not"},
		{name: "rp-id_token-sig+enc", spoil: func(token string) string { return token + ".AA.AA" }, wrong: "not a signed JSON Web Token"},
		{name: "rp-id_token-at_hash", claims: map[string]any{"at_hash": atHash("SHA-256", access)}},
		{name: "rp-id_token-bad-at_hash, of another algorithm", claims: map[string]any{"at_hash": atHash("SHA-512", access)}, wrong: "its at_hash is not"},
		{name: "rp-id_token-aud, one of several", claims: map[string]any{"aud": []string{"api", clientID}, "azp": clientID}},
		{name: "rp-id_token-aud, without azp", claims: map[string]any{"aud": []string{"api", clientID}}, wrong: "whom it was issued to (azp)"},
		{name: "rp-id_token-azp of another client", claims: map[string]any{"azp": "api"}, wrong: "issued to another client (azp)"},
		{name: "rp-nonce-unless-code-flow", claims: map[string]any{"nonce": nil}, want: func(e *Expected) { e.Nonce = "" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			signer, alg, keys := test.signer, test.alg, test.keys
			if signer.private == nil {
				signer = rs
			}
			if alg == "" {
				alg = "RS256"
			}
			if keys == nil {
				keys = []pair{rs}
			}
			want := expected()
			if test.want != nil {
				test.want(&want)
			}
			token := signer.sign(t, alg, test.header, good(test.claims))
			if test.spoil != nil {
				token = test.spoil(token)
			}
			platform := &fakePlatform{keys: keys}
			check(t, verifierOf(platform, nil).Verify(context.Background(), token, want), test.wrong, token)
		})
	}
}

// check compares an error with a part of its words, and sees that it holds nothing
// of the token.
func check(t *testing.T, err error, wrong, token string) {
	t.Helper()
	switch {
	case wrong == "" && err != nil:
		t.Errorf("got %q; want no error", err)
	case wrong != "" && err == nil:
		t.Errorf("got no error; want one with %q", wrong)
	case wrong != "" && !strings.Contains(err.Error(), wrong):
		t.Errorf("got %q; want an error with %q", err, wrong)
	}
	if err == nil {
		return
	}
	for _, part := range strings.Split(token, ".") {
		if len(part) > 5 && strings.Contains(err.Error(), part) {
			t.Errorf("the error %q holds a part of the token", err)
		}
	}
}

func flipSignature(token string) string {
	at := strings.LastIndexByte(token, '.') + 5
	flipped := byte('A')
	if token[at] == 'A' {
		flipped = 'B'
	}
	return token[:at] + string(flipped) + token[at+1:]
}

func otherUser(token string) string {
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		panic(err)
	}
	changed := strings.Replace(string(claims), `"ada"`, `"eve"`, 1)
	return parts[0] + "." + base64url([]byte(changed)) + "." + parts[2]
}
