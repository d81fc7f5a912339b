package endpoint

import "strings"

// Origin answers scheme://host[:port] in lower case, of an absolute http or
// https URL as `new URL(…).href` writes it, and "" for anything else. Origins
// are compared whole: a prefix would let api.example.com.evil.test in.
func Origin(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	scheme = lower(scheme)
	if !found || scheme != "http" && scheme != "https" {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; c <= ' ' || c == '\\' || c >= 0x7f {
			return "" // not normalised: who knows what host a browser reads here
		}
	}
	host := rest[strings.LastIndexByte(rest, '@')+1:]    // after a user and a password
	if host == "" || strings.IndexByte(host, '%') >= 0 { // what a browser decodes
		return ""
	}
	return scheme + "://" + lower(host)
}

// SameResource says whether two URLs, normalised likewise, are the same but for
// their query and fragment.
func SameResource(a, b string) bool { return resource(a) == resource(b) }

func resource(url string) string {
	if end := strings.IndexAny(url, "?#"); end >= 0 {
		return url[:end]
	}
	return url
}
