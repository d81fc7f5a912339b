// Package oauth holds the rules of an OAuth 2.0 and OpenID Connect client in a
// browser, a public one without a secret: which server it speaks to, what it asks
// there, and what it believes of the answers. It is pure: it sends nothing, draws
// no random numbers and reads no clock.
//
// The specifications: RFC 6749 (the framework), RFC 7636 (PKCE), RFC 9207 (iss in
// the answer), RFC 9700 (current practice), RFC 8414 and OpenID Connect Discovery
// (metadata), RFC 7009 (revocation), OpenID Connect Core (ID tokens) and
// RP-Initiated Logout.
package oauth

// Param is a name and a value of a form or a query. A name may come more than
// once: RFC 8707 has several resources.
type Param struct{ Name, Value string }

// Client is how an application describes itself and its server.
type Client struct {
	ID          string
	Issuer      string // "" where the server's URLs are given instead
	Scope       string
	RedirectURI string
	Params      []Param // sent with every authorization and token request
	// The server's URLs as the application gives them: none of them is looked up.
	Authorization, Token, Revocation, EndSession string
}

// openid says whether a scope asks for an ID token.
func openid(scope string) bool {
	for len(scope) > 0 {
		word := scope
		for i := 0; i < len(scope); i++ {
			if scope[i] == ' ' {
				word = scope[:i]
				break
			}
		}
		if word == "openid" {
			return true
		}
		scope = scope[min(len(word)+1, len(scope)):]
	}
	return false
}

// reserved are the parameters that the protocol needs itself: an application's
// own ones must not replace them.
var reserved = [...]string{
	"client_id", "response_type", "redirect_uri", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method", "response_mode", "request", "request_uri",
	"grant_type", "code", "code_verifier", "refresh_token", "username", "password",
	"client_secret", "client_assertion", "client_assertion_type",
}

// misplaced names a parameter that an application may not give, or answers "".
func misplaced(params []Param) string {
	for _, p := range params {
		for _, name := range reserved {
			if p.Name == name {
				return "`params` must not hold " + name
			}
		}
	}
	return ""
}
