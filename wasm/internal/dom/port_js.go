// Package dom gives the core what it asks for in session's ports.go: a store, a
// lock, a server and an application, made of functions that the host keeps for
// one client. Above it nothing knows that JavaScript exists.
package dom

import (
	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Port is one client's host functions. See main_js.go for what each does.
type Port struct{ jsx.Host }

// Read implements session.Store.
func (p Port) Read(ctx context.Context, keys []string) (map[string]string, error) {
	answer, err := p.Ask(ctx, "read", list(keys))
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(keys))
	for i, item := range jsx.Items(answer) {
		if jsx.TypeOf(item) == jsx.TypeString && i < len(keys) {
			texts[keys[i]] = jsx.Text(item)
		}
	}
	return texts, nil
}

// Write implements session.Store.
func (p Port) Write(ctx context.Context, entries []token.Entry) error {
	_, err := p.Ask(ctx, "write", changes(entries))
	return err
}

// Newest implements session.Store.
func (p Port) Newest(ctx context.Context) (uint64, error) {
	answer, err := p.Ask(ctx, "newest")
	if err != nil {
		return 0, err
	}
	if jsx.TypeOf(answer) != jsx.TypeNumber {
		return 0, session.ErrUnordered
	}
	return uint64(jsx.Number(answer)), nil
}

// Advance implements session.Store.
func (p Port) Advance(ctx context.Context, from, to uint64, entries []token.Entry) (bool, error) {
	answer, err := p.Ask(ctx, "advance", float64(from), float64(to), changes(entries))
	if err != nil {
		return false, err
	}
	if jsx.TypeOf(answer) != jsx.TypeBoolean {
		return false, session.ErrUnordered
	}
	return jsx.Bool(answer), nil
}

func list(texts []string) []any {
	items := make([]any, len(texts))
	for i, text := range texts {
		items[i] = text
	}
	return items
}

// changes lays entries out as key, text, key, text, …, with null for a removal.
func changes(entries []token.Entry) []any {
	items := make([]any, 0, 2*len(entries))
	for _, e := range entries {
		if e.Remove {
			items = append(items, e.Key, nil)
		} else {
			items = append(items, e.Key, e.Text)
		}
	}
	return items
}

// Lock implements session.Locker with the host's Web Lock, or answers
// ErrNoLocks.
func (p Port) Lock(ctx context.Context, steal bool) (release func(), err error) {
	answer, err := p.Ask(ctx, "lock", steal)
	if err != nil {
		return nil, err
	}
	if jsx.TypeOf(answer) != jsx.TypeNumber {
		return nil, session.ErrNoLocks
	}
	id := jsx.Number(answer)
	return func() { p.Tell("unlock", id) }, nil
}

// Claim implements session.Leases.
func (p Port) Claim(ctx context.Context, holder string, length int64) (bool, error) {
	answer, err := p.Ask(ctx, "claim", holder, float64(length))
	return jsx.Bool(answer), err
}

// Yield implements session.Leases.
func (p Port) Yield(holder string) { p.Tell("yield", holder) }

// Do implements session.Doer.
func (p Port) Do(ctx context.Context, call endpoint.Call) (session.Reply, error) {
	headers := make([]any, 0, 2*len(call.Headers))
	for _, h := range call.Headers {
		headers = append(headers, h.Name, h.Value)
	}
	var body any
	if call.HasBody {
		body = call.Body
	}
	answer, err := p.Ask(ctx, "post", call.URL, call.Method, headers, body, call.Credentials, call.KeepAlive, call.Escrow)
	return reply(answer), err
}

// Left implements session.Escrow.
func (p Port) Left(ctx context.Context, key string) (*session.Reply, int64, error) {
	answer, err := p.Ask(ctx, "left", key)
	if err != nil || !jsx.Present(answer) {
		return nil, 0, err
	}
	left := reply(answer)
	return &left, int64(jsx.Number(jsx.Get(answer, "at"))), nil
}

