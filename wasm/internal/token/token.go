// Package token knows what tokens look like: what a server granted, when it
// expires, what a JSON Web Token claims, and how a session is written to the
// storage. It is pure: no clock, no storage and no JavaScript of its own.
package token

// Tokens is what a server granted in one answer.
type Tokens struct {
	Access  string
	Refresh string // "" where the server sent none, or keeps it in a cookie
	ID      string // an OpenID Connect ID token, or ""
	// ExpiresAt is when Access expires by the local clock, in milliseconds since
	// the Unix epoch. 0 where it is not known: then only a 401 tells.
	ExpiresAt int64
	// ReceivedAt is when the answer arrived, by the same clock. 0 where it is not
	// known (tokens that an application had stored before authfetch came).
	ReceivedAt int64
}
