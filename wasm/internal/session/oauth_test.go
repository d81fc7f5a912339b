package session

import (
	"sync"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// oauthClient is a Config's endpoints as the OAuth client beside the module is.
func oauthClient(w *world, answer string) (change func(*Config), told func() []string) {
	var mu sync.Mutex
	var arguments []string
	endpoint := func(body string) *Endpoint {
		return &Endpoint{OAuth: true, Func: func(_ context.Context, argument string) (Reply, error) {
			mu.Lock()
			defer mu.Unlock()
			arguments = append(arguments, argument)
			return w.server.reply(200, body, ""), nil
		}}
	}
	change = func(c *Config) {
		c.Signin, c.Refresh, c.Signout = endpoint(answer), endpoint(`{"access_token":"refreshed"}`), endpoint(``)
	}
	return change, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return arguments
	}
}

// A sign-out at an OAuth server revokes both tokens (RFC 7009 section 2.1).
func TestAnOAuthSignoutGetsBothTokens(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		change, told := oauthClient(w, `{"access_token":"access","refresh_token":"refresh"}`)
		tab := w.signedIn(change)
		_ = tab.Signout()
		same(t, "arguments", told(), "", "access refresh")
	})
}

// Without a refresh token an OAuth server cannot be asked for new tokens, whereas a
// function of the application may have a way of its own.
func TestAnOAuthSessionWithoutARefreshToken(t *testing.T) {
	for _, isOAuth := range []bool{true, false} {
		spec(t, func(t *testing.T, w *world) {
			change, told := oauthClient(w, `{"access_token":"access"}`)
			tab := w.signedIn(change, func(c *Config) { c.Refresh.OAuth = isOAuth })
			got := tab.fetch()
			if isOAuth {
				same(t, "arguments", told(), "")
				is(t, "code", got.err.Code, CodeRefreshFailed)
			} else {
				same(t, "arguments", told(), "", "")
			}
		})
	}
}

// OpenID Connect Core section 12.2: a refresh may leave the ID token out.
func TestTheOldIDTokenIsKept(t *testing.T) {
	tests := []struct{ name, id, want string }{
		{"none", ``, "first"},
		{"empty", `,"id_token":""`, "first"},
		{"a new one", `,"id_token":"second"`, "second"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.open()
				if err := tab.SetTokens(Given{Doc: object(t, `{"access_token":"one","refresh_token":"r","id_token":"first"}`)}); err != nil {
					t.Fatal(err)
				}
				w.server.answers(text(200, `{"access_token":"two"`+test.id+`}`))
				tab.fetch()
				is(t, "access token", tab.access(), "two")
				is(t, "the session's", tab.Session().ID, test.want)
				is(t, "the stored one", w.store.record(t).ID, test.want)
			})
		})
	}
}
