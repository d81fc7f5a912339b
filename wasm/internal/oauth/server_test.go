package oauth

import (
	"slices"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

func object(t *testing.T, text string) doc.Doc {
	t.Helper()
	d, err := doc.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestDiscovery(t *testing.T) {
	tests := []struct {
		issuer string
		want   []string // nil where the issuer is refused
	}{
		{"https://id.example", []string{
			"https://id.example/.well-known/openid-configuration",
			"https://id.example/.well-known/oauth-authorization-server",
		}},
		{"https://id.example/", []string{
			"https://id.example/.well-known/openid-configuration",
			"https://id.example/.well-known/oauth-authorization-server",
		}},
		{"https://id.example:8443/tenants/one", []string{
			"https://id.example:8443/tenants/one/.well-known/openid-configuration",
			"https://id.example:8443/.well-known/oauth-authorization-server/tenants/one",
		}},
		{"http://localhost:4000/one", []string{
			"http://localhost:4000/one/.well-known/openid-configuration",
			"http://localhost:4000/.well-known/oauth-authorization-server/one",
		}},
		{"http://id.example", nil},
		{"https://id.example/?tenant=one", nil},
		{"https://id.example/#one", nil},
		{"https://user@id.example", nil},
		{"id.example", nil},
		{"", nil},
		{"javascript:alert(1)", nil},
	}
	for _, test := range tests {
		got, problem := Discovery(test.issuer)
		if !slices.Equal(got, test.want) || (problem == "") != (test.want != nil) {
			t.Errorf("Discovery(%q): got %q, %q; want %q", test.issuer, got, problem, test.want)
		}
	}
}

func TestSecure(t *testing.T) {
	tests := []struct {
		url  string
		want bool
	}{
		{"https://id.example/token", true},
		{"https://id.example:8443", true},
		{"http://localhost/token", true},
		{"http://localhost:4000/token", true},
		{"http://app.localhost:4000/", true},
		{"http://127.0.0.1:4000/token", true},
		{"http://[::1]/token", true},
		{"http://[::1]:4000/token", true},
		{"http://id.example/token", false},
		{"http://localhost.example/token", false},
		{"http://notlocalhost/token", false},
		{"http://127.0.0.1.example/token", false},
		{"http://192.168.0.1/token", false},
		{"http://[::2]/token", false},
		{"http://localhost@id.example/", false},
		{"https://user:secret@id.example/", false},
		{"https://id.example/#here", false},
		{"https://id.example/a b", false},
		{"ftp://id.example/", false},
		{"//id.example/token", false},
		{"/token", false},
		{"", false},
	}
	for _, test := range tests {
		if got := secure(test.url); got != test.want {
			t.Errorf("secure(%q): got %v; want %v", test.url, got, test.want)
		}
	}
}

const good = `"issuer":"https://id.example","authorization_endpoint":"https://id.example/auth",
	"token_endpoint":"https://id.example/token"`

func TestNewServer(t *testing.T) {
	tests := []struct {
		name     string
		client   Client
		metadata string
		want     Server // the zero Server where it is refused
	}{
		{"what the server says", Client{Issuer: "https://id.example"},
			`{` + good + `,"revocation_endpoint":"https://id.example/revoke",
			"end_session_endpoint":"https://id.example/out","jwks_uri":"https://id.example/jwks",
			"authorization_response_iss_parameter_supported":true}`,
			Server{"https://id.example", "https://id.example/auth", "https://id.example/token",
				"https://id.example/revoke", "https://id.example/out", "https://id.example/jwks", true}},
		{"the least", Client{Issuer: "https://id.example"}, `{` + good + `}`,
			Server{Issuer: "https://id.example", Authorization: "https://id.example/auth", Token: "https://id.example/token"}},
		{"what the application says comes first",
			Client{Issuer: "https://id.example", Token: "https://proxy.example/token"}, `{` + good + `}`,
			Server{Issuer: "https://id.example", Authorization: "https://id.example/auth", Token: "https://proxy.example/token"}},
		{"nothing is looked up", Client{Token: "https://id.example/token", Revocation: "https://id.example/revoke"}, ``,
			Server{Token: "https://id.example/token", Revocation: "https://id.example/revoke"}},
		{"lists that hold what is needed", Client{Issuer: "https://id.example"},
			`{` + good + `,"response_types_supported":["code","code id_token"],"code_challenge_methods_supported":["plain","S256"]}`,
			Server{Issuer: "https://id.example", Authorization: "https://id.example/auth", Token: "https://id.example/token"}},
		{"another issuer", Client{Issuer: "https://other.example"}, `{` + good + `}`, Server{}},
		{"an issuer with a slash more", Client{Issuer: "https://id.example/"}, `{` + good + `}`, Server{}},
		{"no issuer", Client{Issuer: "https://id.example"}, `{"token_endpoint":"https://id.example/token"}`, Server{}},
		{"an issuer that is no text", Client{Issuer: "https://id.example"}, `{"issuer":["https://id.example"]}`, Server{}},
		{"an endpoint without TLS", Client{Issuer: "https://id.example"}, `{"issuer":"https://id.example","token_endpoint":"http://id.example/token"}`, Server{}},
		{"a revocation endpoint without TLS", Client{Issuer: "https://id.example"}, `{` + good + `,"revocation_endpoint":"http://id.example/revoke"}`, Server{}},
		{"an endpoint that is a script", Client{Issuer: "https://id.example"}, `{"issuer":"https://id.example","authorization_endpoint":"javascript:alert(1)"}`, Server{}},
		{"keys without TLS", Client{Issuer: "https://id.example"}, `{` + good + `,"jwks_uri":"http://id.example/jwks"}`, Server{}},
		{"no codes", Client{Issuer: "https://id.example"}, `{` + good + `,"response_types_supported":["id_token"]}`, Server{}},
		{"no S256", Client{Issuer: "https://id.example"}, `{` + good + `,"code_challenge_methods_supported":["plain"]}`, Server{}},
		{"a URL of the application's own without TLS", Client{Token: "http://id.example/token"}, ``, Server{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			metadata := doc.Doc{}
			if test.metadata != "" {
				metadata = object(t, test.metadata)
			}
			got, problem := NewServer(test.client, metadata)
			if got != test.want || (problem != "") != (test.want == Server{}) {
				t.Errorf("got %+v, %q; want %+v", got, problem, test.want)
			}
		})
	}
}
