package main

import (
	"math/rand/v2"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/dom"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// configOf reads a client's options, which JavaScript has checked and completed
// (ClientConfig in js/src/wasm.ts).
func configOf(v jsx.Value, port dom.Port) session.Config {
	text := func(name string) string { return jsx.Text(jsx.Get(v, name)) }
	millis := func(name string) int64 { return int64(jsx.Number(jsx.Get(v, name))) }
	keys := jsx.Get(v, "keys")
	paths := jsx.Get(v, "tokens")
	config := session.Config{
		Store: port,
		Lock: &session.LeaseLock{
			Locks:  port,
			Leases: port,
			Length: 2*time.Duration(millis("timeout"))*time.Millisecond + leaseMargin,
			Rand:   rand.Float64,
		},
		Doer: port,
		App:  port,
		// Which has nothing where the application's service worker does not help.
		Escrow: port,
		Keys: token.Keys{
			Record:    text("name"),
			Access:    jsx.Text(jsx.Get(keys, "accessToken")),
			Refresh:   jsx.Text(jsx.Get(keys, "refreshToken")),
			ExpiresAt: jsx.Text(jsx.Get(keys, "expiresAt")),
			ID:        jsx.Text(jsx.Get(keys, "idToken")),
		},
		Origins: jsx.Texts(jsx.Get(v, "origins")),
		Header:  text("headerName"),
		Scheme:  text("scheme"),
		Paths: endpoint.Paths{
			AccessToken:  jsx.Text(jsx.Get(paths, "accessToken")),
			RefreshToken: jsx.Text(jsx.Get(paths, "refreshToken")),
			ExpiresIn:    jsx.Text(jsx.Get(paths, "expiresIn")),
			ExpiresAt:    jsx.Text(jsx.Get(paths, "expiresAt")),
			IDToken:      jsx.Text(jsx.Get(paths, "idToken")),
		},
		Signin:        endpointOf(v, "signin", port),
		Refresh:       endpointOf(v, "refresh", port),
		Signout:       endpointOf(v, "signout", port),
		RefreshBefore: millis("refreshBefore"),
		TimeoutMS:     millis("timeout"),
		Retry: session.Retry{
			Attempts: int(millis("attempts")),
			MinDelay: millis("minDelay"),
			MaxDelay: millis("maxDelay"),
		},
		AutoRefresh: jsx.Bool(jsx.Get(v, "autoRefresh")),
	}
	if jsx.Bool(jsx.Get(v, "isFinal")) {
		config.IsFinal = port.IsFinal
	}
	return config
}

// leaseMargin is what a turn may take beyond its two tries: reading a storage
// that lags behind, and writing it.
const leaseMargin = 5 * time.Second

// endpointOf reads one endpoint: null, true for a function of the application,
// false for one of the OAuth client, or an object.
func endpointOf(config jsx.Value, name string, port dom.Port) *session.Endpoint {
	v := jsx.Get(config, name)
	switch {
	case !jsx.Present(v):
		return nil
	case jsx.TypeOf(v) == jsx.TypeBoolean:
		return &session.Endpoint{Func: port.Function(name), OAuth: !jsx.Bool(v)}
	}
	text := func(name string) string { return jsx.Text(jsx.Get(v, name)) }
	return &session.Endpoint{Spec: endpoint.Spec{
		URL:               text("url"),
		Method:            text("method"),
		Headers:           pairs(jsx.Get(v, "headers")),
		Form:              jsx.Bool(jsx.Get(v, "form")),
		Fields:            doc.FromJS(jsx.Get(v, "fields")).Fields(),
		Rename:            pairs(jsx.Get(v, "rename")),
		Credentials:       text("credentials"),
		RefreshTokenField: text("refreshTokenField"),
		Cookie:            jsx.Bool(jsx.Get(v, "cookie")),
	}}
}

// pairs reads [name, value, name, value, …].
func pairs(v jsx.Value) []endpoint.Header {
	texts := jsx.Texts(v)
	headers := make([]endpoint.Header, 0, len(texts)/2)
	for i := 1; i < len(texts); i += 2 {
		headers = append(headers, endpoint.Header{Name: texts[i-1], Value: texts[i]})
	}
	return headers
}
