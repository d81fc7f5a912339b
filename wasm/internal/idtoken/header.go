package idtoken

import (
	"encoding/base64"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// deepest is how deep the JSON of a token or of a key set may nest. What nests
// deeper would be decoded by as many calls within each other as it likes, and a
// stack is small here.
const deepest = 16

// tame refuses what is too deep to be decoded. What is no JSON at all golang-jwt
// says better.
func tame(token string) error {
	for _, part := range strings.SplitN(token, ".", 3)[:min(2, 1+strings.Count(token, "."))] {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err == nil && depth(text) > deepest {
			return refuse("it nests too deep")
		}
	}
	return nil
}

// depth answers how deep the arrays and objects of a JSON text nest.
func depth(text []byte) int {
	now, most := 0, 0
	quoted, escaped := false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

// checkHeader refuses a JOSE header (RFC 7515 section 4) that would have the key
// or the rules come from the token itself.
func checkHeader(header map[string]any, signing jwt.SigningMethod, algs []string) (*method, error) {
	m, ok := signing.(*method)
	if !ok {
		return nil, refuse("its algorithm (alg) is not accepted")
	}
	if len(algs) > 0 {
		accepted := false
		for _, alg := range algs {
			accepted = accepted || alg == m.alg
		}
		if !accepted {
			return nil, refuse("its algorithm (alg) " + m.alg + " is not among those that the options accept")
		}
	}
	// OpenID Connect Core section 2: an ID token does not bring its key along.
	for _, name := range []string{"crit", "jwk", "jku", "x5u", "x5c"} {
		if _, there := header[name]; there {
			return nil, refuse("its header has " + name + ", which is not accepted")
		}
	}
	// RFC 8725 section 3.11: a token of another kind, such as an access token.
	if typ, there := header["typ"]; there {
		text, _ := typ.(string)
		if !strings.EqualFold(strings.TrimPrefix(strings.ToLower(text), "application/"), "jwt") {
			return nil, refuse("it is a token of another kind (typ)")
		}
	}
	if kid, there := header["kid"]; there {
		if _, text := kid.(string); !text {
			return nil, refuse("its kid is not a string")
		}
	}
	return m, nil
}
