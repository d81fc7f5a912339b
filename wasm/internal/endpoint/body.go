package endpoint

import "github.com/authfetch/authfetch/wasm/internal/doc"

// body is the fields of a request's body, in order, no name twice.
type body []doc.Field

func (b *body) add(fields []doc.Field) {
	for _, field := range fields {
		b.set(field)
	}
}

func (b *body) set(field doc.Field) {
	for i := range *b {
		if (*b)[i].Name == field.Name {
			(*b)[i].Value = field.Value
			return
		}
	}
	*b = append(*b, field)
}

func (b body) json() string {
	text := "{"
	for i, field := range b {
		if i > 0 {
			text += ","
		}
		text += doc.Quote(field.Name) + ":" + literal(field.Value)
	}
	return text + "}"
}

// literal answers a value's JSON, also for a value that was made in Go.
func literal(v doc.Value) string {
	switch {
	case v.Raw != "":
		return v.Raw
	case v.Kind == doc.String:
		return doc.Quote(v.Text)
	case v.Kind == doc.Bool && v.Bool:
		return "true"
	case v.Kind == doc.Bool:
		return "false"
	}
	return "null"
}

// formProblem names a field that a form cannot hold, or answers "".
func (b body) formProblem() string {
	for _, field := range b {
		if kind := field.Value.Kind; kind == doc.Object || kind == doc.Array {
			return "the field " + doc.Quote(field.Name) + " is of type " + kind.String() +
				", which a form cannot hold; expected a string, a number or a boolean"
		}
	}
	return ""
}

// form encodes the fields as application/x-www-form-urlencoded. Null is left
// out, since a form has no word for it.
func (b body) form() string {
	var encoded []byte
	for _, field := range b {
		var text string
		switch field.Value.Kind {
		case doc.String:
			text = field.Value.Text
		case doc.Number, doc.Bool:
			text = literal(field.Value)
		default:
			continue
		}
		if len(encoded) > 0 {
			encoded = append(encoded, '&')
		}
		encoded = appendEncoded(encoded, field.Name)
		encoded = append(encoded, '=')
		encoded = appendEncoded(encoded, text)
	}
	return string(encoded)
}

// appendEncoded encodes as RFC 6749, appendix B, and the URL standard's
// application/x-www-form-urlencoded serializer do.
func appendEncoded(encoded []byte, text string) []byte {
	const hex = "0123456789ABCDEF"
	// The round over runes makes U+FFFD of what is not UTF-8.
	for _, c := range []byte(string([]rune(text))) {
		switch {
		case c == ' ':
			encoded = append(encoded, '+')
		case isAlphanumeric(c) || c == '*' || c == '-' || c == '.' || c == '_':
			encoded = append(encoded, c)
		default:
			encoded = append(encoded, '%', hex[c>>4], hex[c&15])
		}
	}
	return encoded
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
