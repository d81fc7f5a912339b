//go:build js

package doc

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/jsx"
)

// ParseJSON is the host's JSON.parse in a form that never throws: false where
// text is not JSON. What wires the module sets it (globalThis.__authfetch.parse)
// before the first Parse; until then nothing can be parsed. JSON.parse itself
// will not do: under TinyGo its exception would end the module.
var ParseJSON func(text string) (jsx.Value, bool)

// Doc is a parsed document: here the JavaScript value that it became.
type Doc struct{ value jsx.Value }

// Parse reads text, one JSON value. The error never quotes it.
func Parse(text string) (Doc, error) {
	if ParseJSON == nil {
		return Doc{}, errMalformed
	}
	value, ok := ParseJSON(text)
	if !ok {
		return Doc{}, errMalformed
	}
	return Doc{value: value}, nil
}

// FromJS takes a value that JavaScript has already: a parsed answer, or an
// object that the application passed. It must be data that JSON.stringify can
// write: under TinyGo a cycle, a BigInt or a getter that throws would end the
// module, so the host has to look at an application's object first.
// Properties that JSON leaves out (undefined, functions, symbols) are Missing
// to Lookup, and Fields leaves them out too.
func FromJS(v jsx.Value) Doc { return Doc{value: v} }

// IsObject says whether the whole document is one object.
func (d Doc) IsObject() bool { return hostOf().kind(d.value) == Object }

// Lookup finds the value at a path of dotted names, from the top: own
// properties only, and Missing where there is none.
func (d Doc) Lookup(path string) Value {
	h := hostOf()
	return h.describe(h.find(d.value, path))
}

// find answers the JavaScript value at a path, undefined where there is none.
func (h *host) find(value jsx.Value, path string) jsx.Value {
	for more := true; more; {
		var name string
		name, path, more = strings.Cut(path, ".")
		if h.kind(value) != Object || !h.hasOwn(value, name) {
			return jsx.Undefined()
		}
		value = jsx.Get(value, name)
	}
	return value
}

// Texts answers the texts at a path: those of an array, or one that stands alone.
// What is no text is left out.
func (d Doc) Texts(path string) []string {
	h := hostOf()
	value := h.find(d.value, path)
	switch h.kind(value) {
	case String:
		return []string{h.describe(value).Text}
	case Array:
		texts := []string{}
		for _, item := range jsx.Items(value) {
			if item := h.describe(item); item.Kind == String {
				texts = append(texts, item.Text)
			}
		}
		return texts
	}
	return nil
}

// Fields lists an object's own properties, in the document's order; it is nil
// for anything else.
func (d Doc) Fields() []Field {
	h := hostOf()
	if h.kind(d.value) != Object {
		return nil
	}
	names := jsx.Texts(jsx.Call(h.object, "keys", d.value))
	fields := make([]Field, 0, len(names))
	for _, name := range names {
		property := jsx.Get(d.value, name)
		value := h.describe(property)
		if value.Kind == Missing {
			continue
		}
		raw := jsx.Call(h.json, "stringify", property)
		if jsx.TypeOf(raw) != jsx.TypeString {
			continue // an object whose toJSON answers nothing
		}
		value.Raw = jsx.Text(raw)
		fields = append(fields, Field{Name: name, Value: value})
	}
	return fields
}

// host holds the globals that documents are read with. Their functions do not
// throw for the data that a Doc holds.
type host struct{ array, json, object jsx.Value }

// found is looked up at the first use: nothing happens when the module starts.
var found *host

func hostOf() *host {
	if found == nil {
		global := jsx.Global()
		found = &host{
			array:  jsx.Get(global, "Array"),
			json:   jsx.Get(global, "JSON"),
			object: jsx.Get(global, "Object"),
		}
	}
	return found
}

// hasOwn keeps what every object inherits ("constructor", "__proto__") out.
func (h *host) hasOwn(value jsx.Value, name string) bool {
	return jsx.Bool(jsx.Call(h.object, "hasOwn", value, name))
}

func (h *host) kind(value jsx.Value) Kind {
	switch jsx.TypeOf(value) {
	case jsx.TypeNull:
		return Null
	case jsx.TypeBoolean:
		return Bool
	case jsx.TypeNumber:
		return Number
	case jsx.TypeString:
		return String
	case jsx.TypeObject:
		if jsx.Bool(jsx.Call(h.array, "isArray", value)) {
			return Array
		}
		return Object
	}
	return Missing
}

// describe answers what value is, without Raw.
func (h *host) describe(value jsx.Value) Value {
	v := Value{Kind: h.kind(value)}
	switch v.Kind {
	case Bool:
		v.Bool = jsx.Bool(value)
	case Number:
		v.Number = jsx.Number(value)
	case String:
		v.Text = jsx.Text(value)
	}
	return v
}
