package idtoken

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// own are golang-jwt's own methods, which sign the tokens of these tests, and
// check signatures in the platform's place.
var own = map[string]jwt.SigningMethod{
	"RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
	"PS256": jwt.SigningMethodPS256, "PS384": jwt.SigningMethodPS384, "PS512": jwt.SigningMethodPS512,
	"ES256": jwt.SigningMethodES256, "ES384": jwt.SigningMethodES384, "ES512": jwt.SigningMethodES512,
	"EdDSA": jwt.SigningMethodEdDSA, "Ed25519": renamed{jwt.SigningMethodEdDSA, "Ed25519"},
	"HS256": jwt.SigningMethodHS256, "none": jwt.SigningMethodNone,
}

type renamed struct {
	jwt.SigningMethod
	name string
}

func (r renamed) Alg() string { return r.name }

// pair is a private key and what its issuer publishes of it.
type pair struct {
	private crypto.PrivateKey
	public  map[string]any
}

func base64url(number []byte) string { return base64.RawURLEncoding.EncodeToString(number) }

var rsaKeys sync.Map // bits and name to key: they take long to make

func rsaPair(kid string, bits int) pair {
	kept, _ := rsaKeys.LoadOrStore(struct {
		string
		int
	}{kid, bits}, sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return key
	}))
	key := kept.(func() *rsa.PrivateKey)()
	return pair{key, map[string]any{
		"kty": "RSA", "kid": kid, "use": "sig",
		"n": base64url(key.N.Bytes()), "e": base64url(big.NewInt(int64(key.E)).Bytes()),
	}}
}

func ecPair(kid string, curve elliptic.Curve) pair {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	half := len(point) / 2
	return pair{key, map[string]any{
		"kty": "EC", "crv": curve.Params().Name, "kid": kid, "use": "sig",
		"x": base64url(point[1 : 1+half]), "y": base64url(point[1+half:]),
	}}
}

func edPair(kid string) pair {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return pair{private, map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "x": base64url(public)}}
}

// with answers the pair with other members; nil removes one.
func (p pair) with(members map[string]any) pair {
	public := maps.Clone(p.public)
	for name, value := range members {
		if public[name] = value; value == nil {
			delete(public, name)
		}
	}
	return pair{p.private, public}
}

// sign makes a token. Header members of nil are left out.
func (p pair) sign(t *testing.T, alg string, header, claims map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(own[alg], jwt.MapClaims(claims))
	if kid := p.public["kid"]; kid != nil {
		token.Header["kid"] = kid
	}
	for name, value := range header {
		if token.Header[name] = value; value == nil {
			delete(token.Header, name)
		}
	}
	signed, err := token.SignedString(p.private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// fakePlatform checks signatures with golang-jwt's own methods, and publishes
// keys.
type fakePlatform struct {
	mu      sync.Mutex
	keys    []pair
	stale   []pair // what caches hold
	text    string // in place of the keys
	err     error
	fetches []bool // whether each was past the caches
	asked   int    // signatures
}

func (p *fakePlatform) publish(keys ...pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = keys
}

func (p *fakePlatform) KeySet(_ context.Context, _ string, fresh bool) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches = append(p.fetches, fresh)
	if p.err != nil || p.text != "" {
		return p.text, p.err
	}
	keys := p.keys
	if p.stale != nil && !fresh {
		keys = p.stale
	}
	public := []any{}
	for _, key := range keys {
		public = append(public, key.public)
	}
	text, err := json.Marshal(map[string]any{"keys": public})
	return string(text), err
}

func (p *fakePlatform) Verify(_ context.Context, alg string, key Key, text string, signature []byte) (bool, error) {
	p.mu.Lock()
	p.asked++
	p.mu.Unlock()
	number := func(text string) []byte {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			panic(err)
		}
		return decoded
	}
	var public crypto.PublicKey
	switch key.Kty {
	case "RSA":
		public = &rsa.PublicKey{N: new(big.Int).SetBytes(number(key.N)), E: int(new(big.Int).SetBytes(number(key.E)).Int64())}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[key.Crv]
		point, err := ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, number(key.X)...), number(key.Y)...))
		if err != nil {
			return false, err
		}
		public = point
	case "OKP":
		public = ed25519.PublicKey(number(key.X))
	default:
		return false, errors.New("no such key")
	}
	return own[alg].Verify(text, signature, public) == nil, nil
}

func (p *fakePlatform) Digest(_ context.Context, hash, text string) ([]byte, error) {
	h := map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512}[hash].New()
	h.Write([]byte(text))
	return h.Sum(nil), nil
}

// noon is when these tests take place.
var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

const (
	issuer   = "https://issuer.test"
	clientID = "spa"
	nonce    = "n-0S6_WzA2Mj"
	access   = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
)

func expected() Expected {
	return Expected{
		Issuer: issuer, ClientID: clientID, KeysURL: issuer + "/jwks",
		Nonce: nonce, AccessToken: access, MaxAge: -1, Leeway: 900,
	}
}

// good are the claims of a token that is fine, with others in their place; nil
// removes one.
func good(others map[string]any) map[string]any {
	claims := map[string]any{
		"iss": issuer, "sub": "ada", "aud": clientID, "nonce": nonce,
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	for name, value := range others {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return claims
}

func atHash(hash string, token string) string {
	sum, _ := new(fakePlatform).Digest(context.Background(), hash, token)
	return base64url(sum[:len(sum)/2])
}

// verifierOf makes a Verifier whose clock says what now answers; nil is noon.
func verifierOf(p *fakePlatform, now func() time.Time) *Verifier {
	if now == nil {
		now = func() time.Time { return noon }
	}
	return &Verifier{Platform: p, Rings: new(Rings), Now: now}
}
