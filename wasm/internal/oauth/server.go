package oauth

import (
	"slices"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// Server is an authorization server: what of it is needed. A URL is "" where the
// server has no such endpoint, or none that is known.
type Server struct {
	Issuer                                       string
	Authorization, Token, Revocation, EndSession string
	JWKS                                         string
	SaysIssuer                                   bool // it names itself in every answer (RFC 9207)
}

// Discovery lists where an issuer's metadata may be, to be tried in turn: OpenID
// Connect Discovery section 4.1, then RFC 8414 section 3.1, which puts the path of
// the issuer last.
func Discovery(issuer string) (urls []string, problem string) {
	if !secure(issuer) || strings.Contains(issuer, "?") {
		return nil, "the issuer must be an https URL without query and fragment (http for this machine alone)"
	}
	issuer = strings.TrimSuffix(issuer, "/")
	origin, path := issuer, ""
	if i := strings.Index(issuer[len("https://"):], "/"); i >= 0 {
		i += len("https://")
		origin, path = issuer[:i], issuer[i:]
	}
	return []string{
		issuer + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
	}, ""
}

// NewServer puts together what the application says of its server and what the
// server says of itself. metadata is the zero Doc where it has not been read.
func NewServer(c Client, metadata doc.Doc) (s Server, problem string) {
	s.Issuer = c.Issuer
	if metadata.IsObject() {
		if problem := checkMetadata(c.Issuer, metadata); problem != "" {
			return Server{}, problem
		}
		s.JWKS = metadata.Lookup("jwks_uri").Text
		s.SaysIssuer = metadata.Lookup("authorization_response_iss_parameter_supported").Bool
	}
	for _, e := range [...]struct {
		url         *string
		given, name string
	}{
		{&s.Authorization, c.Authorization, "authorization_endpoint"},
		{&s.Token, c.Token, "token_endpoint"},
		{&s.Revocation, c.Revocation, "revocation_endpoint"},
		{&s.EndSession, c.EndSession, "end_session_endpoint"},
		{&s.JWKS, s.JWKS, "jwks_uri"},
	} {
		*e.url = e.given
		if e.given == "" {
			*e.url = metadata.Lookup(e.name).Text
		}
		if *e.url != "" && !secure(*e.url) {
			return Server{}, "the server's " + e.name + " is not an https URL"
		}
	}
	return s, ""
}

// checkMetadata: RFC 8414 section 3.3 and OpenID Connect Discovery section 4.3. An
// issuer that is not the very one that was asked for is an attack, or an error
// that would let one through.
func checkMetadata(issuer string, d doc.Doc) (problem string) {
	switch {
	case d.Lookup("issuer").Text != issuer:
		return "the metadata is another issuer's"
	case lacks(d, "response_types_supported", "code"):
		return "the server does not grant authorization codes"
	case lacks(d, "code_challenge_methods_supported", "S256"):
		return "the server does not know PKCE with S256"
	}
	return ""
}

// lacks says whether metadata has a list, and that without the value.
func lacks(d doc.Doc, name, value string) bool {
	return d.Lookup(name).Kind == doc.Array && !slices.Contains(d.Texts(name), value)
}
