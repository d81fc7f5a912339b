//go:build !js

package doc

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Doc is a parsed document: here its text, known to be valid JSON, and the fields
// at its top, which are read once.
type Doc struct {
	raw string
	top []Field
}

// Parse reads text, one JSON value. The error never quotes it.
func Parse(text string) (Doc, error) {
	// A byte order mark gets lost in js/wasm too, where text is decoded.
	text = strings.TrimPrefix(text, "\ufeff")
	if !json.Valid([]byte(text)) {
		return Doc{}, errMalformed
	}
	return Doc{text, fieldsOf(text)}, nil
}

// IsObject says whether the whole document is one object.
func (d Doc) IsObject() bool { return valueOf(d.raw).Kind == Object }

// Lookup finds the value at a path of dotted names, from the top: own
// properties only, and Missing where there is none.
func (d Doc) Lookup(path string) Value {
	var v Value
	fields := d.top
	for more := true; more; fields = fieldsOf(v.Raw) {
		var name string
		name, path, more = strings.Cut(path, ".")
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return Value{}
		}
		if v = fields[i].Value; !more {
			break
		}
	}
	v.Raw = ""
	return v
}

// Texts answers the texts at a path: those of an array, or one that stands alone.
// What is no text is left out.
func (d Doc) Texts(path string) []string {
	var v Value
	fields := d.top
	for more := true; more; fields = fieldsOf(v.Raw) {
		var name string
		name, path, more = strings.Cut(path, ".")
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		v = fields[i].Value
	}
	switch v.Kind {
	case String:
		return []string{v.Text}
	case Array:
		var items []json.RawMessage
		if json.Unmarshal([]byte(v.Raw), &items) != nil {
			return nil // not reached
		}
		texts := []string{}
		for _, item := range items {
			if item := valueOf(string(item)); item.Kind == String {
				texts = append(texts, item.Text)
			}
		}
		return texts
	}
	return nil
}

// Fields lists an object's own properties, in the document's order; it is nil
// for anything else.
func (d Doc) Fields() []Field { return slices.Clone(d.top) }

func fieldsOf(raw string) []Field {
	if valueOf(raw).Kind != Object {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.Token() // the opening brace
	var fields []Field
	at := map[string]int{}
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			return nil // not reached: Parse has let only valid JSON through
		}
		if i, again := at[name]; again {
			fields[i].Value = valueOf(string(value))
			continue
		}
		at[name] = len(fields)
		fields = append(fields, Field{Name: name, Value: valueOf(string(value))})
	}
	return fields
}

// valueOf describes raw, which is valid JSON or empty.
func valueOf(raw string) Value {
	raw = strings.Trim(raw, " \t\r\n")
	if raw == "" {
		return Value{}
	}
	v := Value{Raw: raw}
	switch raw[0] {
	case 'n':
		v.Kind = Null
	case 't', 'f':
		v.Kind, v.Bool = Bool, raw[0] == 't'
	case '"':
		v.Kind = String
		if json.Unmarshal([]byte(raw), &v.Text) != nil {
			return Value{} // not reached
		}
	case '{':
		v.Kind = Object
	case '[':
		v.Kind = Array
	default:
		v.Kind = Number
		// Out of range it is an infinity, as JavaScript has it.
		v.Number, _ = strconv.ParseFloat(raw, 64)
	}
	return v
}
