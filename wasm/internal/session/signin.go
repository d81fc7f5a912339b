package session

import (
	"strings"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Signin turns credentials into a session. name is how the host knows them, for
// an endpoint that is a function. It blocks until that is done.
func (c *Client) Signin(credentials doc.Doc, name string) (*token.Tokens, *Error) {
	const failed = "Sign-in failed"
	epoch := c.begun()
	e := c.Config.Signin
	if e == nil {
		return nil, &Error{Code: CodeSigninFailed, Message: failed + ": no `signin` is configured"}
	}
	call := endpoint.Call{}
	if e.Func == nil {
		var err error
		if call, err = e.Spec.Signin(credentials); err != nil {
			return nil, &Error{Code: CodeSigninFailed, Message: failed + ": " + err.Error(), Cause: err}
		}
	}
	ctx, cancel := c.attempt()
	defer cancel()
	reply, err := c.call(ctx, e, name, func(string) endpoint.Call { return call })
	if err != nil {
		if c.ctx.Err() != nil {
			return nil, errClosed()
		}
		return nil, &Error{Code: CodeSigninFailed, Message: failed + ": " + c.problemOf(ctx, err, secretsOf(credentials)), Transient: true, Cause: err}
	}
	tokens, refusal := c.Paths.Judge(reply.Answer, c.Now())
	if refusal != nil {
		e := refused(CodeSigninFailed, failed, refusal, reply, secretsOf(credentials)...)
		e.Transient = refusal.Retryable()
		return nil, e
	}
	return &tokens, c.adopt(tokens, epoch)
}

// secretsOf lists the credentials that must not come back in an error, should a
// server repeat them.
func secretsOf(credentials doc.Doc) []string {
	var secrets []string
	for _, f := range credentials.Fields() {
		name := strings.ToLower(f.Name)
		for _, part := range [...]string{"pass", "secret", "token", "pin", "otp", "code"} {
			if strings.Contains(name, part) {
				secrets = append(secrets, f.Value.Text)
			}
		}
	}
	return secrets
}

// SetTokens adopts tokens that the application got elsewhere.
func (c *Client) SetTokens(given Given) *Error {
	tokens, problem := c.tokensOf(given)
	if problem != "" {
		return &Error{Code: CodeBadOptions, Message: "setTokens: " + problem}
	}
	return c.adopt(tokens, c.begun())
}

// tokensOf reads what an application gives in place of an answer.
func (c *Client) tokensOf(given Given) (token.Tokens, string) {
	if given.Access == "" {
		return c.Paths.Tokens(given.Doc, c.Now())
	}
	if problem := token.Unfit(given.Access); problem != "" {
		return token.Tokens{}, "the access token " + problem
	}
	now := c.Now()
	return token.Tokens{Access: given.Access, ExpiresAt: token.Expiry(0, false, 0, given.Access, now), ReceivedAt: now}, ""
}

// begun answers the epoch in which a sign-in begins.
func (c *Client) begun() uint64 {
	c.mu.Lock()
	defer c.unlock()
	return c.epoch
}

// adopt makes tokens the session of all tabs, unless the user has signed out
// since the epoch that they are from. An error of the storage means that the
// session is this tab's alone, but works.
func (c *Client) adopt(tokens token.Tokens, epoch uint64) *Error {
	if !c.store() {
		return errClosed()
	}
	defer func() { <-c.storing }()
	tokens = c.kept(tokens)
	still := func(token.Record) bool { return c.begun() == epoch }
	saved, ok, storeErr := c.vault.force(c.ctx, c.heard(), token.Record{Tokens: tokens}, still)
	c.mu.Lock()
	switch {
	case c.closed:
		c.unlock()
		return errClosed()
	case !ok || c.epoch != epoch || c.out > saved && storeErr == nil:
		c.unlock()
		if ok {
			c.undo(saved, tokens)
		}
		c.disown(tokens)
		return errSignedOut()
	}
	defer c.unlock()
	if saved < c.generation && storeErr == nil {
		c.look() // another tab's sign-in has come after this one, and is what counts
		return nil
	}
	c.stored(storeErr, tokens)
	c.since = saved
	if c.session == nil || c.session.Access != tokens.Access {
		c.become(&tokens, saved, "signin", false)
	} else { // this tab may have seen it in the storage before, and be refreshing it
		c.generation = max(c.generation, saved)
		c.amend(&tokens, false)
	}
	c.post("signin", saved)
	if storeErr != nil {
		err := storageError("written", storeErr, tokens)
		err.Message += "; the session lasts until this page is closed"
		return err
	}
	return nil
}

// store waits until this may store what the user did. It answers false where the
// client is closed before.
func (c *Client) store() bool {
	select {
	case c.storing <- struct{}{}:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// undo takes back a sign-in that was stored although the user had signed out by
// then, unless somebody has stored something since.
func (c *Client) undo(saved uint64, tokens token.Tokens) {
	if seen, err := c.vault.read(c.ctx); err == nil && seen.Access != tokens.Access {
		return // its storing was cut short, and the generation is another tab's
	}
	out, ok, err := c.vault.save(c.ctx, saved, token.Record{})
	c.mu.Lock()
	defer c.unlock()
	if !ok || err != nil {
		return
	}
	if c.session != nil && c.session.Access == tokens.Access {
		c.drop(out, true)
	}
	c.generation = max(c.generation, out)
	c.post("signout", out)
}

// stored notes whether the storage could be written. mu is held.
func (c *Client) stored(err error, tokens token.Tokens) {
	c.private = err != nil
	if err != nil {
		c.emit(Event{Type: "refresherror", Session: c.session, Err: storageError("written", err, tokens)})
	}
}

// Signout forgets the session in every tab, then tells the server. It blocks
// until the server has answered, or its time is up.
func (c *Client) Signout() *Error {
	c.mu.Lock()
	s, before := c.session, max(c.generation, c.announced)
	c.epoch++
	c.drop(before+1, false)
	c.unlock()
	// Other tabs hear of it, and a first record is written, at once, for a page that
	// leaves; the ordered record follows. A page that was frozen meanwhile sees sessions
	// that began after this sign-out.
	began := time.Now()
	seen, err := c.vault.read(c.ctx)
	late := frozen(began, 0)
	if err == nil && !late {
		before = max(before, seen.Generation)
	}
	c.App.Post(message{kind: "signout", generation: before + 1}.String())
	if s != nil && !late {
		// In the place of what it hides: it counts for no more until the sign-out has had
		// its turn, and whatever is stored meanwhile is waited for, by every tab.
		_ = c.vault.write(c.ctx, token.Record{Generation: seen.Generation})
	}
	storeErr := c.forget(before)
	if e := c.Config.Signout; s != nil {
		c.tell(*s)
	} else if e != nil && e.Spec.Cookie {
		c.tell(token.Tokens{}) // the cookie may hold a session that this page never saw
	}
	if storeErr != nil {
		return storageError("written", storeErr, token.Tokens{})
	}
	return nil
}

// forget stores that nobody is signed in, over whatever a tab may have stored of
// the sessions up to a generation; one that began later is another one's.
func (c *Client) forget(until uint64) error {
	if !c.store() {
		return nil
	}
	defer func() { <-c.storing }()
	still := func(seen token.Record) bool { return !seen.SignedIn() || seen.Since <= until }
	saved, ok, err := c.vault.force(c.ctx, until, token.Record{}, still)
	c.mu.Lock()
	defer c.unlock()
	switch {
	case !ok || c.session != nil && c.since >= saved:
		return err
	case err != nil: // what it would have been, another tab's sign-in may have become
		c.private = c.private || c.session == nil
		return err
	case c.session != nil: // this tab has followed one meanwhile, which is over as well
		c.drop(saved, false)
	}
	c.private = false
	c.generation = max(c.generation, saved)
	c.out = max(c.out, saved)
	c.post("signout", saved)
	return nil
}

// tell tells the server that a session is over, best effort.
func (c *Client) tell(s token.Tokens) {
	e := c.Config.Signout
	if e == nil {
		return
	}
	ctx, cancel := c.attempt()
	defer cancel()
	credential := endpoint.Header{Name: c.Header, Value: c.credential(&s)}
	if !c.knows(e.Spec.URL) {
		credential.Value = ""
	}
	argument := s.Refresh
	if e.OAuth {
		argument = s.Access + " " + s.Refresh // an access token has no blanks (token.Unfit)
	}
	_, _ = c.call(ctx, e, argument, func(refresh string) endpoint.Call {
		return e.Spec.Signout(refresh, credential)
	})
}

// disown tells the server about tokens that arrived when their session was over
// already. Where it is another session's turn, they are just dropped.
func (c *Client) disown(granted token.Tokens) {
	if s, _ := c.current(); s == nil && c.ctx.Err() == nil {
		go c.tell(granted)
	}
}

// call calls an endpoint, by its function where it is one.
func (c *Client) call(ctx context.Context, e *Endpoint, argument string, build func(string) endpoint.Call) (Reply, error) {
	if e.Func != nil {
		return e.Func(ctx, argument)
	}
	return c.Doer.Do(ctx, build(argument))
}

// problemOf says in words why no answer came.
func (c *Client) problemOf(ctx context.Context, err error, secrets []string) string {
	if ctx.Late() {
		return "no answer within " + milliseconds(c.TimeoutMS).String()
	}
	return "no answer: " + endpoint.Scrub(err.Error(), secrets...)
}
