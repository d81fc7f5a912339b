package session

import (
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

const failedToRefresh = "Failed to refresh token"

// turnBound is how long a tab waits for its turn, on top of the time that the
// tab ahead of it may take for its two tries. Past that the other tab is stuck,
// its requests have timed out, and its turn is taken from it.
const turnBound = 5 * time.Second

// renew replaces the flight's session, trying as often as the policy allows. It
// answers nil once the flight has landed, an error with Transient set when the
// old session stays, and any other error when it has ended.
func (c *Client) renew(f *flight) *Error {
	renewable := c.canRenew(f.session)
	if f.session == nil && !renewable {
		// Another tab may have signed in, which this one has not heard of yet.
		if _, _ = c.overtaken(f); c.isOver(f) {
			return nil
		}
	}
	if err := c.refusedElsewhere(f); err != nil {
		return err
	}
	if !renewable {
		return c.unrenewable(f)
	}
	for attempt := 1; ; attempt++ {
		for wait := c.pace.wait(); wait > 0 && !c.isOver(f); wait = c.pace.wait() {
			if wait > c.longestWait() {
				return c.pace.failure()
			}
			c.pause(f, wait)
		}
		if err, again := c.turn(f, &attempt); !again {
			return err
		}
	}
}

func (c *Client) refusedElsewhere(f *flight) *Error {
	c.mu.Lock()
	defer c.unlock()
	return f.refused
}

// longestWait is how long requests are kept waiting for the next try; a server
// that asks for more has the refresh fail for now.
func (c *Client) longestWait() int64 { return max(c.Retry.MaxDelay, 2000) }

// unrenewable is renew for a session that no refresh can renew.
func (c *Client) unrenewable(f *flight) *Error {
	missing := "the session has no refresh token"
	if !c.configured() {
		missing = "no `refresh` is configured"
	}
	switch {
	case f.session == nil:
		return c.notSignedIn(nil)
	case f.asked:
		return &Error{Code: CodeRefreshFailed, Message: failedToRefresh + ": " + missing, Transient: true}
	case !c.configured():
		return c.end(f, &Error{Code: CodeNotSignedIn, Message: "The access token was refused, and " + missing, Status: 401})
	}
	return c.end(f, &Error{Code: CodeRefreshFailed, Message: failedToRefresh + ": " + missing})
}

// notSignedIn makes the error for a request that needs a session where none is.
func (c *Client) notSignedIn(cause *Error) *Error {
	c.mu.Lock()
	defer c.unlock()
	err := &Error{Code: CodeNotSignedIn, Message: "Nobody is signed in"}
	if cause == nil {
		cause = c.unread
	}
	if cause != nil {
		err.Cause = cause
		err.Message += ": " + cause.Message
	}
	return err
}

// turn takes the tab's turn among all tabs and tries, under the lock: reads the
// storage, adopts what is newer, and only then asks the server. attempt counts
// the tries of the flight. again says that another turn may succeed, after the
// wait that pace knows.
func (c *Client) turn(f *flight, attempt *int) (err *Error, again bool) {
	release, lockErr := c.lock()
	if lockErr != nil {
		if c.ctx.Err() != nil {
			return nil, false // closed, and landed so
		}
		return c.passing("no turn among the tabs", lockErr), false
	}
	defer release()
	began := time.Now()
	c.App.Trace(Trace{Type: "refresh.lock"})

	if done, err := c.overtaken(f); done {
		return err, false
	}
	if c.pace.wait() > 0 {
		// Another tab was refused for now while this one stood in the queue.
		return c.pace.failure(), *attempt < c.Retry.Attempts
	}
	var s *token.Tokens
	var generation uint64
	var reply answer
	var refusal *endpoint.Refusal
	for retried := false; ; retried = true {
		if done, err := c.inherit(f); done {
			return err, false
		}
		s, generation = c.current()
		if !c.canRenew(s) {
			return c.unrenewable(f), false
		}
		key := ""
		if !retried { // where it is the worker that cannot reach the server, the page may
			key = c.escrowKey(s, generation)
		}
		c.App.Trace(Trace{Type: "refresh.send", Attempt: *attempt})
		reply, refusal = c.present(s, key)
		if refusal == nil {
			c.pace.spend()
			return c.keep(f, generation, reply.tokens), false
		}
		err = refused(CodeRefreshFailed, failedToRefresh, refusal, reply.Reply, secretsIn(s)...)
		err.Cause = reply.cause
		err.Transient = true
		// The answer to a rotation may have been lost on its way. A second try that
		// follows at once falls into the grace that servers give for that. A page that was
		// frozen meanwhile has lost its turn, and another flight may have been told to wait.
		if *attempt != 1 || c.Retry.Attempts < 2 || !lost(refusal) || c.isOver(f) ||
			time.Since(began) > c.patience() || c.pace.wait() > 0 {
			break
		}
		*attempt++
		c.App.Trace(Trace{Type: "refresh.retry", Attempt: *attempt, Status: err.Status})
		// It may have lost its turn all the same, to one that lost patience at this moment.
		if done, later := c.overtaken(f); done {
			return later, false
		}
	}
	if c.IsFinal != nil {
		release() // other tabs must not wait for what the application does
	}
	if c.final(refusal, err) {
		err.Transient = false
		return c.end(f, err), false
	}
	again = *attempt < c.Retry.Attempts && refusal.Retryable()
	delay := c.pace.failed(err, *attempt, again, refusal.RetryAfterMS)
	kind, rest := "failed", delay
	if refusal.RetryAfterMS > 0 {
		kind, rest = "busy", refusal.RetryAfterMS
	}
	c.App.Post(message{kind, generation, rest}.String())
	if again {
		c.App.Trace(Trace{Type: "refresh.retry", Attempt: *attempt + 1, DelayMS: delay, Status: err.Status})
	}
	return err, again
}

// secretsIn lists a session's tokens.
func secretsIn(s *token.Tokens) []string {
	if s == nil {
		return nil
	}
	return []string{s.Refresh, s.Access}
}

// answer is a Reply that has been judged.
type answer struct {
	Reply
	tokens token.Tokens
	cause  error
}

// present asks the server for new tokens. It is not tied to any caller's signal,
// and ends by itself. Under key the answer outlives this tab, where it can.
func (c *Client) present(s *token.Tokens, key string) (answer, *endpoint.Refusal) {
	refresh := ""
	if s != nil {
		refresh = s.Refresh
	}
	ctx, cancel := c.attempt()
	defer cancel()
	reply, err := c.call(ctx, c.Config.Refresh, refresh, func(refresh string) endpoint.Call {
		call := c.Config.Refresh.Spec.Refresh(refresh)
		call.Escrow = key
		return call
	})
	if err != nil {
		return answer{cause: err}, &endpoint.Refusal{Problem: c.problemOf(ctx, err, secretsIn(s)), RetryAfterMS: -1}
	}
	tokens, refusal := c.judge(reply, s, c.Now())
	return answer{Reply: reply, tokens: tokens}, refusal
}

// judge reads the answer to a session's refresh, which came at some time.
func (c *Client) judge(reply Reply, s *token.Tokens, at int64) (token.Tokens, *endpoint.Refusal) {
	tokens, refusal := c.Paths.Judge(reply.Answer, at)
	if refusal == nil && tokens.Refresh == "" && s != nil {
		tokens.Refresh = s.Refresh // RFC 6749 section 6: none sent, the old one stays
	}
	if refusal == nil && tokens.ID == "" && s != nil {
		tokens.ID = s.ID // OpenID Connect Core section 12.2: an ID token may be left out
	}
	return tokens, refusal
}

// lost says whether a server may have answered with tokens that never arrived.
func lost(r *endpoint.Refusal) bool { return r.Status == 0 || r.Status >= 200 && r.Status < 300 }

// final decides whether a failed refresh ends the session.
func (c *Client) final(refusal *endpoint.Refusal, err *Error) bool {
	if c.IsFinal != nil {
		ctx, cancel := c.attempt()
		defer cancel()
		return c.IsFinal(ctx, err)
	}
	return refusal.Final()
}

// passing makes the error of a refresh that failed before the server was asked.
func (c *Client) passing(what string, cause error) *Error {
	return &Error{
		Code: CodeRefreshFailed, Message: failedToRefresh + ": " + what + ": " + endpoint.Scrub(cause.Error()),
		Transient: true, Cause: cause,
	}
}

// patience is how long the other tabs leave a turn to a tab at least.
func (c *Client) patience() time.Duration { return milliseconds(2*c.TimeoutMS) + turnBound }

// lock waits for the tab's turn. A tab that keeps its turn beyond all bounds is
// stuck, and loses it.
func (c *Client) lock() (release func(), err error) {
	// Tabs that began to wait together must not lose patience together, and steal from
	// each other.
	bound := c.patience() + time.Duration(c.Rand()*float64(turnBound))
	// A page that was frozen meanwhile has not waited that long: who has the turn may just
	// have got it.
	for began := time.Now(); ; began = time.Now() {
		ctx, cancel := context.WithTimeout(c.ctx, bound)
		release, err = c.Config.Lock.Lock(ctx, false)
		cancel()
		if err == nil || c.ctx.Err() != nil {
			return release, err
		}
		if !frozen(began, bound) {
			break
		}
	}
	ctx, cancelSteal := context.WithTimeout(c.ctx, turnBound)
	defer cancelSteal()
	return c.Config.Lock.Lock(ctx, true)
}

// pause sleeps for some milliseconds, or until the flight is hurried.
func (c *Client) pause(f *flight, ms int64) {
	if ms <= 0 {
		return
	}
	pause, cancel := context.WithTimeout(c.ctx, milliseconds(ms))
	defer cancel()
	select {
	case <-pause.Done():
	case <-f.hurry:
	case <-f.done:
	}
}

// canRenew is renewable for those who do not hold mu.
func (c *Client) canRenew(s *token.Tokens) bool {
	c.mu.Lock()
	defer c.unlock()
	return c.renewable(s)
}

func (c *Client) isOver(f *flight) bool {
	c.mu.Lock()
	defer c.unlock()
	return f.over
}

// current answers the session and its generation.
func (c *Client) current() (*token.Tokens, uint64) {
	c.mu.Lock()
	defer c.unlock()
	return c.session, c.generation
}

func (c *Client) sinceOf() uint64 {
	c.mu.Lock()
	defer c.unlock()
	return c.since
}

// heard answers the newest generation that this tab knows to be stored.
func (c *Client) heard() uint64 {
	c.mu.Lock()
	defer c.unlock()
	if c.private {
		return c.announced
	}
	return max(c.generation, c.announced)
}

// attempt answers the context of one call of a server or a callback.
func (c *Client) attempt() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.ctx, milliseconds(c.TimeoutMS))
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
