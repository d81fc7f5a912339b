package doc

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// These tests run natively and under Node: both builds must agree.

func TestLookup(t *testing.T) {
	const text = ` {"s":"text","empty":"","n":12.5,"t":true,"f":false,"z":null,
		"o":{"inner":{"deep":"found"},"":"unnamed"},"a":["first"],
		"twice":1,"twice":"second","a.b":"dotted name","esc\u0061pe":"\u00e9\ud83d\ude00",
		"huge":1e999,"own":{"__proto__":"mine","constructor":"ours"}} `
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want Value
	}{
		{"s", Value{Kind: String, Text: "text"}},
		{"empty", Value{Kind: String}},
		{"n", Value{Kind: Number, Number: 12.5}},
		{"huge", Value{Kind: Number, Number: math.Inf(1)}},
		{"t", Value{Kind: Bool, Bool: true}},
		{"f", Value{Kind: Bool}},
		{"z", Value{Kind: Null}},
		{"o", Value{Kind: Object}},
		{"o.inner.deep", Value{Kind: String, Text: "found"}},
		{"o.", Value{Kind: String, Text: "unnamed"}},
		{"a", Value{Kind: Array}},
		{"twice", Value{Kind: String, Text: "second"}},
		{"escape", Value{Kind: String, Text: "é😀"}},
		{"own.__proto__", Value{Kind: String, Text: "mine"}},
		{"own.constructor", Value{Kind: String, Text: "ours"}},
		// Nothing there.
		{"", Value{}},
		{".", Value{}},
		{"S", Value{}},
		{"o.inner.deep.er", Value{}},
		{"o.inner.", Value{}},
		{"s.length", Value{}},
		{"a.0", Value{}},
		{"a.length", Value{}},
		{"a.b", Value{}},
		{"z.x", Value{}},
		{"constructor", Value{}},
		{"constructor.name", Value{}},
		{"__proto__", Value{}},
		{"__proto__.toString", Value{}},
		{"o.hasOwnProperty", Value{}},
	}
	for _, test := range tests {
		if got := d.Lookup(test.path); got != test.want {
			t.Errorf("Lookup(%q): got %+v; want %+v", test.path, got, test.want)
		}
	}
}

