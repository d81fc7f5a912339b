package token

import (
	"strings"
	"testing"
)

func TestUnfit(t *testing.T) {
	tests := []struct{ access, want string }{
		{"abc", ""},
		{"a-b._~+/=!\"{}", ""},
		{"\u00a1\u00ff", ""},
		{"", "empty"},
		{"Bearer abc", "space"},
		{"abc ", "space"},
		{"a\u00a0b", "space"},
		{"abc\n", "control"},
		{"a\tb", "control"},
		{"a\x00b", "control"},
		{"a\x7fb", "control"},
		{"a\u0080b", "control"},
		{"a\u0100b", "no header"},
		{"😀", "no header"},
		{"a\xffb", "no header"},
	}
	for _, test := range tests {
		got := Unfit(test.access)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("Unfit(%q): got %q; want %q in it", test.access, got, test.want)
		}
	}
}
