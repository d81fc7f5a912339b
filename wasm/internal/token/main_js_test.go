//go:build js

package token

import (
	"os"
	"testing"

	"github.com/hack-pad/safejs"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// TestMain stands in for the wiring, as in package doc.
func TestMain(m *testing.M) {
	doc.ParseJSON = func(text string) (safejs.Value, bool) {
		parser, err := safejs.Global().Get("JSON")
		if err != nil {
			return safejs.Undefined(), false
		}
		value, err := parser.Call("parse", text)
		return value, err == nil
	}
	os.Exit(m.Run())
}
