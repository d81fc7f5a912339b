package session

import "github.com/authfetch/authfetch/wasm/internal/token"

// Get answers a session whose access token is valid for some more milliseconds,
// refreshed where needed or where force says so, or nil when signed out. It
// blocks while a refresh runs.
func (c *Client) Get(minValidity int64, force bool) (*token.Tokens, *Error) {
	c.mu.Lock()
	s := c.session
	switch {
	case c.closed:
		c.unlock()
		return nil, errClosed()
	case s == nil && !c.renewable(nil):
		c.unlock()
		return nil, nil
	case s != nil && !force && !c.expiresWithin(s, minValidity):
		if c.AutoRefresh && c.renewable(s) && c.due(s) {
			c.startFlight("ahead")
		}
		c.unlock()
		return s, nil
	}
	reason := "expired"
	if force || s != nil && !c.expired(s) {
		reason = "asked"
	}
	f := c.startFlight(reason)
	c.unlock()
	<-f.done
	if f.err != nil && f.err.Code == CodeNotSignedIn {
		return nil, nil
	}
	if f.err != nil {
		return nil, f.err
	}
	return c.Session(), nil
}

// Refresh refreshes now, or shares the refresh under way.
func (c *Client) Refresh() (*token.Tokens, *Error) {
	s, err := c.Get(0, true)
	if s == nil && err == nil {
		err = c.notSignedIn(nil)
	}
	return s, err
}
