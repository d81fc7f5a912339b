package oauth

import (
	"slices"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Expected is what an ID token must say.
type Expected struct {
	Issuer   string // "" where the application has not named one
	ClientID string
	Nonce    string // sent where the scope asked for an ID token
	Previous string // the ID token of the session that is refreshed, or ""
	Scope    string // that was asked for; "" for a refresh
	Leeway   int64  // how far the clocks may be apart, in seconds
	Now      int64  // seconds since the Unix epoch
}

// CheckIDToken judges the claims of an ID token that came straight from the token
// endpoint, where TLS vouches for the server in place of the signature: OpenID
// Connect Core section 3.1.3.7, and section 12.2 for one that a refresh brought.
// It answers what is wrong, without any part of the token, or "". There need be no
// token unless the scope asked for one.
func CheckIDToken(idToken string, want Expected) (problem string) {
	if idToken == "" {
		if openid(want.Scope) {
			return "the server sent no ID token, although the scope asked for one"
		}
		return ""
	}
	claims, ok := claimsOf(idToken)
	header, _, _ := strings.Cut(idToken, ".")
	// The header is written as the claims are: it is read in their place.
	head, hasHead := claimsOf("." + header + ".")
	switch {
	case !ok || !hasHead:
		return "the ID token is no JSON Web Token"
	case head.Lookup("alg").Text == "" || head.Lookup("alg").Text == "none":
		return "the ID token is not signed"
	case claims.Lookup("iss").Text == "":
		return "the ID token names no issuer"
	case want.Issuer != "" && claims.Lookup("iss").Text != want.Issuer:
		return "the ID token is another issuer's"
	case claims.Lookup("sub").Text == "":
		return "the ID token names nobody"
	}
	if problem := checkAudience(claims, want.ClientID); problem != "" {
		return problem
	}
	if problem := checkTimes(claims, want); problem != "" {
		return problem
	}
	if want.Nonce != "" && openid(want.Scope) && claims.Lookup("nonce").Text != want.Nonce {
		return "the ID token answers another sign-in (nonce)"
	}
	if want.Previous != "" {
		return checkSuccession(claims, want.Previous)
	}
	return ""
}

func claimsOf(jwt string) (doc.Doc, bool) {
	if strings.HasPrefix(jwt, ".") {
		jwt = "header" + jwt
	}
	payload, ok := token.Claims(jwt)
	if !ok {
		return doc.Doc{}, false
	}
	d, err := doc.Parse(payload)
	return d, err == nil
}

// checkAudience: aud is a text or a list of them, and holds the client. Where it
// holds others too, azp says that the token was made for this one.
func checkAudience(claims doc.Doc, client string) (problem string) {
	audiences := claims.Texts("aud")
	azp := claims.Lookup("azp")
	switch {
	case !slices.Contains(audiences, client):
		return "the ID token is for another client (aud)"
	case azp.Kind == doc.Missing && len(audiences) > 1:
		return "the ID token is for several clients and does not say which one asked (azp)"
	case azp.Kind != doc.Missing && azp.Text != client:
		return "the ID token was given to another client (azp)"
	}
	return ""
}

// checkTimes: a token that has just been made is valid by the server's clock, so
// what is looked at is whether the clocks are farther apart than they may be.
func checkTimes(claims doc.Doc, want Expected) (problem string) {
	exp, iat := claims.Lookup("exp"), claims.Lookup("iat")
	now, leeway := float64(want.Now), float64(want.Leeway)
	switch {
	case exp.Kind != doc.Number:
		return "the ID token does not say when it expires"
	case iat.Kind != doc.Number:
		return "the ID token does not say when it was issued"
	case exp.Number+leeway <= now || exp.Number <= iat.Number:
		return "the ID token has expired, or the clocks are too far apart"
	case iat.Number-leeway > now:
		return "the ID token is from the future, or the clocks are too far apart"
	}
	if nbf := claims.Lookup("nbf"); nbf.Kind == doc.Number && nbf.Number-leeway > now {
		return "the ID token is not valid yet, or the clocks are too far apart"
	}
	return ""
}

// checkSuccession: a refresh must not change whose session it is (OpenID Connect
// Core section 12.2).
func checkSuccession(claims doc.Doc, previous string) (problem string) {
	old, ok := claimsOf(previous)
	if !ok {
		return ""
	}
	for _, name := range [...]string{"iss", "sub"} {
		if claims.Lookup(name).Text != old.Lookup(name).Text {
			return "the refreshed ID token is another user's"
		}
	}
	if nonce := claims.Lookup("nonce"); nonce.Kind != doc.Missing && nonce.Text != old.Lookup("nonce").Text {
		return "the refreshed ID token answers another sign-in (nonce)"
	}
	return ""
}
