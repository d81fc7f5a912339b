//go:build js

package doc

import (
	"strings"

	"github.com/hack-pad/safejs"
)

// ParseJSON is the host's JSON.parse in a form that never throws: false where
// text is not JSON. What wires the module sets it (globalThis.__authfetch.parse)
// before the first Parse; until then nothing can be parsed. JSON.parse itself
// will not do: under TinyGo its exception would end the module.
var ParseJSON func(text string) (safejs.Value, bool)

// Doc is a parsed document: here the JavaScript value that it became.
type Doc struct{ value safejs.Value }

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
func FromJS(v safejs.Value) Doc { return Doc{value: v} }

// IsObject says whether the whole document is one object.
func (d Doc) IsObject() bool { return hostOf().kind(d.value) == Object }

// Lookup finds the value at a path of dotted names, from the top: own
// properties only, and Missing where there is none.
func (d Doc) Lookup(path string) Value {
	h := hostOf()
	value := d.value
	for more := true; more; {
		var name string
		name, path, more = strings.Cut(path, ".")
		if h.kind(value) != Object || !h.hasOwn(value, name) {
			return Value{}
		}
		value, _ = value.Get(name)
	}
	return h.describe(value)
}

// Fields lists an object's own properties, in the document's order; it is nil
// for anything else.
func (d Doc) Fields() []Field {
	h := hostOf()
	if h.kind(d.value) != Object {
		return nil
	}
	names, _ := h.object.Call("keys", d.value)
	count, _ := names.Length()
	fields := make([]Field, 0, count)
	for i := 0; i < count; i++ {
		key, _ := names.Index(i)
		name, _ := key.String()
		property, _ := d.value.Get(name)
		value := h.describe(property)
		if value.Kind == Missing {
			continue
		}
		raw, _ := h.json.Call("stringify", property)
		if raw.Type() != safejs.TypeString {
			continue // an object whose toJSON answers nothing
		}
		value.Raw, _ = raw.String()
		fields = append(fields, Field{Name: name, Value: value})
	}
	return fields
}

// host holds the globals that documents are read with. Their functions do not
// throw for the data that a Doc holds, so the errors that safejs would make of
// exceptions are dropped: under TinyGo there are none.
type host struct{ array, json, object safejs.Value }

// found is looked up at the first use: nothing happens when the module starts.
var found *host

func hostOf() *host {
	if found == nil {
		global := safejs.Global()
		found = &host{}
		found.array, _ = global.Get("Array")
		found.json, _ = global.Get("JSON")
		found.object, _ = global.Get("Object")
	}
	return found
}

// hasOwn keeps what every object inherits ("constructor", "__proto__") out.
func (h *host) hasOwn(value safejs.Value, name string) bool {
	own, _ := h.object.Call("hasOwn", value, name)
	yes, _ := own.Bool()
	return yes
}

func (h *host) kind(value safejs.Value) Kind {
	switch value.Type() {
	case safejs.TypeNull:
		return Null
	case safejs.TypeBoolean:
		return Bool
	case safejs.TypeNumber:
		return Number
	case safejs.TypeString:
		return String
	case safejs.TypeObject:
		isArray, _ := h.array.Call("isArray", value)
		if yes, _ := isArray.Bool(); yes {
			return Array
		}
		return Object
	}
	return Missing
}

// describe answers what value is, without Raw.
func (h *host) describe(value safejs.Value) Value {
	v := Value{Kind: h.kind(value)}
	switch v.Kind {
	case Bool:
		v.Bool, _ = value.Bool()
	case Number:
		v.Number, _ = value.Float()
	case String:
		v.Text, _ = value.String()
	}
	return v
}
