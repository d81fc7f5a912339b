package session

import (
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Choice is what a single request says about refreshing.
type Choice int

// The choices: as the client is configured, never, always.
const (
	ByDefault Choice = iota
	Never
	Always
)

// Request is one call of fetch as far as the rules need to know it. Headers and
// body stay with the host.
type Request struct {
	URL     string // absolute, as the URL standard serializes it
	Own     bool   // it carries a credential of its own, or can carry none
	Refresh Choice
	Force   bool // refresh before it is sent

	// Resume continues a request whose last Verdict was Wait. It is called once
	// for each such Verdict, unless the request was forgotten, outside of locks.
	Resume func(Verdict)
}

// Act is what becomes of a request next.
type Act int

const (
	// Pass sends the request untouched and hands back whatever comes.
	Pass Act = iota
	// Send sends it with the credential, and asks Unauthorized about a refusal.
	Send
	// Resend sends it once more, whole, and hands back whatever comes.
	Resend
	// Wait keeps it until Resume is called.
	Wait
	// Deliver hands back the answer that is there.
	Deliver
	// Fail rejects with the error.
	Fail
)

// Verdict is a decision about a request. The host only carries it out.
type Verdict struct {
	Act Act
	// Credential is the header's whole value for Send and Resend; "" sends none.
	Credential string
	Err        *Error
}

// Authorize decides how a request sets out. It never blocks.
func (c *Client) Authorize(r *Request) Verdict {
	if r.Own || !c.guards(r.URL) {
		return Verdict{Act: Pass}
	}
	c.mu.Lock()
	defer c.unlock()
	if c.closed {
		return Verdict{Act: Fail, Err: errClosed()}
	}
	s := c.session
	switch {
	case s == nil && r.Force && c.renewable(nil):
		return c.wait(waiter{request: r}, "asked")
	case s == nil || !c.refreshes(r) || !c.renewable(s):
		// A token that is past its time, or none: the server will say.
		return c.send(s)
	case r.Force:
		return c.wait(waiter{request: r}, "asked")
	case c.expired(s):
		return c.wait(waiter{request: r}, "expired")
	case c.due(s):
		c.startFlight("ahead")
	}
	return c.send(s)
}

// Unauthorized decides what becomes of a request that was refused while it
// carried the credential that Send named; its URL is the one that answered. It
// never blocks.
func (c *Client) Unauthorized(r *Request, credential string) Verdict {
	sent := c.bare(credential)
	c.mu.Lock()
	defer c.unlock()
	s := c.session
	switch {
	case c.closed || !c.knows(r.URL):
		// A redirect has led to a stranger, who never saw the token.
		return Verdict{Act: Deliver}
	case !c.refreshes(r):
		return Verdict{Act: Deliver}
	case s == nil:
		return c.unauthorizedSignedOut(r, sent)
	case s.Access != sent && !(c.expired(s) && c.renewable(s) && token.SameSubject(sent, s.Access)):
		// Somebody has refreshed, or signed in, since the request set out. It goes out
		// once more only: not with a token that is over as well.
		return c.resend(sent)
	}
	return c.wait(waiter{r, sent, true}, "rejected")
}

// unauthorizedSignedOut is Unauthorized for a client without a session.
func (c *Client) unauthorizedSignedOut(r *Request, sent string) Verdict {
	if sent != "" {
		// It carried the token of a session that has ended since. Whoever waited for
		// that session's refresh and whoever comes late share one outcome.
		if f := c.flight; f != nil && f.token == sent {
			return f.join(waiter{r, sent, true})
		}
		switch {
		case c.refused.token != sent:
			return Verdict{Act: Deliver}
		case c.told:
			return c.landed(waiter{r, sent, true}, c.refused.err)
		}
		// Another tab met the refusal. This one's handler does not know yet.
		f := c.startFlight("rejected")
		f.token, f.refused = sent, c.refused.err
		return f.join(waiter{r, sent, true})
	}
	if f := c.flight; f != nil && !f.handling {
		return f.join(waiter{r, sent, true})
	}
	if c.told {
		// The handler knows. Its own requests come here too: they must not wait for it.
		return Verdict{Act: Deliver}
	}
	return c.wait(waiter{r, sent, true}, "rejected")
}

// Forget frees a request that waits, because its signal was aborted.
func (c *Client) Forget(r *Request) {
	c.mu.Lock()
	defer c.unlock()
	if c.flight != nil {
		c.flight.leave(r)
	}
}

// guards says whether a token may travel to a URL: its whole origin is one of
// the client's, and it is none of the client's own endpoints, whose answers
// decide about the session and must not wait for it.
func (c *Client) guards(url string) bool {
	if !c.knows(url) {
		return false
	}
	for _, e := range [...]*Endpoint{c.Config.Signin, c.Config.Refresh, c.Config.Signout} {
		if e != nil && e.Func == nil && endpoint.SameResource(e.Spec.URL, url) {
			return false
		}
	}
	return true
}

// knows says whether a URL's whole origin is one that a token may be sent to.
func (c *Client) knows(url string) bool {
	origin := endpoint.Origin(url)
	for _, known := range c.Origins {
		if origin != "" && origin == known {
			return true
		}
	}
	return false
}

func (c *Client) refreshes(r *Request) bool {
	if r.Refresh == ByDefault {
		return c.AutoRefresh
	}
	return r.Refresh == Always
}

// send answers the Verdict that sends a request with a session's token.
func (c *Client) send(s *token.Tokens) Verdict {
	return Verdict{Act: Send, Credential: c.credential(s)}
}

// resend answers the Verdict for a refused request now that the session holds
// another token: it goes out again, unless the new token is another user's.
func (c *Client) resend(sent string) Verdict {
	if !token.SameSubject(sent, c.session.Access) {
		return Verdict{Act: Deliver}
	}
	return Verdict{Act: Resend, Credential: c.credential(c.session)}
}

func (c *Client) credential(s *token.Tokens) string {
	switch {
	case s == nil || s.Access == "":
		return ""
	case c.Scheme == "":
		return s.Access
	}
	return c.Scheme + " " + s.Access
}

// bare is the inverse of credential.
func (c *Client) bare(credential string) string {
	if c.Scheme == "" || credential == "" {
		return credential
	}
	return credential[len(c.Scheme)+1:]
}

// wait has a request wait for the refresh, which begins now unless one is under
// way.
func (c *Client) wait(w waiter, reason string) Verdict {
	return c.startFlight(reason).join(w)
}

// waiter is a request that waits for a flight.
type waiter struct {
	request  *Request
	sent     string // the token that was refused, if it carried one
	answered bool   // it has been sent once
}

func (f *flight) join(w waiter) Verdict {
	f.waiters = append(f.waiters, w)
	return Verdict{Act: Wait}
}

func (f *flight) leave(r *Request) {
	for i, w := range f.waiters {
		if w.request == r {
			f.waiters = append(f.waiters[:i], f.waiters[i+1:]...)
			return
		}
	}
}

// landed decides about a request whose flight has ended.
func (c *Client) landed(w waiter, err *Error) Verdict {
	switch {
	case err != nil && err.Code == CodeNotSignedIn && w.answered:
		return Verdict{Act: Deliver}
	case err != nil && err.Code == CodeNotSignedIn:
		return c.send(nil)
	case err != nil:
		return Verdict{Act: Fail, Err: err}
	case w.answered:
		return c.resend(w.sent)
	}
	return c.send(c.session)
}
