package idtoken

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are an ID token's. golang-jwt looks at those that every JSON Web Token may
// have, and calls Validate for the others.
type claims struct {
	jwt.MapClaims
	// others is a function for the reason that question has: encoding/json sees this
	// type.
	others func() error
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *claims) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &c.MapClaims) }

// Validate implements jwt.ClaimsValidator.
func (c *claims) Validate() error { return c.others() }

// comparison is what an ID token's claims are compared with.
type comparison struct {
	jwt.MapClaims
	want     Expected
	now      time.Time
	atHash   string        // of the access token that came along, "" without one
	previous jwt.MapClaims // those of the session's ID token, nil without one
}

// validate has the rules of OpenID Connect Core sections 2, 3.1.3.7 and 12.2 that
// golang-jwt does not know.
func (c *comparison) validate() error {
	var problems []error
	check := func(fine bool, problem string) {
		if !fine {
			problems = append(problems, refuse(problem))
		}
	}
	if sub, err := c.GetSubject(); err != nil || sub == "" || len(sub) > 255 {
		check(false, "it names no user (sub)")
	}
	if iat, err := c.GetIssuedAt(); err == nil && iat == nil {
		check(false, "it does not say when it was issued (iat)")
	}
	c.checkParty(check)
	c.checkBinding(check)
	if c.want.MaxAge >= 0 {
		at, ok := c.MapClaims["auth_time"].(float64)
		check(ok, "it does not say when the user was asked (auth_time)")
		age := float64(c.now.Unix()) - at
		check(!ok || age <= float64(c.want.MaxAge+c.want.Leeway), "the user was asked too long ago (auth_time)")
		check(!ok || age >= -float64(c.want.Leeway), "the user was asked in the future (auth_time)")
	}
	c.checkContinuity(check)
	return errors.Join(problems...)
}

// checkParty checks azp, the client that the token was issued to.
func (c *comparison) checkParty(check func(bool, string)) {
	azp, there := c.MapClaims["azp"]
	audience, _ := c.GetAudience()
	check(there || len(audience) < 2, "it is for several clients, and does not say whom it was issued to (azp)")
	check(!there || azp == c.want.ClientID, "it was issued to another client (azp)")
}

// checkBinding checks what ties the token to this sign-in and to its access token.
func (c *comparison) checkBinding(check func(bool, string)) {
	nonce, there := c.MapClaims["nonce"]
	if c.want.Nonce != "" {
		check(there, "it has no nonce")
		check(!there || nonce == c.want.Nonce, "its nonce is not that of this sign-in")
	}
	hash, there := c.MapClaims["at_hash"]
	check(!there || c.atHash == "" || hash == c.atHash, "its at_hash is not that of the access token")
	check(there || !c.want.NeedAtHash, "it has no at_hash")
}

// checkContinuity checks that a refresh goes on with the session that it is of:
// OpenID Connect Core section 12.2.
func (c *comparison) checkContinuity(check func(bool, string)) {
	if c.previous == nil {
		return
	}
	check(same(c.MapClaims["iss"], c.previous["iss"]), "it is from another issuer than the session (iss)")
	check(same(c.MapClaims["sub"], c.previous["sub"]), "it is about another user than the session (sub)")
	check(same(c.MapClaims["azp"], c.previous["azp"]), "it was issued to another client than the session (azp)")
	for _, name := range []string{"auth_time", "nonce"} {
		now, there := c.MapClaims[name]
		before, was := c.previous[name]
		check(!there || !was || same(now, before), "its "+name+" is not that of the session")
	}
}

// same compares plain values. Objects and arrays, which Go would not compare at
// all, are the same as nothing.
func same(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		text, ok := b.(string)
		return ok && a == text
	case float64:
		number, ok := b.(float64)
		return ok && a == number
	}
	return false
}
