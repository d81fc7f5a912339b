// Command oauth is the module of an OAuth 2.0 and OpenID Connect client: every
// rule about what is asked of such a server and what is believed of its answers.
// It is loaded only where the option `oauth` is used. This comment is the whole
// contract between it and JavaScript; js/src/oauth/rules.ts mirrors it in types.
//
// The loader gives the module what it gives to the core (wasm/main_js.go):
// __authfetch.start and __authfetch.parse. The module keeps nothing between two
// calls, and does nothing by itself. Random numbers, digests, the clock, storages
// and the network are JavaScript's.
//
// # What JavaScript calls
//
// Each of these answers at once. What cannot be done answers { problem }, a
// sentence for an error's message, which never holds a token.
//
//	discovery(issuer)             { urls }: where its metadata may be, in turn
//	server(client, metadata)      a Server; metadata is the parsed document, or null
//	authorize(client, server, wish, secrets)
//	                              { url, scope }: where the browser is sent
//	judge(params, pending, server, now)
//	                              { code }, or { error, description }
//	redeem(client, server, code, verifier, redirectUri)
//	refresh(client, server, token)
//	password(client, server, credentials)
//	                              { url, body }: a form to be posted
//	revoke(client, server, tokens)
//	                              a list of { url, body }; tokens are an access
//	                              token, a blank and a refresh token
//	checkIdToken(token, expected) { problem }, "" for none
//	logout(client, server, idToken, returnTo, state)
//	                              { url }, "" where the server has no such page
//	proof(key, wish)              { text }: a DPoP proof that is to be signed
//	thumbprint(key)               { text }: what dpop_jkt is the SHA-256 of
//	reproof(answer)               { again }: whether a request is to be sent once more
//	                              with another proof
//	skew(date, now, known)        { skew }: the server's clock is ahead by that
//
// A client is { clientId, issuer, scope, redirectUri, params, authorizationUrl,
// tokenUrl, revocationUrl, endSessionUrl }; a Server is { issuer, authorization,
// token, revocation, endSession, jwks, saysIssuer }; a wish is { scope, prompt,
// loginHint, params }; secrets are { state, nonce, challenge }; pending is { state,
// issuer, at, done } or null; expected is { issuer, clientId, nonce, previous,
// scope, leeway, now }. Times are in milliseconds since the Unix epoch, leeway is
// in seconds. A key is { x, y }; a proof's wish is { method, url, id, nonce, hash,
// now }; an answer is { status, nonce, challenge, code, sent, dated, skew }. params and credentials are [name, value, name, value, …].
package main

import (
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
	"github.com/authfetch/authfetch/wasm/internal/oauth"
)

