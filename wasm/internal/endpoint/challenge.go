package endpoint

import "strings"

// Challenge finds a scheme's challenge in a WWW-Authenticate header (RFC 9110,
// section 11.6.1), in which several may stand, and answers its parameters, their
// names in lower case; a token68 is one without a name. ok says whether the
// scheme is there. It takes what servers send: missing or doubled commas,
// unquoted values, a quote that does not end.
func Challenge(header, scheme string) (params []Header, ok bool) {
	c := challenges{rest: header}
	for c.next() {
		name := lower(c.token())
		switch {
		case name == "" && c.rest[0] == '"':
			c.value() // of no parameter; nothing in it is a challenge
		case name == "":
			c.rest = c.rest[1:]
		case c.equals():
			value := c.value()
			if ok {
				params = append(params, Header{Name: name, Value: value})
			}
		case ok:
			return params, true // the next challenge begins
		default:
			ok = name == lower(scheme)
			if credentials := c.token68(); ok && credentials != "" {
				params = append(params, Header{Value: credentials})
			}
		}
	}
	return params, ok
}

// challenges is what is left to read of a header.
type challenges struct{ rest string }

// next goes to the next thing that is neither space nor comma.
func (c *challenges) next() bool {
	c.rest = strings.TrimLeft(c.rest, " \t,")
	return c.rest != ""
}

// token takes a token of RFC 9110, section 5.6.2.
func (c *challenges) token() string { return c.take(isTokenChar) }

func (c *challenges) take(is func(byte) bool) string {
	n := 0
	for n < len(c.rest) && is(c.rest[n]) {
		n++
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

// equals takes the '=' after a parameter's name, with the spaces around it.
func (c *challenges) equals() bool {
	rest, found := strings.CutPrefix(strings.TrimLeft(c.rest, " \t"), "=")
	if found {
		c.rest = strings.TrimLeft(rest, " \t")
	}
	return found
}

// value takes a token or a quoted string.
func (c *challenges) value() string {
	if !strings.HasPrefix(c.rest, `"`) {
		return c.take(func(b byte) bool { return b != ',' && b != ' ' && b != '\t' })
	}
	var value []byte
	i := 1
	for ; i < len(c.rest) && c.rest[i] != '"'; i++ {
		if c.rest[i] == '\\' && i+1 < len(c.rest) {
			i++
		}
		value = append(value, c.rest[i])
	}
	c.rest = c.rest[min(i+1, len(c.rest)):]
	return string(value)
}

// token68 takes the credentials that some schemes have in place of parameters
// (RFC 9110, section 11.2), or nothing.
func (c *challenges) token68() string {
	before := c.rest
	c.rest = strings.TrimLeft(c.rest, " \t")
	taken := c.take(func(b byte) bool {
		return isAlphanumeric(b) || strings.IndexByte("-._~+/", b) >= 0
	})
	taken += c.take(func(b byte) bool { return b == '=' })
	after := strings.TrimLeft(c.rest, " \t")
	if taken == "" || after != "" && after[0] != ',' {
		c.rest = before // a parameter, or the next scheme
		return ""
	}
	return taken
}

func isTokenChar(b byte) bool {
	return isAlphanumeric(b) || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}
