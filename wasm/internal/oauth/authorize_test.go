package oauth

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

var (
	client  = Client{ID: "app", Issuer: "https://id.example", Scope: "openid", RedirectURI: "https://app.example/back"}
	server  = Server{Issuer: "https://id.example", Authorization: "https://id.example/auth", Token: "https://id.example/token", Revocation: "https://id.example/revoke"}
	secrets = Secrets{State: "the-state", Nonce: "the-nonce", Challenge: "the-challenge"}
)

// with answers a copy of the client after a change.
func with(change func(*Client)) Client {
	c := client
	change(&c)
	return c
}

func TestAuthorize(t *testing.T) {
	usual := url.Values{
		"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {"https://app.example/back"},
		"scope": {"openid"}, "state": {"the-state"}, "nonce": {"the-nonce"},
		"code_challenge": {"the-challenge"}, "code_challenge_method": {"S256"},
	}
	// but answers the usual parameters with some of them changed; none for "".
	but := func(changes url.Values) url.Values {
		values := url.Values{}
		for _, from := range []url.Values{usual, changes} {
			for name, value := range from {
				if values[name] = value; value == nil {
					delete(values, name)
				}
			}
		}
		return values
	}
	tests := []struct {
		name   string
		client Client
		wish   Wish
		want   url.Values
	}{
		{"the usual", client, Wish{}, usual},
		{"a scope, a prompt and a hint", client, Wish{Scope: "openid email", Prompt: "login", LoginHint: "ann+1@example.com"},
			but(url.Values{"scope": {"openid email"}, "prompt": {"login"}, "login_hint": {"ann+1@example.com"}})},
		{"no ID token, no nonce", client, Wish{Scope: "api openid2"}, but(url.Values{"scope": {"api openid2"}, "nonce": nil})},
		{"openid among others", client, Wish{Scope: "api openid"}, but(url.Values{"scope": {"api openid"}})},
		{"no scope", with(func(c *Client) { c.Scope = "" }), Wish{}, but(url.Values{"scope": nil, "nonce": nil})},
		{"parameters of the application", with(func(c *Client) {
			c.Params = []Param{{"resource", "https://a.example"}, {"resource", "https://b.example/?q=1&r"}}
		}), Wish{Params: []Param{{"ui_locales", "de fr"}}},
			but(url.Values{"resource": {"https://a.example", "https://b.example/?q=1&r"}, "ui_locales": {"de fr"}})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, problem := Authorize(test.client, server, test.wish, secrets)
			base, query, _ := strings.Cut(got, "?")
			values, err := url.ParseQuery(query)
			if problem != "" || err != nil || base != server.Authorization || !reflect.DeepEqual(values, test.want) {
				t.Errorf("got %s, %q; want %v", got, problem, test.want)
			}
		})
	}
	if got, _ := Authorize(client, Server{Authorization: "https://id.example/auth?tenant=one"}, Wish{}, secrets); !strings.HasPrefix(got, "https://id.example/auth?tenant=one&response_type=code&") {
		t.Errorf("a query that is there: got %s; want it kept", got)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	tests := []struct {
		name   string
		client Client
		server Server
		wish   Wish
		want   string // in the problem
	}{
		{"no endpoint", client, Server{Token: "https://id.example/token"}, Wish{}, "authorization endpoint"},
		{"no redirect URI", with(func(c *Client) { c.RedirectURI = "" }), server, Wish{}, "redirect URI"},
		{"a state of the application's", client, server, Wish{Params: []Param{{"state", "mine"}}}, "state"},
		{"no PKCE", with(func(c *Client) { c.Params = []Param{{"code_challenge_method", "plain"}} }), server, Wish{}, "code_challenge_method"},
		{"another way back", client, server, Wish{Params: []Param{{"redirect_uri", "https://evil.example"}}}, "redirect_uri"},
	}
	for _, test := range tests {
		if got, problem := Authorize(test.client, test.server, test.wish, secrets); got != "" || !strings.Contains(problem, test.want) {
			t.Errorf("%s: got %q, %q; want a problem with %q", test.name, got, problem, test.want)
		}
	}
}

func TestForm(t *testing.T) {
	tests := []struct {
		params []Param
		want   string
	}{
		{nil, ""},
		{[]Param{{"a", "1"}, {"b", ""}, {"a", "2"}}, "a=1&a=2"},
		{[]Param{{"k y", "a b+c&d=e"}, {"é", "ü/%"}}, "k+y=a+b%2Bc%26d%3De&%C3%A9=%C3%BC%2F%25"},
		{[]Param{{"safe", "aZ09*-._"}}, "safe=aZ09*-._"},
	}
	for _, test := range tests {
		if got := Form(test.params); got != test.want {
			t.Errorf("Form(%q): got %q; want %q", test.params, got, test.want)
		}
	}
}
