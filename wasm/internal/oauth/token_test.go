package oauth

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func values(t *testing.T, body string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}

func TestTokenRequests(t *testing.T) {
	withAudience := with(func(c *Client) { c.Params = []Param{{"audience", "api"}} })
	tests := []struct {
		name string
		make func(c Client) (Request, string)
		want url.Values
	}{
		{"a code", func(c Client) (Request, string) { return Redeem(c, server, "c+1", "v", "https://app.example/back") },
			url.Values{"grant_type": {"authorization_code"}, "code": {"c+1"}, "code_verifier": {"v"}, "redirect_uri": {"https://app.example/back"}, "client_id": {"app"}}},
		{"a refresh token", func(c Client) (Request, string) { return Refresh(c, server, "r") },
			url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}, "client_id": {"app"}}},
		{"a password", func(c Client) (Request, string) {
			return Password(c, server, []Param{{"username", "ann"}, {"password", "p w"}, {"otp", "123"}})
		}, url.Values{"grant_type": {"password"}, "username": {"ann"}, "password": {"p w"}, "otp": {"123"}, "scope": {"openid"}, "client_id": {"app"}}},
		{"a password and a scope", func(c Client) (Request, string) {
			return Password(c, server, []Param{{"username", "ann"}, {"password", "p"}, {"scope", "api"}})
		}, url.Values{"grant_type": {"password"}, "username": {"ann"}, "password": {"p"}, "scope": {"api"}, "client_id": {"app"}}},
	}
	for _, test := range tests {
		got, problem := test.make(client)
		if problem != "" || got.URL != server.Token || !reflect.DeepEqual(values(t, got.Body), test.want) {
			t.Errorf("%s: got %+v, %q; want %v", test.name, got, problem, test.want)
		}
		got, _ = test.make(withAudience)
		if values(t, got.Body).Get("audience") != "api" {
			t.Errorf("%s: got %s; want the application's own parameters too", test.name, got.Body)
		}
		if got, problem := test.make(with(func(c *Client) { c.Params = []Param{{"grant_type", "x"}} })); problem == "" {
			t.Errorf("%s with a grant type of the application's: got %+v; want a problem", test.name, got)
		}
	}
	for _, name := range []string{"grant_type", "client_id"} {
		if got, problem := Password(client, server, []Param{{name, "x"}}); !strings.Contains(problem, name) {
			t.Errorf("credentials with %s: got %+v, %q; want a problem", name, got, problem)
		}
	}
	if got, problem := Refresh(client, Server{}, "r"); got != (Request{}) || problem == "" {
		t.Errorf("no token endpoint: got %+v, %q; want a problem", got, problem)
	}
}

func TestRevoke(t *testing.T) {
	tests := []struct {
		tokens string
		want   []url.Values
	}{
		{"a r", []url.Values{
			{"token": {"r"}, "token_type_hint": {"refresh_token"}, "client_id": {"app"}},
			{"token": {"a"}, "token_type_hint": {"access_token"}, "client_id": {"app"}},
		}},
		{"a r with blanks", []url.Values{
			{"token": {"r with blanks"}, "token_type_hint": {"refresh_token"}, "client_id": {"app"}},
			{"token": {"a"}, "token_type_hint": {"access_token"}, "client_id": {"app"}},
		}},
		{"a ", []url.Values{{"token": {"a"}, "token_type_hint": {"access_token"}, "client_id": {"app"}}}},
		{" r", []url.Values{{"token": {"r"}, "token_type_hint": {"refresh_token"}, "client_id": {"app"}}}},
		{" ", nil},
		{"", nil},
	}
	for _, test := range tests {
		var got []url.Values
		for _, r := range Revoke(client, server, test.tokens) {
			if r.URL != server.Revocation {
				t.Errorf("Revoke(%q): got %s; want %s", test.tokens, r.URL, server.Revocation)
			}
			got = append(got, values(t, r.Body))
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("Revoke(%q): got %v; want %v", test.tokens, got, test.want)
		}
	}
	if got := Revoke(client, Server{}, "a r"); got != nil {
		t.Errorf("no revocation endpoint: got %v; want nothing", got)
	}
}

func TestLogout(t *testing.T) {
	s := Server{EndSession: "https://id.example/out"}
	tests := []struct {
		id, returnTo, state string
		want                url.Values
	}{
		{"jwt", "https://app.example/bye", "x", url.Values{"id_token_hint": {"jwt"}, "client_id": {"app"}, "post_logout_redirect_uri": {"https://app.example/bye"}, "state": {"x"}}},
		{"jwt", "", "", url.Values{"id_token_hint": {"jwt"}, "client_id": {"app"}}},
		{"", "", "without a way back", url.Values{"client_id": {"app"}}},
	}
	for _, test := range tests {
		base, query, _ := strings.Cut(Logout(client, s, test.id, test.returnTo, test.state), "?")
		if base != s.EndSession || !reflect.DeepEqual(values(t, query), test.want) {
			t.Errorf("got %s?%s; want %v", base, query, test.want)
		}
	}
	if got := Logout(client, Server{}, "jwt", "https://app.example/bye", ""); got != "" {
		t.Errorf("no such endpoint: got %s; want none", got)
	}
}
