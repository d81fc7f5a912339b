package session

import (
	"strconv"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// prompt is what a look into the escrow takes at most where no worker is at anything.
const prompt = 50 * time.Millisecond

// escrowKey names the one refresh of a stored session. It is "" where none can be
// kept for others: an application's own function makes the call itself, and a
// cookie needs nobody to store it.
func (c *Client) escrowKey(s *token.Tokens, generation uint64) string {
	if c.Escrow == nil || s == nil || s.Refresh == "" || c.Config.Refresh.Func != nil {
		return ""
	}
	// The generation too: where refresh tokens do not rotate, an answer of long ago
	// belongs to the same one.
	return strconv.FormatUint(generation, 10) + " " + token.Fingerprint(s.Refresh)
}

// inherit adopts the answer to a refresh whose tab did not live to store it: the
// session's refresh token is used up, and the answer has the next one. To be
// called under the lock, before a refresh token is presented. done says that
// nothing is left to ask the server.
func (c *Client) inherit(f *flight) (done bool, err *Error) {
	s, generation := c.current()
	key := c.escrowKey(s, generation)
	if key == "" {
		return false, nil
	}
	ctx, cancel := c.attempt()
	defer cancel()
	began := time.Now()
	reply, at, waitErr := c.Escrow.Left(ctx, key)
	if waitErr != nil {
		return true, c.passing("the refresh of a tab that is gone is still under way", waitErr)
	}
	switch {
	case reply != nil:
	case time.Since(began) > prompt:
		return c.overtaken(f) // a worker was waited for, whose tab may have stored what came
	default:
		return c.isOver(f), nil // a sign-in may have come
	}
	granted, refusal := c.judge(*reply, s, at)
	if refusal != nil {
		return c.isOver(f), nil // nothing has come of it
	}
	c.App.Trace(Trace{Type: "refresh.inherit"})
	// It may have lain there for long, so that only its refresh token is of use. An access
	// token that tells no time is trusted as long as a tab would have waited for it, and
	// none whose time a clock tells that was set back: those who wait here have been refused
	// once, and are sent again once.
	if age := c.Now() - at; c.expired(&granted) || granted.ExpiresAt == 0 && age > c.TimeoutMS || age < 0 {
		granted.ExpiresAt = at
	}
	if err = c.keep(f, generation, granted); err != nil || !spent(&granted) {
		return true, err
	}
	return c.overtaken(f) // a page that was frozen meanwhile may have lost its turn
}

// spent says whether an access token was over when it was stored, so that only its
// refresh token is of use. Every tab sees that, whatever its clock says.
func spent(s *token.Tokens) bool { return s.ExpiresAt > 0 && s.ExpiresAt <= s.ReceivedAt }
