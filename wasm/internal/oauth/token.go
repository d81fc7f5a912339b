package oauth

import "strings"

// Form requests to a server, ready to be sent.
type Request struct{ URL, Body string }

const noTokenEndpoint = "the server has no token endpoint"

// Redeem asks for the tokens of a code (RFC 6749 section 4.1.3, RFC 7636 section
// 4.5).
func Redeem(c Client, s Server, code, verifier, redirectURI string) (Request, string) {
	return tokenRequest(c, s, []Param{
		{"grant_type", "authorization_code"},
		{"code", code},
		{"redirect_uri", redirectURI},
		{"code_verifier", verifier},
	})
}

// Refresh asks for new tokens (RFC 6749 section 6). The scope is left out: it is
// the one that was granted.
func Refresh(c Client, s Server, token string) (Request, string) {
	return tokenRequest(c, s, []Param{
		{"grant_type", "refresh_token"},
		{"refresh_token", token},
	})
}

// Password asks for tokens by the user's name and password (RFC 6749 section 4.3),
// which the server of a first party may still allow. credentials are as the
// application gives them; they may hold more, such as a one-time password, and a
// scope of their own.
func Password(c Client, s Server, credentials []Param) (Request, string) {
	params := []Param{{"grant_type", "password"}}
	scope := c.Scope
	for _, p := range credentials {
		switch p.Name {
		case "grant_type", "client_id":
			return Request{}, "the credentials must not hold " + p.Name
		case "scope":
			scope = p.Value
		default:
			params = append(params, p)
		}
	}
	return tokenRequest(c, s, append(params, Param{"scope", scope}))
}

func tokenRequest(c Client, s Server, params []Param) (Request, string) {
	if s.Token == "" {
		return Request{}, noTokenEndpoint
	}
	if problem := misplaced(c.Params); problem != "" {
		return Request{}, problem
	}
	// A public client names itself in the form (RFC 6749 section 3.2.1).
	params = append(append(params, Param{"client_id", c.ID}), c.Params...)
	return Request{s.Token, Form(params)}, ""
}

// Revoke tells the server that tokens are over (RFC 7009 section 2.1). tokens are
// an access token, a blank and a refresh token, either of which may be missing.
// The refresh token comes first: most servers end its access tokens with it, and
// those that do not are told of the access token too.
func Revoke(c Client, s Server, tokens string) []Request {
	access, refresh, _ := strings.Cut(tokens, " ")
	var requests []Request
	if s.Revocation == "" {
		return nil
	}
	for _, t := range [...]Param{{"refresh_token", refresh}, {"access_token", access}} {
		if t.Value != "" {
			requests = append(requests, Request{s.Revocation, Form([]Param{
				{"token", t.Value}, {"token_type_hint", t.Name}, {"client_id", c.ID},
			})})
		}
	}
	return requests
}

// Logout builds the URL at which the server signs the user out as well (OpenID
// Connect RP-Initiated Logout section 2), "" where it has none. The ID token says
// whose session is meant; returnTo is where the server leads back to, and must be
// registered there.
func Logout(c Client, s Server, idToken, returnTo, state string) string {
	if s.EndSession == "" {
		return ""
	}
	if returnTo == "" {
		state = ""
	}
	return withQuery(s.EndSession, []Param{
		{"id_token_hint", idToken},
		{"client_id", c.ID},
		{"post_logout_redirect_uri", returnTo},
		{"state", state},
	})
}
