// Package doc reads JSON documents with the parser that the platform already
// has: encoding/json natively, the browser's JSON.parse under js/wasm, which
// saves the bytes that encoding/json and reflection would add to the module.
//
// It is for the small documents of a token endpoint and of the storage: values
// are looked up by name, never decoded into Go structures.
package doc

import "unicode/utf8"

// Kind says what a Value is.
type Kind int

// The kinds of JSON values, and Missing for what a document does not hold.
const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	Object
	Array
)

// String names a kind for error messages.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Object:
		return "object"
	case Array:
		return "array"
	}
	return "nothing"
}

// Value is one value of a document. Text holds a String's text, Number a
// Number; Bool a Bool. Raw is the value's own JSON, set for every kind but
// Missing when it comes from Fields.
type Value struct {
	Kind   Kind
	Text   string
	Number float64
	Bool   bool
	Raw    string
}

// Field is a named value of an object.
type Field struct {
	Name  string
	Value Value
}

// A Doc has, in doc_native.go (//go:build !js) and doc_js.go, the same methods:
//
//	func Parse(text string) (Doc, error)   // the error never quotes the text: it may hold tokens
//	func (d Doc) Lookup(path string) Value // "access_token", "data.token": dotted names, from the top; own properties only
//	func (d Doc) Texts(path string) []string // those of an array, or one that stands alone
//	func (d Doc) Fields() []Field          // of an object, in the document's order; nil for anything else
//	func (d Doc) IsObject() bool
//
// The zero Doc is a document that holds nothing: every Lookup is Missing.
// Lookup goes through objects, not into arrays. Where an object has a name
// twice, the last value counts. JavaScript lists names that are array indices
// ("0", "17") before all others; apart from that both builds agree.

// errMalformed is what Parse answers. It says nothing of the text on purpose.
const errMalformed = malformed("the JSON is truncated or malformed")

type malformed string

func (m malformed) Error() string { return string(m) }

const hexDigits = "0123456789abcdef"

// Quote answers text as a JSON string literal (RFC 8259, section 7). It takes
// any Go string: invalid UTF-8 becomes U+FFFD. U+2028 and U+2029 are escaped,
// since JavaScript before ES2019 ends a line there; '<', '>' and '&' are not,
// since the result goes into bodies and storages, never into HTML.
func Quote(text string) string {
	quoted := make([]byte, 0, len(text)+2)
	quoted = append(quoted, '"')
	for _, r := range text { // ranging answers U+FFFD for invalid bytes
		switch {
		case r == '"' || r == '\\':
			quoted = append(quoted, '\\', byte(r))
		case r == '\n':
			quoted = append(quoted, '\\', 'n')
		case r == '\r':
			quoted = append(quoted, '\\', 'r')
		case r == '\t':
			quoted = append(quoted, '\\', 't')
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			quoted = append(quoted, '\\', 'u',
				hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			quoted = utf8.AppendRune(quoted, r)
		}
	}
	return string(append(quoted, '"'))
}
