// Command verify is the module that verifies ID tokens, with golang-jwt. It is
// loaded only where the option `oauth.verify` is on. This comment is the whole
// contract between it and JavaScript; js/src/oauth/verify.ts mirrors it in types.
//
// The loader gives the module what it gives to the core (wasm/main_js.go), of
// which it uses __authfetch.start alone. What it keeps between calls are the
// issuers' public keys.
//
// # What JavaScript calls
//
// None of these blocks, and none throws.
//
//	verify(port, call, token, expected)
//	                          ends with port.settle(call, problem, passing, cause):
//	                          "" for a token that is what expected says. passing is
//	                          true where the issuer's keys are not to be had now
//	prepare(port, call, url)  gets an issuer's keys ahead of time; ends likewise
//	settle(ask, ok, value)    ends a port.ask
//
// expected is { issuer, clientId, keysUrl, algs, nonce, accessToken, needAtHash,
// maxAge, leeway, previous }: algs is a list of names, maxAge is in seconds or
// negative, leeway is in seconds.
//
// # What Go calls, on a port
//
// None of these throws. Through ask(id, name, …), which ends with settle:
//
//	keySet(url, fresh)        the text of a JSON Web Key Set; fresh passes by caches
//	check(alg, key, text, signature)
//	                          whether the signature, as base64url, is that of the
//	                          key, a JSON Web Key as JSON with what WebCrypto needs
//	digest(hash, text)        a list of bytes
//
// Directly: settle, as above.
package main

import (
	"encoding/base64"
	"errors"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/idtoken"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
)

func main() {
	rings := new(idtoken.Rings)
	exports := map[string]any{}
	export := func(name string, do func(args []jsx.Value) any) {
		exports[name], _ = jsx.FuncOf(do) // they live as long as the module
	}
	// begin runs what takes its time, and has the port settle the call.
	begin := func(args []jsx.Value, do func(v *idtoken.Verifier) error) any {
		p, call := port{jsx.Host{Value: args[0]}}, jsx.Number(args[1])
		go func() {
			p.settle(call, do(&idtoken.Verifier{Platform: p, Rings: rings, Now: time.Now}))
		}()
		return nil
	}
	export("verify", func(args []jsx.Value) any {
		token, want := jsx.Text(args[2]), expectedOf(args[3])
		return begin(args, func(v *idtoken.Verifier) error {
			return v.Verify(context.Background(), token, want)
		})
	})
	export("prepare", func(args []jsx.Value) any {
		url := jsx.Text(args[2])
		return begin(args, func(v *idtoken.Verifier) error {
			return v.Prepare(context.Background(), url)
		})
	})
	export("settle", func(args []jsx.Value) any {
		jsx.Settle(int(jsx.Number(args[0])), jsx.Bool(args[1]), args[2])
		return nil
	})
	loader := jsx.Host{Value: jsx.Get(jsx.Global(), "__authfetch")}
	loader.Tell("start", exports)
	select {} // the functions above are the program from here on
}

func expectedOf(v jsx.Value) idtoken.Expected {
	text := func(name string) string { return jsx.Text(jsx.Get(v, name)) }
	seconds := func(name string) int64 { return int64(jsx.Number(jsx.Get(v, name))) }
	return idtoken.Expected{
		Issuer:      text("issuer"),
		ClientID:    text("clientId"),
		KeysURL:     text("keysUrl"),
		Algs:        jsx.Texts(jsx.Get(v, "algs")),
		Nonce:       text("nonce"),
		AccessToken: text("accessToken"),
		NeedAtHash:  jsx.Bool(jsx.Get(v, "needAtHash")),
		MaxAge:      seconds("maxAge"),
		Leeway:      seconds("leeway"),
		Previous:    text("previous"),
	}
}

// port is the platform of one client.
type port struct{ jsx.Host }

// KeySet implements idtoken.Platform.
func (p port) KeySet(ctx context.Context, url string, fresh bool) (string, error) {
	answer, err := p.Ask(ctx, "keySet", url, fresh)
	return jsx.Text(answer), err
}

// Verify implements idtoken.Platform.
func (p port) Verify(ctx context.Context, alg string, key idtoken.Key, text string, signature []byte) (bool, error) {
	answer, err := p.Ask(ctx, "check", alg, key.Public(), text, base64.RawURLEncoding.EncodeToString(signature))
	return jsx.Bool(answer), err
}

// Digest implements idtoken.Platform.
func (p port) Digest(ctx context.Context, hash, text string) ([]byte, error) {
	answer, err := p.Ask(ctx, "digest", hash, text)
	items := jsx.Items(answer)
	sum := make([]byte, len(items))
	for i, item := range items {
		sum[i] = byte(jsx.Number(item))
	}
	return sum, err
}

func (p port) settle(call float64, err error) {
	if err == nil {
		p.Tell("settle", call, "", false, nil)
		return
	}
	var noKeys *idtoken.NoKeys
	var thrown *jsx.Thrown
	var cause any
	if errors.As(err, &thrown) {
		cause = thrown.Value
	}
	p.Tell("settle", call, err.Error(), errors.As(err, &noKeys), cause)
}
