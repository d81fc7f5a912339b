package token

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// Claims answers the claims of a JSON Web Token (RFC 7519) as JSON text. It is
// false for anything that is not three parts with a JSON object in the middle:
// an opaque token, or an encrypted one. Nothing is verified: the server that
// the token is sent to does that, and a client uses the claims as hints only.
func Claims(jwt string) (payload string, ok bool) {
	payload, _, ok = claims(jwt)
	return payload, ok
}

func claims(jwt string) (payload string, d doc.Doc, ok bool) {
	header, rest, _ := strings.Cut(jwt, ".")
	part, signature, three := strings.Cut(rest, ".")
	if header == "" || !three || strings.Contains(signature, ".") {
		return "", doc.Doc{}, false
	}
	payload, ok = decodeBase64URL(part)
	if !ok {
		return "", doc.Doc{}, false
	}
	d, err := doc.Parse(payload)
	if err != nil || !d.IsObject() {
		return "", doc.Doc{}, false
	}
	return payload, d, true
}

// Lifetime answers a JWT's exp and iat claims (RFC 7519, sections 4.1.4 and
// 4.1.6) in whole seconds since the Unix epoch. Each is 0 where it is absent,
// not a number or before the epoch, and at most the end of the year 9999.
func Lifetime(jwt string) (exp, iat int64) {
	_, d, _ := claims(jwt)
	return numericDate(d.Lookup("exp")), numericDate(d.Lookup("iat"))
}

func numericDate(v doc.Value) int64 {
	if v.Kind != doc.Number || !(v.Number > 0) {
		return 0
	}
	return int64(min(v.Number, maxSeconds))
}

// SameSubject says whether two access tokens may belong to the same user. It is
// false only where both are JWTs that name a subject and those differ: in sub,
// or in iss where both have it, since a subject is unique within its issuer
// (RFC 7519, section 4.1.2). So a request of one user is never sent again as
// another.
func SameSubject(a, b string) bool {
	if a == b {
		return true
	}
	_, first, _ := claims(a)
	_, second, _ := claims(b)
	if first.Lookup("sub").Kind != doc.String || second.Lookup("sub").Kind != doc.String {
		return true
	}
	return !differ(first.Lookup("sub"), second.Lookup("sub")) &&
		!differ(first.Lookup("iss"), second.Lookup("iss"))
}

// differ says whether both are strings and not the same.
func differ(a, b doc.Value) bool {
	return a.Kind == doc.String && b.Kind == doc.String && a.Text != b.Text
}

// decodeBase64URL decodes RFC 4648, section 5, with its padding or without.
// encoding/base64 would bring encoding/binary and reflect into the module.
func decodeBase64URL(text string) (string, bool) {
	text = strings.TrimRight(text, "=")
	if len(text)%4 == 1 {
		return "", false // six bits make no byte
	}
	decoded := make([]byte, 0, len(text)*3/4)
	bits, count := uint32(0), 0
	for i := 0; i < len(text); i++ {
		var six uint32
		switch c := text[i]; {
		case 'A' <= c && c <= 'Z':
			six = uint32(c - 'A')
		case 'a' <= c && c <= 'z':
			six = uint32(c-'a') + 26
		case '0' <= c && c <= '9':
			six = uint32(c-'0') + 52
		case c == '-':
			six = 62
		case c == '_':
			six = 63
		default:
			return "", false
		}
		bits, count = bits<<6|six, count+6
		if count >= 8 {
			count -= 8
			decoded = append(decoded, byte(bits>>count))
		}
	}
	return string(decoded), true
}
