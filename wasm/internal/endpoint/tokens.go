package endpoint

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Paths says where an answer holds its tokens, as dotted paths. "" stands for
// the usual names: snake_case (RFC 6749, section 5.1), then camelCase, at the
// top, then under data.
type Paths struct{ AccessToken, RefreshToken, ExpiresIn, ExpiresAt, IDToken string }

// Tokens reads tokens out of a server's answer, or an application's object like
// one. now is the local time of receipt in milliseconds. The second result is
// what is wrong, without any part of a token, or "". A refresh or ID token that
// is missing, null or empty is none. How long the token lasts is a hint, so what
// cannot be read of that ("1h") is passed over. token_type does not matter: how
// the token is sent is an option.
func (p Paths) Tokens(d doc.Doc, now int64) (token.Tokens, string) {
	if !d.IsObject() {
		return token.Tokens{}, "no access token: expected a JSON object"
	}
	accessPaths := candidates(p.AccessToken, "access_token", "accessToken")
	access, problem := findText(d, accessPaths)
	if problem == "" && access == "" {
		problem = "no access token: looked for " + strings.Join(accessPaths, ", ")
	}
	if problem == "" {
		if unfit := token.Unfit(access); unfit != "" {
			problem = "the access token " + unfit
		}
	}
	if problem != "" {
		return token.Tokens{}, problem
	}
	refresh, problem := findText(d, candidates(p.RefreshToken, "refresh_token", "refreshToken"))
	if problem != "" {
		return token.Tokens{}, problem
	}
	id, problem := findText(d, candidates(p.IDToken, "id_token", "idToken"))
	if problem != "" {
		return token.Tokens{}, problem
	}
	expiresIn, hasIn := findSeconds(d, candidates(p.ExpiresIn, "expires_in", "expiresIn"))
	expiresAt := findInstant(d, candidates(p.ExpiresAt, "expires_at", "expiresAt"))
	return token.Tokens{
		Access:     access,
		Refresh:    refresh,
		ID:         id,
		ExpiresAt:  token.Expiry(expiresIn, hasIn, expiresAt, access, now),
		ReceivedAt: now,
	}, ""
}

// candidates lists the paths to look at, in order.
func candidates(path, snake, camel string) []string {
	if path != "" {
		return []string{path}
	}
	return []string{snake, camel, "data." + snake, "data." + camel}
}

// findText answers the first text that is not empty; the problem is a value of
// another type where the text was expected.
func findText(d doc.Doc, paths []string) (text, problem string) {
	for _, path := range paths {
		switch v := d.Lookup(path); v.Kind {
		case doc.Missing, doc.Null:
		case doc.String:
			if v.Text != "" {
				return v.Text, ""
			}
		default:
			return "", path + " is of type " + v.Kind.String() + "; expected a string"
		}
	}
	return "", ""
}

// findSeconds answers the first number, or text that is one.
func findSeconds(d doc.Doc, paths []string) (seconds float64, ok bool) {
	for _, path := range paths {
		switch v := d.Lookup(path); v.Kind {
		case doc.Number:
			return v.Number, true
		case doc.String:
			if seconds, ok := token.Decimal(v.Text); ok {
				return seconds, true
			}
		}
	}
	return 0, false
}

// findInstant answers the first point in time in milliseconds, 0 for none.
func findInstant(d doc.Doc, paths []string) int64 {
	for _, path := range paths {
		var instant int64
		switch v := d.Lookup(path); v.Kind {
		case doc.Number:
			instant = token.Instant(v.Number)
		case doc.String:
			instant = token.ParseInstant(v.Text)
		}
		if instant != 0 {
			return instant
		}
	}
	return 0
}
