package session

import (
	"math"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// margin is how long before its expiry a token is refreshed ahead of time. A
// margin of more than half a token's life would have it refreshed all the time.
func (c *Client) margin(s *token.Tokens) int64 {
	margin := c.RefreshBefore
	if s.ReceivedAt > 0 && s.ExpiresAt > s.ReceivedAt {
		margin = min(margin, (s.ExpiresAt-s.ReceivedAt)/2)
	}
	return margin
}

// expired says whether a token is past its time. One that tells no time never is.
func (c *Client) expired(s *token.Tokens) bool { return c.expiresWithin(s, 0) }

// expiresWithin says whether a token has at most some milliseconds left.
func (c *Client) expiresWithin(s *token.Tokens, ms int64) bool {
	return s.Access == "" || s.ExpiresAt > 0 && c.Now() >= s.ExpiresAt-ms
}

// usable says whether a session's access token may still work.
func (c *Client) usable(s *token.Tokens) bool {
	return s != nil && c.session != nil && c.session.Access == s.Access && !c.expired(c.session)
}

// due says whether a session is to be refreshed ahead of time.
func (c *Client) due(s *token.Tokens) bool {
	return s.ExpiresAt > 0 && c.flight == nil && c.Now() >= s.ExpiresAt-c.margin(s) &&
		s.Access != c.hopeless && c.pace.wait() == 0
}

// schedule sets the timer for the next refresh ahead of time. mu is held.
func (c *Client) schedule() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	s := c.session
	if c.closed || s == nil || s.ExpiresAt == 0 || !c.AutoRefresh || !c.renewable(s) || s.Access == c.hopeless || c.flight != nil {
		return
	}
	// The deadline is a moment, not a duration: the timer only has it looked at.
	// Browsers keep a timer's delay in 32 bits, and let a longer one fire at once.
	delay := max(s.ExpiresAt-c.margin(s)-c.Now(), c.pace.wait(), 50)
	c.timer = time.AfterFunc(milliseconds(min(delay, math.MaxInt32)), c.tick)
}

// tick refreshes ahead of time where that is due and somebody may be looking; a
// page in the background waits until it is seen or used again.
func (c *Client) tick() {
	visible := c.App.Visible()
	c.mu.Lock()
	defer c.unlock()
	c.timer = nil
	s := c.session
	switch {
	case c.closed || s == nil || !c.AutoRefresh || !c.renewable(s) || !visible:
	case c.expired(s):
		// Nobody has used it in time. The next request will refresh.
	case c.due(s):
		c.startFlight("ahead")
	default:
		c.schedule()
	}
}

// Wake looks at everything again: the page was shown, came back from the
// back/forward cache, or the network is back. Timers may have been asleep, other
// tabs unheard, and the reasons for waiting gone.
func (c *Client) Wake() {
	c.pace.revived()
	c.mu.Lock()
	defer c.unlock()
	if c.closed {
		return
	}
	if f := c.flight; f != nil {
		select {
		case f.hurry <- struct{}{}:
		default:
		}
	}
	c.look()
	c.schedule()
}
