package endpoint

import "strings"

// Scrub makes a foreign text fit for an error message: none of the secrets that
// were sent, nothing that looks like a token, since servers echo what they get, no control characters,
// and at most 300 characters.
//
// What looks like a token is twenty or more of the characters that tokens, JWTs
// and base64 are made of, percent-encoded or not. That takes long URLs along,
// rather than leaving a token in one. Only words like
// refresh_token_already_used are let through.
func Scrub(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}

	const limit, ellipsis = 300, '…'
	var out []rune
	runes := []rune(text)
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && inToken(runes[end]) {
			end++
		}
		switch run := runes[i:end]; {
		case end == i:
			r := runes[i]
			if r < ' ' || 0x7f <= r && r < 0xa0 {
				r = ' '
			}
			out = append(out, r)
			end++
		case len(run) >= 20 && !areWords(run):
			out = append(out, []rune("[redacted]")...)
		default:
			out = append(out, run...)
		}
		i = end
	}
	if len(out) > limit {
		out = append(out[:limit-1], ellipsis)
	}
	return string(out)
}

// inToken: RFC 6750's b64token, and '%' for what is percent-encoded.
func inToken(r rune) bool {
	switch r {
	case '-', '.', '_', '~', '+', '/', '=', '%':
		return true
	}
	return r < 0x80 && isAlphanumeric(byte(r))
}

// areWords says whether a run is words of letters in one case, at most fourteen
// each, with '_' between them and perhaps a full stop at the end: no token of
// random letters is.
func areWords(run []rune) bool {
	lowers, uppers, length, separators := 0, 0, 0, 0
	for i, r := range run {
		length++
		switch {
		case 'a' <= r && r <= 'z':
			lowers++
		case 'A' <= r && r <= 'Z':
			uppers++
		case r == '_' && length > 1:
			separators++
			length = 0
		case r == '.' && i == len(run)-1:
		default:
			return false
		}
		if length > 14 {
			return false
		}
	}
	return separators > 0 && (lowers == 0 || uppers == 0)
}
