package session

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

// secrets are what must not come out, as they are or encoded.
var secrets = []string{"the-password-of-ann", "pass word", "access-token-", "refresh-token-", "short-1"}

// leaks finds secrets in whatever the application, a debugger or another tab hears.
func leaks(t *testing.T, tab *tab, errs ...*Error) {
	t.Helper()
	var told []string
	tell := func(err *Error) {
		for err != nil {
			told = append(told, err.Message, err.Error(), err.Code, err.ServerCode, err.Description)
			var cause *Error
			if !errors.As(err.Cause, &cause) {
				break // an exception of the application's goes back as it came
			}
			err = cause
		}
	}
	for _, err := range errs {
		tell(err)
	}
	tab.app.heard()
	tab.app.mu.Lock()
	defer tab.app.mu.Unlock()
	for _, err := range tab.app.failures {
		tell(err)
	}
	for _, trace := range tab.app.traces {
		told = append(told, fmt.Sprintf("%+v", trace))
	}
	told = append(told, tab.app.posts...)
	for _, text := range told {
		for _, secret := range secrets {
			for _, written := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
				if strings.Contains(text, written) {
					t.Errorf("got %q, which holds %q", text, written)
					return
				}
			}
		}
	}
}

// No message, property or trace ever holds a token, whatever servers, storages
// and the application's functions put into theirs.
func TestNoMessageHoldsAToken(t *testing.T) {
	echo := func(code int, body string) step {
		return func(_ context.Context, s *server, call endpoint.Call) (Reply, error) {
			sent := strings.ReplaceAll(call.Body, `"`, `'`)
			return s.reply(code, fmt.Sprintf(body, sent, sent), ""), nil
		}
	}
	echoes := []step{
		echo(400, `{"error":"invalid_grant","error_description":"cannot read %s, %s"}`),
		echo(401, `{"message":"%s %s"}`),
		echo(400, `{"error":"%s","detail":"%s"}`),
		echo(500, `{"error":{"code":"%s","message":"%s"}}`),
		echo(200, `{"title":"%s","access_token":{"it":"%s"}}`),
		echo(200, `"%s%s`),
		func(_ context.Context, _ *server, call endpoint.Call) (Reply, error) {
			return Reply{}, errors.New("cannot send " + call.Body)
		},
	}
	for i, echo := range echoes {
		t.Run(fmt.Sprint("echo ", i), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.keeps(echo)
				w.server.signin = echo
				_, signin := tab.Signin(object(t, `{"username":"ann","password":"the-password-of-ann","pin":"pass word"}`), "")
				_, refresh := tab.Refresh()
				w.server.revoke()
				leaks(t, tab, signin, refresh, tab.fetch().err)
			})
		})
	}
}

// A short token looks like any word; it is known, all the same.
func TestNoMessageHoldsAShortToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		_ = tab.SetTokens(given(t, map[string]any{"access_token": "short-1-a", "refresh_token": "short-1"}))
		w.server.keeps(text(401, `{"error":"unknown","error_description":"There is no short-1."}`))
		_, err := tab.Refresh()
		failed(t, "Refresh", err, CodeRefreshFailed, false)
		leaks(t, tab, err)
	})
}

// A function of the application may throw what it was given.
func TestNoMessageHoldsWhatAFunctionThrows(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Refresh = &Endpoint{Func: func(_ context.Context, refresh string) (Reply, error) {
				return Reply{}, errors.New("cannot refresh " + refresh)
			}}
		})
		_, err := tab.Refresh()
		failed(t, "Refresh", err, CodeRefreshFailed, true)
		leaks(t, tab, err)
	})
}

// A storage may quote what it was to store.
func TestNoMessageHoldsWhatAStorageThrows(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.view.before = func(_ context.Context, what string) error {
			if what == "advance" || what == "write" {
				return errors.New("cannot store " + tab.access() + " or " + `{"accessToken":"access-token-2-of-ann"}`)
			}
			return nil
		}
		_, signin := tab.Signin(object(t, `{"username":"ann"}`), "")
		failed(t, "Signin", signin, CodeStorageFailed, false)
		leaks(t, tab, signin, tab.Signout())
	})
}

// An event's error is that of the request.
func TestEventsHoldTheError(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		var got *Error
		tab.app.emitted = func(e Event) {
			if e.Type == "refresherror" {
				got = e.Err
			}
		}
		err := tab.fetch().err
		is(t, "event", got, err)
	})
}

// Each change is told once by its name and once as a change, with the session
// that there is from then on, and outside of locks.
func TestEvents(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		var told []string
		tab.app.emitted = func(e Event) {
			access := ""
			if e.Session != nil {
				access = e.Session.Access
			}
			is(t, "session", access, tab.access()) // which locks
			told = append(told, e.Type+" "+access)
		}
		tab.signin("ann")
		if _, err := tab.Refresh(); err != nil {
			t.Errorf("Refresh: got %v", err)
		}
		synctest.Wait()
		_ = tab.Signout()
		synctest.Wait()
		same(t, "events", told,
			"signin access-token-1-of-ann", "change access-token-1-of-ann",
			"refresh access-token-2-of-ann", "change access-token-2-of-ann",
			"signout ", "change ")
	})
}

// The steps of a refresh, as a debugger sees them.
func TestTraces(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(offline, retryAfter(503, "1"))
		tab.fetch()
		var told []string
		for _, trace := range tab.app.traces {
			told = append(told, fmt.Sprint(trace.Type, " ", trace.Reason, " ", trace.Attempt, " ", trace.DelayMS, " ", trace.Status))
		}
		same(t, "traces", told,
			"session.signin  0 0 0",
			"refresh.start rejected 0 0 0",
			"refresh.lock  0 0 0",
			"refresh.send  1 0 0",
			"refresh.retry  2 0 0",
			"refresh.send  2 0 0",
			"refresh.retry  3 1000 503",
			"refresh.lock  0 0 0",
			"refresh.send  3 0 0",
			"refresh.done  0 0 0",
			"session.refresh  0 0 0")
	})
}

func TestErrorsWrapTheirCause(t *testing.T) {
	cause := errors.New("cause")
	err := error(&Error{Message: "message", Cause: cause})
	is(t, "message", err.Error(), "message")
	is(t, "cause", errors.Is(err, cause), true)
	is(t, "no cause", errors.Unwrap(&Error{}), nil)
}
