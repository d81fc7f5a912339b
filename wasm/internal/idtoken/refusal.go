package idtoken

import (
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Refusal is what is wrong with an ID token, in words that follow "the ID token
// was refused: ". They name claims, and quote none.
type Refusal struct {
	Problem string
	Cause   error // what the platform said, where it could not tell
}

func (r *Refusal) Error() string { return r.Problem }

// Unwrap answers the Cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(problem string) error { return &Refusal{Problem: problem} }

func isRefusal(err error) bool {
	var refusal *Refusal
	return errors.As(err, &refusal)
}

// NoKeys says why an ID token could be neither accepted nor refused: the issuer's
// keys are not to be had now.
type NoKeys struct {
	Problem string
	Cause   error
}

func (n *NoKeys) Error() string { return n.Problem }

// Unwrap answers what the platform said.
func (n *NoKeys) Unwrap() error { return n.Cause }

// words are golang-jwt's errors in the words of a Refusal.
var words = []struct {
	err     error
	problem string
}{
	{jwt.ErrTokenExpired, "it has expired (exp), or this device's clock is wrong"},
	{jwt.ErrTokenUsedBeforeIssued, "it was issued in the future (iat), or this device's clock is wrong"},
	{jwt.ErrTokenNotValidYet, "it is not valid yet (nbf), or this device's clock is wrong"},
	{jwt.ErrTokenInvalidIssuer, "it is from another issuer (iss)"},
	{jwt.ErrTokenInvalidAudience, "it is for another client (aud)"},
}

// parseRefusal says why there is nothing to verify.
func parseRefusal(token *jwt.Token, err error) error {
	if errors.Is(err, jwt.ErrTokenUnverifiable) {
		if alg, _ := token.Header["alg"].(string); methods[alg] == nil {
			return refuse("its algorithm (alg) is not accepted")
		}
	}
	return refuse("it is not a signed JSON Web Token")
}

// claimsRefusal says what golang-jwt and Validate found, all of it.
func claimsRefusal(err error) error {
	if err == nil {
		return nil
	}
	var problems []string
	collect(err, &problems)
	return refuse(strings.Join(problems, ", and "))
}

func collect(err error, problems *[]string) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			collect(one, problems)
		}
		return
	}
	*problems = append(*problems, describe(err))
}

func describe(err error) string {
	if refusal, ok := err.(*Refusal); ok {
		return refusal.Problem
	}
	for _, w := range words {
		if errors.Is(err, w.err) {
			return w.problem
		}
	}
	// What is left is that a claim is missing or of another type, in golang-jwt's
	// words, which quote nothing either: "aud claim is required", "exp is invalid".
	text := err.Error()
	return strings.TrimPrefix(strings.TrimPrefix(text, jwt.ErrTokenRequiredClaimMissing.Error()+": "), jwt.ErrInvalidType.Error()+": ")
}
