package oauth

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

// secure says whether tokens may travel to a URL: TLS protects it, or it does not
// leave the machine (RFC 9700 section 2.6, RFC 8252 section 7.3). The URL is
// absolute, and has neither a fragment nor a user.
func secure(url string) bool {
	origin := endpoint.Origin(url)
	if origin == "" || strings.ContainsAny(url, "#@ ") {
		return false
	}
	host, plain := strings.CutPrefix(origin, "http://")
	if !plain {
		return true
	}
	if end := strings.LastIndexByte(host, ':'); end > strings.LastIndexByte(host, ']') {
		host = host[:end]
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "[::1]"
}

// withQuery adds parameters to a URL, which may have some already (RFC 6749
// section 3.1).
func withQuery(url string, params []Param) string {
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + Form(params)
}

// Form writes parameters as application/x-www-form-urlencoded (RFC 6749, appendix
// B). Those without a value are left out: to the server they are not there
// (section 3.1).
func Form(params []Param) string {
	var out []byte
	for _, p := range params {
		if p.Value == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, '&')
		}
		out = appendEncoded(out, p.Name)
		out = append(out, '=')
		out = appendEncoded(out, p.Value)
	}
	return string(out)
}

func appendEncoded(out []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9',
			c == '*' || c == '-' || c == '.' || c == '_':
			out = append(out, c)
		case c == ' ':
			out = append(out, '+')
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return out
}
