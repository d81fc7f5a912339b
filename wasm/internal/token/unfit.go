package token

// Unfit answers what keeps a text from being an access token that a request's
// header can carry, "" for nothing: a control character, a space, or a
// character beyond Latin-1 (RFC 9110, section 5.5, and the byte strings of the
// Fetch standard). A token in a wrong encoding or with its scheme still before
// it is found so. The answer does not quote the text.
func Unfit(access string) string {
	if access == "" {
		return "is empty"
	}
	for _, r := range access {
		switch {
		case r == ' ' || r == 0xa0:
			return "contains a space; expected the bare token"
		case r < ' ' || 0x7f <= r && r < 0xa0:
			return "contains a control character"
		case r > 0xff: // and U+FFFD for what is not UTF-8
			return "contains a character that no header can carry"
		}
	}
	return ""
}
