package main

import (
	"github.com/authfetch/authfetch/wasm/internal/mutex"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/dom"
	"github.com/authfetch/authfetch/wasm/internal/jsx"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

// client is a core and its port: the exports of one client.
type client struct {
	core   *session.Client
	port   dom.Port
	opened chan struct{} // closed once the stored session has been read

	mu      mutex.Mutex
	waiters map[int]*session.Request // by the number that JavaScript gave
}

func open(config jsx.Value, port dom.Port) *client {
	c := &client{
		core:    session.New(configOf(config, port)),
		port:    port,
		opened:  make(chan struct{}),
		waiters: map[int]*session.Request{},
	}
	go func() {
		c.core.Open()
		close(c.opened)
	}()
	return c
}

// The bits of a request's flags.
const (
	flagOwn = 1 << iota
	flagNever
	flagAlways
	flagForce
)

func requestOf(args []jsx.Value) (id int, r *session.Request) {
	flags := number(args, 2)
	r = &session.Request{
		URL:   jsx.Text(args[1]),
		Own:   flags&flagOwn != 0,
		Force: flags&flagForce != 0,
	}
	switch {
	case flags&flagNever != 0:
		r.Refresh = session.Never
	case flags&(flagAlways|flagForce) != 0:
		r.Refresh = session.Always
	}
	return number(args, 0), r
}

func (c *client) authorize(args []jsx.Value) any {
	id, r := requestOf(args)
	return c.carryOut(id, r, c.core.Authorize)
}

func (c *client) unauthorized(args []jsx.Value) any {
	id, r := requestOf(args)
	credential := jsx.Text(args[3])
	return c.carryOut(id, r, func(r *session.Request) session.Verdict {
		return c.core.Unauthorized(r, credential)
	})
}

// carryOut has the core decide about a request, and keeps it by its number while
// it waits.
func (c *client) carryOut(id int, r *session.Request, decide func(*session.Request) session.Verdict) any {
	r.Resume = func(v session.Verdict) {
		c.take(id)
		if v.Act == session.Fail {
			c.port.Tell("reject", id, dom.ErrorOf(v.Err))
			return
		}
		c.port.Tell("resume", id, credentialOf(v))
	}
	// Kept before the decision: a waiting request may be resumed at any time.
	c.mu.Lock()
	c.waiters[id] = r
	c.mu.Unlock()
	v := decide(r)
	if v.Act == session.Wait {
		return jsx.Undefined()
	}
	c.take(id)
	if v.Act == session.Fail {
		c.port.Tell("reject", id, dom.ErrorOf(v.Err))
		return jsx.Undefined()
	}
	return credentialOf(v)
}

// credentialOf shows a verdict to JavaScript: the credential to send, or null.
func credentialOf(v session.Verdict) any {
	if v.Act == session.Send || v.Act == session.Resend {
		return v.Credential
	}
	return nil
}

// take answers a waiting request, which waits no longer.
func (c *client) take(id int) *session.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.waiters[id]
	delete(c.waiters, id)
	return r
}

func (c *client) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiters)
}

func (c *client) forget(args []jsx.Value) any {
	if r := c.take(number(args, 0)); r != nil {
		c.core.Forget(r)
	}
	return nil
}

// call begins one of the methods that take their time.
func (c *client) call(args []jsx.Value) any {
	call, method, rest := number(args, 0), jsx.Text(args[1]), args[2:]
	go func() {
		<-c.opened
		value, err := c.run(method, rest)
		if err != nil {
			c.port.Tell("settle", call, false, dom.ErrorOf(err))
			return
		}
		c.port.Tell("settle", call, true, value)
	}()
	return nil
}

func (c *client) run(method string, args []jsx.Value) (any, *session.Error) {
	switch method {
	case "signin":
		s, err := c.core.Signin(doc.FromJS(args[0]), jsx.Text(args[1]))
		return dom.SessionOf(s), err
	case "signout":
		return nil, c.core.Signout()
	case "refresh":
		s, err := c.core.Refresh()
		return dom.SessionOf(s), err
	case "getToken":
		s, err := c.core.Get(int64(jsx.Number(args[0])*1000), jsx.Bool(args[1]))
		if s == nil {
			return nil, err
		}
		return s.Access, err
	case "getSession":
		return dom.SessionOf(c.core.Session()), nil
	case "setTokens":
		return nil, c.core.SetTokens(dom.GivenOf(args[0]))
	}
	return nil, nil // "ready": the client has opened
}
