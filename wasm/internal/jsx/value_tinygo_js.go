//go:build tinygo

package jsx

import "syscall/js"

// Value is a JavaScript value.
type Value = js.Value

// Global answers the global object.
func Global() Value { return js.Global() }

// Undefined answers undefined.
func Undefined() Value { return js.Undefined() }

// TypeOf answers a value's type.
func TypeOf(v Value) Type { return Type(v.Type()) }

// Call calls a method.
func Call(v Value, name string, args ...any) Value { return v.Call(name, args...) }

func get(v Value, name string) Value { return v.Get(name) }

func index(v Value, i int) Value { return v.Index(i) }

func text(v Value) string { return v.String() }

func number(v Value) float64 { return v.Float() }

func truth(v Value) bool { return v.Bool() }

func funcOf(do func(args []Value) any) (fn Value, release func()) {
	f := js.FuncOf(func(_ Value, args []Value) any { return do(args) })
	return f.Value, f.Release
}
