package jsx

// What JavaScript values are, and the few things that are done to them, stands in
// two files that declare the same names: value_safejs_js.go for Go, which turns an
// exception into an error, and value_tinygo_js.go for TinyGo, where nothing can,
// so that safejs would be 8 KB (compressed) without a use. What is called must not
// throw in either: the host catches.

// Type is what typeof says of a Value, with null apart from objects.
type Type int

// The types, numbered as syscall/js does.
const (
	TypeUndefined Type = iota
	TypeNull
	TypeBoolean
	TypeNumber
	TypeString
	TypeSymbol
	TypeObject
	TypeFunction
)

// Get reads a property. Anything but an object has none: undefined.
func Get(v Value, name string) Value {
	if t := TypeOf(v); t != TypeObject && t != TypeFunction {
		return Undefined()
	}
	return get(v, name)
}

// Text answers a string's text, and "" for anything else.
func Text(v Value) string {
	if TypeOf(v) != TypeString {
		return ""
	}
	return text(v)
}

// Number answers a number, and 0 for anything else.
func Number(v Value) float64 {
	if TypeOf(v) != TypeNumber {
		return 0
	}
	return number(v)
}

// Bool answers a boolean, and false for anything else.
func Bool(v Value) bool { return TypeOf(v) == TypeBoolean && truth(v) }

// Items answers an array's items, and nil for anything else.
func Items(v Value) []Value {
	if TypeOf(v) != TypeObject {
		return nil
	}
	items := make([]Value, int(Number(Get(v, "length"))))
	for i := range items {
		items[i] = index(v, i)
	}
	return items
}

// Texts answers the strings of an array.
func Texts(v Value) []string {
	items := Items(v)
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Text(item)
	}
	return texts
}

// Present says whether a value is neither undefined nor null.
func Present(v Value) bool { return TypeOf(v) > TypeNull }
