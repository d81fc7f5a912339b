package oauth

// Wish is what one sign-in asks for beyond what the Client always does.
type Wish struct {
	Scope     string // "" for the Client's
	Prompt    string // OpenID Connect Core section 3.1.2.1
	LoginHint string
	Params    []Param
}

// Secrets bind an answer to the page that asked: fresh random texts for each
// sign-in, and the S256 challenge of a verifier that stays in the page.
type Secrets struct{ State, Nonce, Challenge string }

// Authorize builds the URL that the user's browser is sent to: the authorization
// code flow with PKCE (RFC 6749 section 4.1.1, RFC 7636 section 4.3), and the
// nonce that binds an ID token to it.
func Authorize(c Client, s Server, w Wish, secrets Secrets) (url, problem string) {
	switch {
	case s.Authorization == "":
		return "", "the server has no authorization endpoint"
	case c.RedirectURI == "":
		return "", "there is no redirect URI"
	}
	if problem = misplaced(append(c.Params[:len(c.Params):len(c.Params)], w.Params...)); problem != "" {
		return "", problem
	}
	scope := w.ScopeOf(c)
	nonce := ""
	if openid(scope) {
		nonce = secrets.Nonce
	}
	params := []Param{
		{"response_type", "code"},
		{"client_id", c.ID},
		{"redirect_uri", c.RedirectURI},
		{"scope", scope},
		{"state", secrets.State},
		{"nonce", nonce},
		{"code_challenge", secrets.Challenge},
		{"code_challenge_method", "S256"},
		{"prompt", w.Prompt},
		{"login_hint", w.LoginHint},
	}
	params = append(append(params, c.Params...), w.Params...)
	return withQuery(s.Authorization, params), ""
}

// ScopeOf answers the scope that a sign-in asks for.
func (w Wish) ScopeOf(c Client) string {
	if w.Scope != "" {
		return w.Scope
	}
	return c.Scope
}