func main() {
	loader := jsx.Host{Value: jsx.Get(jsx.Global(), "__authfetch")}
	doc.ParseJSON = func(text string) (jsx.Value, bool) {
		value := loader.Tell("parse", text)
		return value, jsx.TypeOf(value) != jsx.TypeUndefined
	}

	exports := map[string]any{}
	export := func(name string, do func(args []jsx.Value) any) {
		exports[name], _ = jsx.FuncOf(do) // they live as long as the module
	}
	export("discovery", func(args []jsx.Value) any {
		urls, problem := oauth.Discovery(jsx.Text(args[0]))
		list := make([]any, len(urls))
		for i, url := range urls {
			list[i] = url
		}
		return map[string]any{"urls": list, "problem": problem}
	})
	export("server", func(args []jsx.Value) any {
		s, problem := oauth.NewServer(clientOf(args[0]), doc.FromJS(args[1]))
		return map[string]any{
			"issuer": s.Issuer, "authorization": s.Authorization, "token": s.Token, "revocation": s.Revocation,
			"endSession": s.EndSession, "jwks": s.JWKS, "saysIssuer": s.SaysIssuer, "problem": problem,
		}
	})
	export("authorize", func(args []jsx.Value) any {
		c, w := clientOf(args[0]), wishOf(args[2])
		secrets := textsOf(args[3])
		url, problem := oauth.Authorize(c, serverOf(args[1]), w, oauth.Secrets{
			State: secrets("state"), Nonce: secrets("nonce"), Challenge: secrets("challenge"),
		})
		return map[string]any{"url": url, "scope": w.ScopeOf(c), "problem": problem}
	})
	export("judge", func(args []jsx.Value) any {
		pending := textsOf(args[1])
		a := oauth.Judge(paramsOf(args[0]), oauth.Pending{
			State:  pending("state"),
			Issuer: pending("issuer"),
			At:     int64(jsx.Number(jsx.Get(args[1], "at"))),
			Done:   jsx.Bool(jsx.Get(args[1], "done")),
		}, serverOf(args[2]), int64(jsx.Number(args[3])))
		return map[string]any{"code": a.Code, "error": a.Error, "description": a.Description}
	})
	export("redeem", func(args []jsx.Value) any {
		return request(oauth.Redeem(clientOf(args[0]), serverOf(args[1]), jsx.Text(args[2]), jsx.Text(args[3]), jsx.Text(args[4])))
	})
	export("refresh", func(args []jsx.Value) any {
		return request(oauth.Refresh(clientOf(args[0]), serverOf(args[1]), jsx.Text(args[2])))
	})
	export("password", func(args []jsx.Value) any {
		return request(oauth.Password(clientOf(args[0]), serverOf(args[1]), paramsOf(args[2])))
	})
	export("revoke", func(args []jsx.Value) any {
		requests := oauth.Revoke(clientOf(args[0]), serverOf(args[1]), jsx.Text(args[2]))
		list := make([]any, len(requests))
		for i, r := range requests {
			list[i] = request(r, "")
		}
		return list
	})
	export("checkIdToken", func(args []jsx.Value) any {
		want := textsOf(args[1])
		number := func(name string) int64 { return int64(jsx.Number(jsx.Get(args[1], name))) }
		return map[string]any{"problem": oauth.CheckIDToken(jsx.Text(args[0]), oauth.Expected{
			Issuer:   want("issuer"),
			ClientID: want("clientId"),
			Nonce:    want("nonce"),
			Previous: want("previous"),
			Scope:    want("scope"),
			Leeway:   number("leeway"),
			Now:      number("now") / 1000,
		})}
	})
	export("logout", func(args []jsx.Value) any {
		url := oauth.Logout(clientOf(args[0]), serverOf(args[1]), jsx.Text(args[2]), jsx.Text(args[3]), jsx.Text(args[4]))
		return map[string]any{"url": url}
	})
	exportProofs(export)
	loader.Tell("start", exports)
	select {} // the functions above are the program from here on
}

// textsOf answers what reads an object's texts by their names.
func textsOf(v jsx.Value) func(name string) string {
	return func(name string) string { return jsx.Text(jsx.Get(v, name)) }
}

func clientOf(v jsx.Value) oauth.Client {
	text := textsOf(v)
	return oauth.Client{
		ID: text("clientId"), Issuer: text("issuer"), Scope: text("scope"), RedirectURI: text("redirectUri"),
		Params:        paramsOf(jsx.Get(v, "params")),
		Authorization: text("authorizationUrl"), Token: text("tokenUrl"),
		Revocation: text("revocationUrl"), EndSession: text("endSessionUrl"),
	}
}

func serverOf(v jsx.Value) oauth.Server {
	text := textsOf(v)
	return oauth.Server{
		Issuer: text("issuer"), Authorization: text("authorization"), Token: text("token"),
		Revocation: text("revocation"), EndSession: text("endSession"), JWKS: text("jwks"),
		SaysIssuer: jsx.Bool(jsx.Get(v, "saysIssuer")),
	}
}

func wishOf(v jsx.Value) oauth.Wish {
	text := textsOf(v)
	return oauth.Wish{
		Scope: text("scope"), Prompt: text("prompt"), LoginHint: text("loginHint"),
		Params: paramsOf(jsx.Get(v, "params")),
	}
}

func paramsOf(v jsx.Value) []oauth.Param {
	texts := jsx.Texts(v)
	params := make([]oauth.Param, 0, len(texts)/2)
	for i := 1; i < len(texts); i += 2 {
		params = append(params, oauth.Param{Name: texts[i-1], Value: texts[i]})
	}
	return params
}

func request(r oauth.Request, problem string) any {
	return map[string]any{"url": r.URL, "body": r.Body, "problem": problem}
}
