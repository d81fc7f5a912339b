package jsx

import "github.com/hack-pad/safejs"

// Get reads a property. Anything but an object has none: undefined.
func Get(v safejs.Value, name string) safejs.Value {
	if t := v.Type(); t != safejs.TypeObject && t != safejs.TypeFunction {
		return safejs.Undefined()
	}
	property, err := v.Get(name)
	if err != nil {
		return safejs.Undefined()
	}
	return property
}

// Text answers a string's text, and "" for anything else.
func Text(v safejs.Value) string {
	if v.Type() != safejs.TypeString {
		return ""
	}
	text, _ := v.String()
	return text
}

// Number answers a number, and 0 for anything else.
func Number(v safejs.Value) float64 {
	if v.Type() != safejs.TypeNumber {
		return 0
	}
	n, _ := v.Float()
	return n
}

// Bool answers a boolean, and false for anything else.
func Bool(v safejs.Value) bool {
	if v.Type() != safejs.TypeBoolean {
		return false
	}
	b, _ := v.Bool()
	return b
}

// Items answers an array's items, and nil for anything else.
func Items(v safejs.Value) []safejs.Value {
	if v.Type() != safejs.TypeObject {
		return nil
	}
	n := int(Number(Get(v, "length")))
	items := make([]safejs.Value, 0, n)
	for i := range n {
		item, err := v.Index(i)
		if err != nil {
			break
		}
		items = append(items, item)
	}
	return items
}

// Texts answers the strings of an array.
func Texts(v safejs.Value) []string {
	items := Items(v)
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Text(item)
	}
	return texts
}

// Present says whether a value is neither undefined nor null.
func Present(v safejs.Value) bool { return !v.IsUndefined() && !v.IsNull() }