// Function answers what calls an endpoint that is a function of the application:
// "signin", "refresh" or "signout".
func (p Port) Function(endpoint string) func(context.Context, string) (session.Reply, error) {
	return func(ctx context.Context, argument string) (session.Reply, error) {
		answer, err := p.Ask(ctx, "invoke", endpoint, argument)
		return reply(answer), err
	}
}

// reply reads the host's description of an answer.
func reply(v jsx.Value) session.Reply {
	body := jsx.Get(v, "body")
	return session.Reply{
		Answer: endpoint.Answer{
			Status:     int(jsx.Number(jsx.Get(v, "status"))),
			JSON:       jsx.TypeOf(body) != jsx.TypeUndefined,
			Text:       jsx.Bool(jsx.Get(v, "text")),
			Empty:      jsx.Bool(jsx.Get(v, "empty")),
			Doc:        doc.FromJS(body),
			RetryAfter: jsx.Text(jsx.Get(v, "retryAfter")),
			Type:       jsx.Text(jsx.Get(v, "type")),
		},
		Response: jsx.Get(v, "response"),
	}
}

// Emit implements session.App.
func (p Port) Emit(e session.Event) {
	p.Tell("emit", e.Type, e.Remote, SessionOf(e.Session), ErrorOf(e.Err))
}

// Failed implements session.App.
func (p Port) Failed(ctx context.Context, failure *session.Error) (session.Given, error) {
	answer, err := p.Ask(ctx, "failed", ErrorOf(failure))
	return GivenOf(answer), err
}

// IsFinal asks the application's own rule.
func (p Port) IsFinal(ctx context.Context, failure *session.Error) bool {
	answer, err := p.Ask(ctx, "isFinal", ErrorOf(failure))
	return err == nil && jsx.Bool(answer)
}

// Post implements session.App.
func (p Port) Post(text string) { p.Tell("tell", text) }

// Visible implements session.App.
func (p Port) Visible() bool { return jsx.Bool(p.Tell("visible")) }

// Stand implements session.App.
func (p Port) Stand(credential string, until int64) { p.Tell("stand", credential, float64(until)) }

// Trace implements session.App.
func (p Port) Trace(t session.Trace) {
	p.Tell("trace", t.Type, t.Reason, t.Attempt, float64(t.DelayMS), t.Status, t.Transient, t.Remote)
}

// GivenOf reads tokens that an application gives: a string, an object, or
// nothing.
func GivenOf(v jsx.Value) session.Given {
	if jsx.TypeOf(v) == jsx.TypeString {
		return session.Given{Access: jsx.Text(v)}
	}
	return session.Given{Doc: doc.FromJS(v)}
}

// SessionOf shows a session to JavaScript: what Session in types.ts names, with
// the claims as JSON text. Never the refresh token.
func SessionOf(s *token.Tokens) any {
	if s == nil || s.Access == "" {
		return nil // a refresh token alone is nothing that an application can use
	}
	claims, ok := token.Claims(s.ID)
	if !ok {
		claims, _ = token.Claims(s.Access)
	}
	shown := map[string]any{"accessToken": s.Access, "expiresAt": nil, "claims": claims}
	if s.ExpiresAt > 0 {
		shown["expiresAt"] = float64(s.ExpiresAt)
	}
	if s.ID != "" {
		shown["idToken"] = s.ID
	}
	return shown
}

// ErrorOf shows an error to JavaScript: the fields of AuthError.
func ErrorOf(e *session.Error) any {
	if e == nil {
		return nil
	}
	shown := map[string]any{
		"code": e.Code, "message": e.Message, "status": e.Status, "error": e.ServerCode,
		"description": e.Description, "transient": e.Transient, "response": nil, "cause": nil,
	}
	if response, ok := e.Response.(jsx.Value); ok {
		shown["response"] = response
	}
	switch cause := e.Cause.(type) { // never wrapped; errors.As would weigh 4 KB
	case *jsx.Thrown:
		shown["cause"] = cause.Value
	case *session.Error:
		shown["cause"] = ErrorOf(cause)
	}
	return shown
}
