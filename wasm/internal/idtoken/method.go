package idtoken

import (
	"encoding/base64"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// methods are the algorithms that are accepted: all asymmetric ones that WebCrypto
// knows. What a JSON Web Key for one must be, and the hash that at_hash is made
// with: RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864.
var methods = map[string]*method{}

func init() {
	for _, m := range []*method{
		{alg: "RS256", kty: "RSA", hash: "SHA-256"},
		{alg: "RS384", kty: "RSA", hash: "SHA-384"},
		{alg: "RS512", kty: "RSA", hash: "SHA-512"},
		{alg: "PS256", kty: "RSA", hash: "SHA-256"},
		{alg: "PS384", kty: "RSA", hash: "SHA-384"},
		{alg: "PS512", kty: "RSA", hash: "SHA-512"},
		{alg: "ES256", kty: "EC", crv: "P-256", hash: "SHA-256"},
		{alg: "ES384", kty: "EC", crv: "P-384", hash: "SHA-384"},
		{alg: "ES512", kty: "EC", crv: "P-521", hash: "SHA-512"},
		{alg: "EdDSA", kty: "OKP", crv: "Ed25519", hash: "SHA-512"},
		{alg: "Ed25519", kty: "OKP", crv: "Ed25519", hash: "SHA-512"},
	} {
		methods[m.alg] = m
		jwt.RegisterSigningMethod(m.alg, func() jwt.SigningMethod { return m })
	}
	// A public key is no secret, and no signature is none: golang-jwt does not know
	// of these here, whatever the rest of the program does.
	for _, alg := range []string{"HS256", "HS384", "HS512", "none"} {
		jwt.RegisterSigningMethod(alg, func() jwt.SigningMethod { return nil })
	}
}

// method is golang-jwt's SigningMethod, done by the platform.
type method struct{ alg, kty, crv, hash string }

// question is the key that a method is asked with: it asks the platform whether a
// signature is that key's. A function, because golang-jwt has keys as values of any
// type, and a structure in one would take all types that it leads to into the
// module, with their methods (40 KB).
type question func(alg, text string, signature []byte) (bool, error)

// about makes a question of a key, which fits the method that it is asked with.
func (v *Verifier) about(ctx context.Context, key Key) question {
	return func(alg, text string, signature []byte) (bool, error) {
		return v.Platform.Verify(ctx, alg, key, text, signature)
	}
}

// Alg implements jwt.SigningMethod.
func (m *method) Alg() string { return m.alg }

// Sign implements jwt.SigningMethod. Nothing is signed here.
func (m *method) Sign(string, any) ([]byte, error) { return nil, jwt.ErrInvalidKey }

// Verify implements jwt.SigningMethod.
func (m *method) Verify(text string, signature []byte, key any) error {
	ask, ok := key.(question)
	if !ok {
		return jwt.ErrInvalidKeyType
	}
	good, err := ask(m.alg, text, signature)
	switch {
	case err != nil:
		return &Refusal{"its signature (" + m.alg + ") cannot be checked by this browser", err}
	case !good:
		return refuse("its signature is not that of the issuer's key")
	}
	return nil
}

// hashOf answers what at_hash has to be: the left half of the access token's hash,
// OpenID Connect Core section 3.1.3.6.
func (v *Verifier) hashOf(ctx context.Context, m *method, accessToken string) (string, error) {
	if accessToken == "" {
		return "", nil
	}
	sum, err := v.Platform.Digest(ctx, m.hash, accessToken)
	if err != nil {
		return "", &Refusal{"its at_hash cannot be checked by this browser", err}
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), nil
}
