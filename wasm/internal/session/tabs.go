package session

import (
	"strconv"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// message is what tabs tell each other: that the stored session is of a new
// generation, never what it holds. Its text is the fields with blanks between.
type message struct {
	kind       string // "signin", "refresh", "signout", "ended"; "failed", "busy"
	generation uint64
	delay      int64 // of "failed" and "busy", Retry-After: milliseconds without a refresh
}

func (m message) String() string {
	return m.kind + " " + strconv.FormatUint(m.generation, 10) + " " + strconv.FormatInt(m.delay, 10)
}

func parseMessage(text string) (m message, ok bool) {
	fields := strings.Split(text, " ")
	if len(fields) != 3 {
		return m, false
	}
	generation, ok1 := token.Digits(fields[1])
	delay, ok2 := token.Digits(fields[2])
	if !ok1 || !ok2 || max(generation, delay) > 1<<53 {
		return m, false
	}
	return message{fields[0], uint64(generation), int64(delay)}, true
}

// post tells the other tabs of a change, once mu is free.
func (c *Client) post(kind string, generation uint64) {
	text := message{kind: kind, generation: generation}.String()
	c.later(func() { c.App.Post(text) })
}

// Hear takes a message of another tab.
func (c *Client) Hear(text string) {
	m, ok := parseMessage(text)
	if !ok {
		return
	}
	if m.kind == "failed" || m.kind == "busy" {
		c.pace.cool(m.delay, m.kind == "busy")
		return
	}
	c.mu.Lock()
	defer c.unlock()
	if c.closed || m.generation < c.generation && m.kind != "signout" {
		return
	}
	if m.kind == "signout" {
		if c.session != nil && m.generation <= c.since {
			return // it is of a session before this one
		}
		// At once: the storage may show the old session for a while yet.
		c.drop(m.generation, true)
		return
	}
	c.announced = max(c.announced, m.generation)
	c.look()
}

// Look reads the storage again, because something says that it has changed.
func (c *Client) Look() {
	c.mu.Lock()
	defer c.unlock()
	if !c.closed {
		c.look()
	}
}

// look has another goroutine read the storage; mu is held. One that is at it
// already reads once more.
func (c *Client) look() {
	if c.looking {
		c.lookMore = true
		return
	}
	c.looking = true
	go func() {
		for more := true; more; {
			record, err := c.vault.newest(c.ctx, c.heard)
			c.mu.Lock()
			if err == nil && !c.closed {
				c.follow(record)
			}
			more = c.lookMore && !c.closed
			c.lookMore = false
			c.looking = more
			c.unlock()
		}
	}()
}

// follow makes what the storage holds this tab's session, unless this tab knows
// of something newer. mu is held.
func (c *Client) follow(r token.Record) {
	if 0 < r.Since && r.Since < c.out {
		r.Tokens = token.Tokens{} // a refresh has stored it after its user signed out
	}
	s := sessionOf(r)
	cleared := s == nil && r.Generation == 0 // no record at all: somebody removed it
	if cleared {
		c.generation, c.announced, c.out = 0, 0, 0 // what is stored next begins anew
	} else if s == nil && !r.Refused {
		c.out = max(c.out, r.Generation+1) // what the first record of a sign-out hides is over, too
	}
	switch {
	case r.Generation < c.generation, c.private && r.Generation <= c.generation:
		return
	case r.Foreign && s != nil && c.session != nil && s.Access == "" && s.Refresh == c.session.Refresh:
		return // half of what somebody removes; the other half will follow
	case s == nil && c.session == nil:
	case s == nil && r.Refused:
		// What waits in this tab is to hear of the refusal when its turn comes, and what
		// is on the wire when it comes back: not of a sign-out.
		c.refused.token, c.refused.err = c.session.Access, errRefusedElsewhere()
		c.told = false
		c.become(nil, r.Generation, "signout", true)
	case s == nil:
		c.drop(r.Generation, true)
	case c.session == nil:
		c.become(s, r.Generation, "signin", true)
	case s.Access != c.session.Access && !spent(s):
		kind := "refresh"
		if c.since > 0 && r.Since > c.since {
			kind = "signin" // somebody has signed in anew, perhaps another user
		}
		c.become(s, r.Generation, kind, true)
	default:
		c.amend(s, true)
	}
	c.generation = max(c.generation, r.Generation)
	c.since = r.Since
}

// sessionOf answers the session that a record holds, or nil.
func sessionOf(r token.Record) *token.Tokens {
	if !r.SignedIn() {
		return nil
	}
	tokens := r.Tokens
	return &tokens
}
