package session

import (
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// handlerBound is how long requests wait for a failed-refresh handler: long
// enough for a person who signs in at a dialog.
const handlerBound = 5 * time.Minute

// flight is the one refresh under way in this tab, and all who wait for it. Its
// fields are guarded by Client.mu; err may be read once done is closed.
type flight struct {
	session  *token.Tokens // what it is to renew, nil when signed out
	token    string        // session's access token, or ""
	refused  *Error        // what another tab's refresh for token ended with
	asked    bool          // the application asked for it, whatever the clock says
	ahead    bool          // nobody needs it yet
	handling bool          // the failed-refresh handler is running
	over     bool
	waiters  []waiter
	hurry    chan struct{} // cuts a pause between attempts short
	done     chan struct{}
	err      *Error
}

// startFlight answers the flight under way, or begins one for the current
// session. mu is held.
func (c *Client) startFlight(reason string) *flight {
	if f := c.flight; f != nil {
		f.ahead = f.ahead && reason == "ahead"
		return f
	}
	f := &flight{
		session: c.session,
		asked:   reason == "asked",
		ahead:   reason == "ahead",
		hurry:   make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	if f.session != nil {
		f.token = f.session.Access
	}
	c.flight = f
	c.trace(Trace{Type: "refresh.start", Reason: reason})
	c.later(func() { go c.fly(f) })
	return f
}

// fly takes a flight from its start to its landing.
func (c *Client) fly(f *flight) {
	err := c.renew(f)
	if err == nil {
		return // the new session has landed it
	}
	c.mu.Lock()
	if f.over {
		c.unlock()
		return
	}
	c.trace(Trace{Type: "refresh.fail", Reason: err.Code, Status: err.Status, Transient: err.Transient})
	if err.Code == CodeRefreshFailed {
		c.emit(Event{Type: "refresherror", Session: c.session, Err: err})
	}
	if err.Transient || f.session == nil && len(f.waiters) == 0 {
		c.land(f, err)
		c.unlock()
		return
	}
	// The session has ended. The handler may bring another one, and whatever still
	// comes back with the old token waits for that too.
	f.handling = true
	c.told = true
	c.refused.token, c.refused.err = f.token, err
	c.unlock()

	c.handle(f, err)

	c.mu.Lock()
	c.land(f, err)
	c.unlock()
}

// handle calls the application's failed-refresh handlers and adopts the tokens
// that they may answer with, which lands the flight.
func (c *Client) handle(f *flight, err *Error) {
	epoch := c.begun()
	ctx, cancel := context.WithTimeout(c.ctx, handlerBound)
	defer cancel()
	given, failure := c.App.Failed(ctx, err)
	if failure != nil {
		return
	}
	if tokens, problem := c.tokensOf(given); problem == "" && !c.isOver(f) {
		_ = c.adopt(tokens, epoch) // a storage that cannot be written is told as an event
	}
}

// land ends a flight and continues all who wait for it, in the order in which
// they came. mu is held.
func (c *Client) land(f *flight, err *Error) {
	if f.over {
		return
	}
	f.over = true
	f.err = err
	if c.flight == f {
		c.flight = nil
	}
	close(f.done)
	waiters := f.waiters
	f.waiters = nil
	for _, w := range waiters {
		verdict := c.landed(w, err)
		c.later(func() { w.request.Resume(verdict) })
	}
	c.schedule()
}
