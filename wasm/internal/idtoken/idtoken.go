// Package idtoken verifies the signature and the claims of OpenID Connect ID
// tokens. golang-jwt parses and validates; the platform, which has the keys'
// arithmetic already, checks signatures and hashes. It is pure: whatever it asks
// of the platform is an interface here.
//
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
package idtoken

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// Platform is what has the keys' arithmetic and a network.
type Platform interface {
	// Verify says whether a signature of the text is that of the key. An error
	// means that the platform cannot tell.
	Verify(ctx context.Context, alg string, key Key, text string, signature []byte) (bool, error)
	// Digest answers a text's hash, by WebCrypto's name for it.
	Digest(ctx context.Context, hash, text string) ([]byte, error)
	// KeySet answers the document at a URL; fresh passes by every cache.
	KeySet(ctx context.Context, url string, fresh bool) (string, error)
}

// Expected is what an ID token has to say.
type Expected struct {
	Issuer   string
	ClientID string
	KeysURL  string // the issuer's jwks_uri
	// Algs are the signature algorithms that are accepted; none stands for all.
	Algs []string
	// Nonce is what the authorization request carried, "" where there was none.
	Nonce string
	// AccessToken came along with the ID token; at_hash, if it is there, is its.
	AccessToken string
	// NeedAtHash refuses an ID token without at_hash, which is optional in an answer
	// of the token endpoint.
	NeedAtHash bool
	// MaxAge is how many seconds ago the user may have been asked for the password
	// (max_age of the authorization request); negative for no matter when.
	MaxAge int64
	// Leeway is how many seconds the two clocks may differ by.
	Leeway int64
	// Previous is the session's ID token where this one comes from a refresh.
	Previous string
}

// maxLength bounds what is parsed before its signature is known to be good.
const maxLength = 64 << 10

// Verifier verifies ID tokens with the keys that its Rings keep.
type Verifier struct {
	Platform Platform
	Rings    *Rings
	Now      func() time.Time
}

// Prepare gets an issuer's keys, so that a later Verify does not fail for want of
// a network once a refresh token has been spent.
func (v *Verifier) Prepare(ctx context.Context, keysURL string) error {
	_, err := v.Rings.of(keysURL).get(ctx, v, false)
	return err
}

// Verify answers nil where the token is the issuer's word about this client's
// user. Its error never quotes the token.
func (v *Verifier) Verify(ctx context.Context, idToken string, want Expected) error {
	if len(idToken) > maxLength {
		return refuse("it is too long")
	}
	if err := tame(idToken); err != nil {
		return err
	}
	claims := &claims{}
	parser := jwt.NewParser(jwt.WithStrictDecoding())
	token, parts, err := parser.ParseUnverified(idToken, claims)
	if err != nil {
		return parseRefusal(token, err)
	}
	method, err := checkHeader(token.Header, token.Method, want.Algs)
	if err != nil {
		return err
	}
	kid, _ := token.Header["kid"].(string)
	// Signed before claims are looked at: what a stranger wrote is not worth a
	// word about its contents.
	if err := v.checkSignature(ctx, method, kid, parts[0]+"."+parts[1], token.Signature, want.KeysURL); err != nil {
		return err
	}
	now := v.Now()
	comparison := &comparison{MapClaims: claims.MapClaims, want: want, now: now}
	claims.others = comparison.validate
	if comparison.atHash, err = v.hashOf(ctx, method, want.AccessToken); err != nil {
		return err
	}
	if want.Previous != "" && tame(want.Previous) == nil {
		previous := jwt.MapClaims{}
		if _, _, err := parser.ParseUnverified(want.Previous, previous); err == nil {
			comparison.previous = previous
		}
	}
	return claimsRefusal(jwt.NewValidator(
		jwt.WithIssuer(want.Issuer),
		jwt.WithAudience(want.ClientID),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(time.Duration(want.Leeway)*time.Second),
		jwt.WithTimeFunc(func() time.Time { return now }),
	).Validate(claims))
}

// checkSignature tries the keys that are known, and once more with the keys that
// the issuer has now, since it may have changed them.
func (v *Verifier) checkSignature(ctx context.Context, m *method, kid, text string, signature []byte, keysURL string) error {
	ring := v.Rings.of(keysURL)
	set, err := ring.get(ctx, v, false)
	if err != nil {
		return err
	}
	err = v.tryKeys(ctx, m, set, kid, text, signature)
	if !isRefusal(err) {
		return err
	}
	newer, fetchErr := ring.get(ctx, v, true)
	if fetchErr != nil {
		return fetchErr
	}
	if newer == set {
		return err // asked a moment ago
	}
	return v.tryKeys(ctx, m, newer, kid, text, signature)
}

func (v *Verifier) tryKeys(ctx context.Context, m *method, set *keySet, kid, text string, signature []byte) error {
	keys, err := set.candidates(m.alg, kid)
	if err != nil {
		return err
	}
	for _, key := range keys {
		err = m.Verify(text, signature, v.about(ctx, key))
		if !isRefusal(err) {
			return err
		}
	}
	return err
}