func TestTexts(t *testing.T) {
	d, err := Parse(`{"one":"text","list":["a",1,null,"b",["c"],{"d":"e"}],"none":[],"n":7,"o":{"in":["x"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want []string
	}{
		{"one", []string{"text"}},
		{"list", []string{"a", "b"}},
		{"none", nil},
		{"n", nil},
		{"o", nil},
		{"o.in", []string{"x"}},
		{"list.0", nil},
		{"missing", nil},
	}
	for _, test := range tests {
		if got := d.Texts(test.path); !slices.Equal(got, test.want) {
			t.Errorf("Texts(%q): got %q; want %q", test.path, got, test.want)
		}
	}
	if got := (Doc{}).Texts("a"); got != nil {
		t.Errorf("Texts of the zero Doc: got %q; want none", got)
	}
}

func TestFields(t *testing.T) {
	tests := []struct {
		text string
		want []Field
	}{
		{`{}`, nil},
		{`[1]`, nil},
		{`"text"`, nil},
		{`null`, nil},
		{`{"b":"x","a":1,"n":null,"t":true,"o":{"k":["v"]},"l":[]}`, []Field{
			{"b", Value{Kind: String, Text: "x", Raw: `"x"`}},
			{"a", Value{Kind: Number, Number: 1, Raw: `1`}},
			{"n", Value{Kind: Null, Raw: `null`}},
			{"t", Value{Kind: Bool, Bool: true, Raw: `true`}},
			{"o", Value{Kind: Object, Raw: `{"k":["v"]}`}},
			{"l", Value{Kind: Array, Raw: `[]`}},
		}},
		{`{"x":1,"y":2,"x":3}`, []Field{
			{"x", Value{Kind: Number, Number: 3, Raw: `3`}},
			{"y", Value{Kind: Number, Number: 2, Raw: `2`}},
		}},
		{`{"__proto__":"own","constructor":""}`, []Field{
			{"__proto__", Value{Kind: String, Text: "own", Raw: `"own"`}},
			{"constructor", Value{Kind: String, Raw: `""`}},
		}},
	}
	for _, test := range tests {
		d, err := Parse(test.text)
		if err != nil {
			t.Errorf("Parse(%s): got %v; want no error", test.text, err)
		}
		got := d.Fields()
		if len(got) != len(test.want) {
			t.Errorf("Fields of %s: got %+v; want %+v", test.text, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("Fields of %s: got %+v at %d; want %+v", test.text, got[i], i, test.want[i])
			}
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		text         string
		ok, isObject bool
	}{
		{`{}`, true, true},
		{"\ufeff{}", true, true},
		{"\r\n\t {} \n", true, true},
		{`[]`, true, false},
		{`0`, true, false},
		{`null`, true, false},
		{"{\"a\":\"\xff\"}", true, true},
		{``, false, false},
		{` `, false, false},
		{`{`, false, false},
		{`{"secret":"abc`, false, false},
		{`{"a":1,}`, false, false},
		{`{'a':1}`, false, false},
		{`{} {}`, false, false},
		{`NaN`, false, false},
		{`undefined`, false, false},
		{`<html>`, false, false},
	}
	for _, test := range tests {
		d, err := Parse(test.text)
		if got := err == nil; got != test.ok {
			t.Errorf("Parse(%q): got ok %v; want %v", test.text, got, test.ok)
		}
		if got := d.IsObject(); got != test.isObject {
			t.Errorf("IsObject of %q: got %v; want %v", test.text, got, test.isObject)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse(%q): the error quotes the text: %v", test.text, err)
		}
	}
}

func TestZeroDocHoldsNothing(t *testing.T) {
	var d Doc
	if d.IsObject() || d.Fields() != nil || d.Lookup("a") != (Value{}) || d.Lookup("") != (Value{}) {
		t.Errorf("the zero Doc: got object %v, fields %v; want nothing", d.IsObject(), d.Fields())
	}
}

func TestQuote(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`say "hi" \ bye`, `"say \"hi\" \\ bye"`},
		{"a\nb\rc\td", `"a\nb\rc\td"`},
		{"\x00\x1f\x7f", `"\u0000\u001f\u007f"`},
		{"\u2027\u2028\u2029\u202a", "\"\u2027\\u2028\\u2029\u202a\""},
		{"</script>&", `"</script>&"`},
		{"é😀", `"é😀"`},
		{"a\xffb", "\"a\ufffdb\""},
		{"\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""}, // a surrogate, which UTF-8 has not
	}
	for _, test := range tests {
		if got := Quote(test.text); got != test.want {
			t.Errorf("Quote(%q): got %s; want %s", test.text, got, test.want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "text", "\"\\\b\f\n", "\u2028\x00\x7f", "\xff\xfe", "\ufeff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(`{"it":` + Quote(text) + `}`)
		if err != nil {
			t.Fatalf("Quote(%q) = %s: got %v; want JSON", text, Quote(text), err)
		}
		// Each invalid byte becomes one U+FFFD, which strings.ToValidUTF8 does
		// once for a run of them.
		if got, want := d.Lookup("it").Text, string([]rune(text)); got != want {
			t.Errorf("Quote(%q) read back: got %q; want %q", text, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"a":{"b":[1,"x",null]}}`, `{"a":1,"a":2}`, "\ufeff0", `{"":{"":""}}`, `{"a`} {
		f.Add(text, "a.b")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		d, err := Parse(text)
		if err != nil && (d.IsObject() || d.Fields() != nil) {
			t.Errorf("Parse(%q): got an object besides the error", text)
		}
		if v := d.Lookup(path); v.Raw != "" {
			t.Errorf("Lookup(%q) of %q: got Raw %q; want none", path, text, v.Raw)
		}
		for _, field := range d.Fields() {
			if _, err := Parse(field.Value.Raw); err != nil {
				t.Errorf("field %q of %q: got Raw %q; want JSON", field.Name, text, field.Value.Raw)
			}
			if !strings.Contains(field.Name, ".") && d.Lookup(field.Name).Kind != field.Value.Kind {
				t.Errorf("field %q of %q: Lookup finds another", field.Name, text)
			}
		}
	})
}

func TestKindString(t *testing.T) {
	want := map[Kind]string{Missing: "nothing", Null: "null", Bool: "boolean", Number: "number",
		String: "string", Object: "object", Array: "array"}
	for kind, name := range want {
		if got := kind.String(); got != name {
			t.Errorf("kind %d: got %q; want %q", int(kind), got, name)
		}
	}
}
