package session

import (
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// overtaken reads the storage as new as it is and follows it. done says that
// nothing is left to ask the server: another tab has refreshed, or the session
// has ended.
func (c *Client) overtaken(f *flight) (done bool, err *Error) {
	record, newest, readErr := c.vault.caughtUp(c.ctx, c.heard)
	c.mu.Lock()
	defer c.unlock()
	if readErr == nil {
		c.follow(record)
	}
	switch {
	case !f.over && readErr != nil && newest > c.generation:
		// There is a session that is newer than the one that this tab knows, whose
		// refresh token is used up.
		return true, c.passing("the storage could not be read", readErr)
	case f.over:
		if f.err == nil {
			c.trace(Trace{Type: "refresh.adopt"})
		}
		return true, nil
	case f.session != nil && c.session == nil:
		c.anonymous = true
		return true, errRefusedElsewhere()
	}
	return false, nil
}

// keep stores what the server granted, as the successor of a generation. Where a
// sign-in or a sign-out has come between, in whichever tab, the grant is thrown
// away: theirs is the session. Where the access token does not work any more,
// nobody who waits is helped yet, and the flight goes on.
func (c *Client) keep(f *flight, generation uint64, granted token.Tokens) *Error {
	granted = c.kept(granted)
	if c.isOver(f) {
		c.disown(granted)
		return nil
	}
	saved, done, later, storeErr := c.succeed(f, generation, token.Record{Tokens: granted, Since: c.sinceOf()})
	if done {
		c.disown(granted)
		return later
	}
	c.mu.Lock()
	defer c.unlock()
	if f.over {
		c.later(func() { c.disown(granted) })
		return nil
	}
	c.stored(storeErr, granted)
	if spent(&granted) {
		c.session, c.generation = &granted, saved
		return nil
	}
	c.trace(Trace{Type: "refresh.done"})
	c.become(&granted, saved, "refresh", false)
	c.post("refresh", saved)
	return nil
}

// end forgets a session that the server has refused to renew. It answers nil
// where another tab has renewed it after all.
func (c *Client) end(f *flight, err *Error) *Error {
	if f.session == nil {
		c.mu.Lock()
		c.anonymous = true
		c.unlock()
		return c.notSignedIn(err)
	}
	c.mu.Lock()
	if f.ahead && c.usable(f.session) {
		// Nobody needed the refresh yet, and the access token works: it may do so
		// until it expires or is refused.
		c.hopeless = f.session.Access
		c.unlock()
		err.Transient = true
		return err
	}
	c.unlock()
	// Losing a race must not clear the winner's tokens: look once more, and where an
	// application's other code may have won, which no ledger tells of, not too soon.
	if c.Keys.Refresh != "" {
		_ = sleep(c.ctx, absence)
	}
	if done, later := c.overtaken(f); done {
		return later
	}
	_, generation := c.current()
	saved, done, later, storeErr := c.succeed(f, generation, token.Record{Refused: true})
	if done {
		return later
	}
	c.mu.Lock()
	defer c.unlock()
	if f.over {
		return nil
	}
	c.stored(storeErr, *f.session)
	c.anonymous = true // what the server refused may be its own cookie
	c.become(nil, saved, "signout", false)
	c.post("ended", saved)
	return err
}

// succeed stores what a flight came to, as the successor of a generation. done
// says that another tab's successor was there first, and later how that leaves
// the flight.
func (c *Client) succeed(f *flight, generation uint64, r token.Record) (saved uint64, done bool, later *Error, storeErr error) {
	saved, ok, storeErr := c.vault.save(c.ctx, generation, r)
	if ok {
		return saved, false, nil, storeErr
	}
	if done, later = c.overtaken(f); done {
		return saved, true, later, nil
	}
	// The ledger has moved, but nobody has stored a session: one that was lost.
	saved, _, storeErr = c.vault.force(c.ctx, c.heard(), r, func(token.Record) bool { return !c.isOver(f) })
	return saved, false, nil, storeErr
}
