//go:build !tinygo

package jsx

import "github.com/hack-pad/safejs"

// Value is a JavaScript value.
type Value = safejs.Value

// Global answers the global object.
func Global() Value { return safejs.Global() }

// Undefined answers undefined.
func Undefined() Value { return safejs.Undefined() }

// TypeOf answers a value's type.
func TypeOf(v Value) Type { return Type(v.Type()) }

// Call calls a method. It answers undefined where that throws.
func Call(v Value, name string, args ...any) Value {
	answer, err := v.Call(name, args...)
	return orUndefined(answer, err)
}

func get(v Value, name string) Value {
	property, err := v.Get(name)
	return orUndefined(property, err)
}

func index(v Value, i int) Value {
	item, err := v.Index(i)
	return orUndefined(item, err)
}

func orUndefined(v Value, err error) Value {
	if err != nil {
		return Undefined()
	}
	return v
}

func text(v Value) string {
	text, _ := v.String()
	return text
}

func number(v Value) float64 {
	number, _ := v.Float()
	return number
}

func truth(v Value) bool {
	truth, _ := v.Bool()
	return truth
}

func funcOf(do func(args []Value) any) (fn Value, release func()) {
	f, err := safejs.FuncOf(func(_ Value, args []Value) any { return do(args) })
	if err != nil {
		panic("authfetch: no function can be made: " + err.Error())
	}
	return f.Value(), f.Release
}
