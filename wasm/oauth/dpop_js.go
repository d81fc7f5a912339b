package main

import (
	"github.com/authfetch/authfetch/wasm/internal/jsx"
	"github.com/authfetch/authfetch/wasm/internal/oauth/dpop"
)

// exportProofs makes the functions for DPoP (RFC 9449).
func exportProofs(export func(name string, do func(args []jsx.Value) any)) {
	millis := func(v jsx.Value) int64 { return int64(jsx.Number(v)) }
	export("proof", func(args []jsx.Value) any {
		text := textsOf(args[1])
		return map[string]any{"text": dpop.Unsigned(keyOf(args[0]), dpop.Wish{
			Method: text("method"), URL: text("url"), ID: text("id"), Nonce: text("nonce"), Hash: text("hash"),
			Now: millis(jsx.Get(args[1], "now")),
		})}
	})
	export("thumbprint", func(args []jsx.Value) any {
		return map[string]any{"text": dpop.Thumbprint(keyOf(args[0]))}
	})
	export("reproof", func(args []jsx.Value) any {
		text := textsOf(args[0])
		return map[string]any{"again": dpop.Answer{
			Status: int(jsx.Number(jsx.Get(args[0], "status"))),
			Nonce:  text("nonce"), Challenge: text("challenge"), Code: text("code"), Sent: text("sent"),
			Dated: millis(jsx.Get(args[0], "dated")), Skew: millis(jsx.Get(args[0], "skew")),
		}.Again()}
	})
	export("skew", func(args []jsx.Value) any {
		return map[string]any{"skew": float64(dpop.Skew(millis(args[0]), millis(args[1]), millis(args[2])))}
	})
}

func keyOf(v jsx.Value) dpop.Key {
	text := textsOf(v)
	return dpop.Key{X: text("x"), Y: text("y")}
}
