// Command wasm is authfetch's module: every rule about tokens, waiting, replay
// and failure, compiled to WebAssembly. This comment is the whole contract
// between it and JavaScript; js/src/wasm.ts mirrors it in types.
//
// # Starting
//
// The loader gives the module a global object of its own (js/src/module.ts) in
// which __authfetch holds
//
//	start(exports)        called once, from main: the functions below
//	parse(text)           JSON.parse, but undefined where it would throw
//
// One module serves all clients of a page. Clients, requests and calls are
// numbered by JavaScript: numbers cross cheaply and leave nothing behind.
//
// # What JavaScript calls
//
// None of these blocks, and none throws.
//
//	open(client, config, port)      begins a client; see config_js.go and below
//	authorize(client, request, url, flags)
//	                                how a request sets out: a string is the value
//	                                of its credential header ("" for none), null
//	                                sends it untouched and hands back what comes,
//	                                undefined has it wait for resume or reject
//	unauthorized(client, request, url, flags, credential)
//	                                the answer to that credential was a refusal: a
//	                                string sends the request once more, for the
//	                                last time; null hands the answer back;
//	                                undefined has it wait
//	forget(client, request)         its signal was aborted while it waited
//	call(client, call, method, …)   ready(), signin(credentials, name), signout(),
//	                                refresh(), getToken(seconds, force),
//	                                getSession(), setTokens(tokens); each ends
//	                                with port.settle
//	hear(client, text)              a message of another tab
//	look(client)                    the storage has changed
//	wake(client)                    the page was shown or restored, or is online
//	close(client)                   ends what waits with code closed, then the
//	                                client
//	settle(ask, ok, value)          ends a port.ask
//	counts()                        [functions, asks, waiting requests] that live
//
// flags are the sum of 1 for a request with a credential of its own, 2 and 4 for
// init.auth.refresh false and true, and 8 for forceRefresh.
//
// # What Go calls, on a client's port
//
// None of these throws. Through ask(id, name, …), which ends with settle, and
// which cancel(id) cuts short:
//
//	read(keys)                      an array of strings, null for what is missing
//	write([key, text or null, …])
//	newest()                        the ledger's number, or null without a ledger
//	advance(from, to, [key, text or null, …])
//	                                true, false, or null without a ledger
//	lock(steal)                     a number for unlock, or null without Web Locks
//	claim(holder, length)           whether the lease is the holder's now
//	post(url, method, [name, value, …], body or null, credentials, keepalive, key)
//	                                "" or the key under which a worker may keep
//	                                the answer, should this page not live to get it
//	left(key)                       what a worker has kept so, like post's answer
//	                                with { at } besides, or null
//	invoke(endpoint, argument)      the application's function; like post answers
//	                                { status, empty, text, body, type,
//	                                retryAfter, response }, body being the parsed JSON
//	failed(error)                   the handlers; a string, an object or nothing
//	isFinal(error)                  the application's rule
//
// Directly:
//
//	resume(request, credential)     as the answers of authorize and unauthorized
//	reject(request, error)
//	settle(call, ok, value)
//	emit(type, remote, session, error)
//	trace(type, reason, attempt, delay, status, transient, remote)
//	stand(credential, until)        what a request may carry without authorize, until
//	                                a time in ms: one with neither flag 1 nor 8, to an
//	                                origin where authorize has answered this credential
//	                                and to none of the endpoints; "" takes it back
//	tell(text)                      to the other tabs
//	unlock(id), yield(holder), visible()
//
// A session is { accessToken, expiresAt, claims, idToken }, claims as JSON text;
// an error has AuthError's fields. Strings that hold tokens cross only where
// they must.
package main

import (
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/dom"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
)

func main() {
	loader := jsx.Host{Value: jsx.Get(jsx.Global(), "__authfetch")}
	doc.ParseJSON = func(text string) (jsx.Value, bool) {
		value := loader.Tell("parse", text)
		return value, jsx.TypeOf(value) != jsx.TypeUndefined
	}

	clients := map[int]*client{}
	exports := map[string]any{}
	export := func(name string, do func(args []jsx.Value) any) {
		exports[name], _ = jsx.FuncOf(do) // they live as long as the module
	}
	// of makes an export of what is done to the client that the first argument
	// numbers. One that is closed is not there any more.
	of := func(name string, do func(c *client, args []jsx.Value) any) {
		export(name, func(args []jsx.Value) any {
			if c := clients[number(args, 0)]; c != nil {
				return do(c, args[1:])
			}
			return nil
		})
	}

	export("open", func(args []jsx.Value) any {
		clients[number(args, 0)] = open(args[1], dom.Port{Host: jsx.Host{Value: args[2]}})
		return nil
	})
	export("settle", func(args []jsx.Value) any {
		jsx.Settle(number(args, 0), jsx.Bool(args[1]), args[2])
		return nil
	})
	export("counts", func([]jsx.Value) any {
		waiting := 0
		for _, c := range clients {
			waiting += c.waiting()
		}
		return []any{jsx.Live(), jsx.Asks(), waiting}
	})
	of("authorize", (*client).authorize)
	of("unauthorized", (*client).unauthorized)
	of("forget", (*client).forget)
	of("call", (*client).call)
	of("hear", func(c *client, args []jsx.Value) any {
		c.core.Hear(jsx.Text(args[0]))
		return nil
	})
	of("look", func(c *client, _ []jsx.Value) any {
		c.core.Look()
		return nil
	})
	of("wake", func(c *client, _ []jsx.Value) any {
		c.core.Wake()
		return nil
	})
	export("close", func(args []jsx.Value) any {
		if c := clients[number(args, 0)]; c != nil {
			c.core.Close()
			delete(clients, number(args, 0))
		}
		return nil
	})

	loader.Tell("start", exports)
	select {} // the functions above are the program from here on
}

func number(args []jsx.Value, i int) int { return int(jsx.Number(args[i])) }
