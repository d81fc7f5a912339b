package session

import (
	"context"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Signin turns credentials into a session. name is how the host knows them, for
// an endpoint that is a function. It blocks until that is done.
func (c *Client) Signin(credentials doc.Doc, name string) (*token.Tokens, *Error) {
	const failed = "Sign-in failed"
	c.mu.Lock()
	epoch := c.epoch
	c.unlock()
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
		return nil, &Error{Code: CodeSigninFailed, Message: failed + ": " + c.problemOf(ctx, err), Transient: true, Cause: err}
	}
	tokens, refusal := c.Paths.Judge(reply.Answer, c.Now())
	if refusal != nil {
		e := refused(CodeSigninFailed, failed, refusal, reply, secretsOf(credentials)...)
		e.Transient = refusal.Retryable()
		return nil, e
	}
	c.mu.Lock()
	overtaken := c.epoch != epoch
	c.unlock()
	if overtaken {
		c.disown(tokens)
		return nil, errSignedOut()
	}
	return &tokens, c.adopt(tokens)
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
	return c.adopt(tokens)
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

// adopt makes tokens the session of all tabs. The error is one of the storage:
// then the session is this tab's alone, but works.
func (c *Client) adopt(tokens token.Tokens) *Error {
	saved, storeErr := c.vault.force(c.ctx, c.heard(), token.Record{Tokens: tokens})
	c.mu.Lock()
	defer c.unlock()
	if c.closed {
		return errClosed()
	}
	c.stored(storeErr)
	c.become(&tokens, saved, "signin", false)
	c.post("signin", saved)
	if storeErr != nil {
		err := storageError("written", storeErr)
		err.Message += "; the session lasts until this page is closed"
		return err
	}
	return nil
}

// stored notes whether the storage could be written. mu is held.
func (c *Client) stored(err error) {
	c.private = err != nil
	if err != nil {
		c.emit(Event{Type: "refresherror", Session: c.session, Err: storageError("written", err)})
	}
}

// Signout forgets the session in every tab, then tells the server. It blocks
// until the server has answered, or its time is up.
func (c *Client) Signout() *Error {
	c.mu.Lock()
	s := c.session
	c.drop(c.generation+1, false)
	generation := c.generation
	c.post("signout", generation)
	c.unlock()
	// This first write is for a page that leaves at once; the ordered one follows.
	out := token.Record{Generation: generation}
	storeErr := c.vault.write(c.ctx, out)
	if saved, err := c.vault.force(c.ctx, generation-1, out); err == nil {
		storeErr = nil
		c.mu.Lock()
		if saved > generation && c.session == nil {
			c.generation = max(c.generation, saved)
			c.post("signout", saved)
		}
		c.unlock()
	}
	c.mu.Lock()
	c.private = storeErr != nil
	c.unlock()
	if e := c.Config.Signout; s != nil {
		c.tell(*s)
	} else if e != nil && e.Spec.Cookie {
		c.tell(token.Tokens{}) // the cookie may hold a session that this page never saw
	}
	if storeErr != nil {
		return storageError("written", storeErr)
	}
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
	_, _ = c.call(ctx, e, s.Refresh, func(refresh string) endpoint.Call {
		call := e.Spec.Signout(refresh)
		if c.knows(call.URL) {
			call.Headers = append(call.Headers, endpoint.Header{Name: c.Header, Value: c.credential(&s)})
		}
		return call
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
func (c *Client) problemOf(ctx context.Context, err error) string {
	if ctx.Err() == context.DeadlineExceeded {
		return "no answer within " + milliseconds(c.TimeoutMS).String()
	}
	return "no answer: " + err.Error()
}
