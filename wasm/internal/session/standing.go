package session

import (
	"math"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// stand tells the host what every ordinary request may carry without asking: one
// that may carry the token at all and does not force a refresh. Whoever changes
// the session frees mu afterwards, so the host never knows an old one. mu is held.
func (c *Client) stand() {
	s := c.session
	if c.closed || s != nil && s.Access == "" {
		s = nil
	}
	if s == c.standing {
		return
	}
	c.standing = s
	c.App.Stand(c.credential(s), c.ordinaryUntil(s))
}

// ordinaryUntil is the moment from which on a request's setting out may begin a
// refresh, or have to wait for one.
func (c *Client) ordinaryUntil(s *token.Tokens) int64 {
	switch {
	case s == nil:
		return 0
	case s.ExpiresAt == 0:
		return math.MaxInt64
	}
	return s.ExpiresAt - c.margin(s)
}
