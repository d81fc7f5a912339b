package session

import (
	"strconv"

	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

// The codes of an Error, as AuthError.code shows them. JavaScript makes
// bad_options too, since it checks options before the module has loaded, and
// wasm_failed.
const (
	CodeBadOptions    = "bad_options"
	CodeSigninFailed  = "signin_failed"
	CodeRefreshFailed = "refresh_failed"
	CodeNotSignedIn   = "not_signed_in"
	CodeSignedOut     = "signed_out"
	CodeClosed        = "closed"
	CodeStorageFailed = "storage_failed"
)

// Error is what becomes an AuthError. No field holds a token or a password.
type Error struct {
	Code    string
	Message string
	// Status, ServerCode and Description are what the server answered: the HTTP
	// status and RFC 6749 section 5.2's error and error_description.
	Status      int
	ServerCode  string
	Description string
	// Transient says that the session stays and that a later try may succeed.
	Transient bool
	// Response is the server's answer as the host knows it, or nil. The core
	// hands it on and never looks inside.
	Response any
	// Cause is the error that led to this one, or nil.
	Cause error
}

func (e *Error) Error() string { return e.Message }

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Cause }

// problem is an error that is known by its value, never wrapped.
type problem string

func (p problem) Error() string { return string(p) }

// is says whether an error is this problem. (To compare them as interfaces would
// bring reflection into the module, which weighs 6 KB.)
func (p problem) is(err error) bool {
	q, ok := err.(problem)
	return ok && p == q
}

// refused makes the Error of an answer that holds no tokens. what begins its
// message: "Failed to refresh token", "Sign-in failed". secrets are what was
// sent: a server may repeat it.
func refused(code, what string, refusal *endpoint.Refusal, reply Reply, secrets ...string) *Error {
	e := &Error{
		Code:        code,
		Status:      refusal.Status,
		ServerCode:  endpoint.Scrub(refusal.Code, secrets...),
		Description: endpoint.Scrub(refusal.Description, secrets...),
	}
	reason := refusal.Problem
	if reason == "" {
		reason = joined(e.ServerCode, e.Description)
	}
	if reason == "" {
		reason = "the server answered " + strconv.Itoa(refusal.Status)
	}
	e.Message = what + ": " + reason
	// An answer of status 2xx may hold tokens in a place that nobody looked at.
	if refusal.Status < 200 || refusal.Status > 299 {
		e.Response = reply.Response
	}
	return e
}

// joined puts a server's error and error_description in one line.
func joined(code, description string) string {
	switch {
	case code == "":
		return description
	case description == "":
		return code
	}
	return code + " (" + description + ")"
}
