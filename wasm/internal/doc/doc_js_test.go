//go:build js

package doc

import (
	"os"
	"testing"

	"github.com/hack-pad/safejs"
)

// TestMain stands in for the wiring. Ordinary Go, which runs the tests, can
// turn the exception of JSON.parse into an error.
func TestMain(m *testing.M) {
	ParseJSON = func(text string) (safejs.Value, bool) {
		value, err := hostOf().json.Call("parse", text)
		return value, err == nil
	}
	os.Exit(m.Run())
}

func TestParseBeforeWiring(t *testing.T) {
	wired := ParseJSON
	defer func() { ParseJSON = wired }()
	ParseJSON = nil
	if _, err := Parse(`{}`); err == nil {
		t.Error("Parse without ParseJSON: got no error; want one")
	}
}

// eval answers the value of a JavaScript expression.
func eval(t *testing.T, expression string) safejs.Value {
	t.Helper()
	value, err := safejs.Global().Call("eval", "("+expression+")")
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFromJS(t *testing.T) {
	d := FromJS(eval(t, `Object.assign(Object.create({inherited: 1}), {
		accessToken: 'a', none: undefined, f() {}, s: Symbol('x'), nan: NaN,
		when: new Date(0), silent: {toJSON() {}}, list: [1], [Symbol('y')]: 2,
	})`))
	want := []Field{
		{"accessToken", Value{Kind: String, Text: "a", Raw: `"a"`}},
		{"nan", Value{Kind: Number, Raw: `null`}},
		{"when", Value{Kind: Object, Raw: `"1970-01-01T00:00:00.000Z"`}},
		{"list", Value{Kind: Array, Raw: `[1]`}},
	}
	got := d.Fields()
	if len(got) != len(want) {
		t.Fatalf("Fields: got %+v; want %+v", got, want)
	}
	for i := range want {
		if got[i].Value.Number != got[i].Value.Number {
			got[i].Value.Number = 0 // NaN equals nothing
		}
		if got[i] != want[i] {
			t.Errorf("Fields: got %+v at %d; want %+v", got[i], i, want[i])
		}
	}
	for _, path := range []string{"inherited", "none", "f", "f.name", "s", "toString", "constructor.name", "__proto__.inherited"} {
		if got := d.Lookup(path); got != (Value{}) {
			t.Errorf("Lookup(%q): got %+v; want nothing", path, got)
		}
	}
	for _, expression := range []string{`undefined`, `null`, `'text'`, `7`, `[]`, `() => 1`, `Object.create(null)`} {
		d := FromJS(eval(t, expression))
		if got, want := d.IsObject(), expression == `Object.create(null)`; got != want {
			t.Errorf("IsObject of %s: got %v; want %v", expression, got, want)
		}
		if d.Fields() != nil && len(d.Fields()) > 0 || d.Lookup("length") != (Value{}) {
			t.Errorf("%s: got fields; want none", expression)
		}
	}
}
