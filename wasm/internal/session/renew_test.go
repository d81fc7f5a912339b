package session

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

// pains.md: the answer to a rotation is lost, and the next use looks like theft
func TestALostAnswerIsAskedForAgainAtOnce(t *testing.T) {
	half := func(body string) step {
		return func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
			_, _ = lose(ctx, s, call)
			return s.reply(200, body, ""), nil
		}
	}
	tests := []struct {
		name string
		lost step
		took time.Duration // apart from what every call takes
	}{
		{"no answer", lose, 0},
		{"half an answer", half(`{"access_`), 0},
		{"an empty answer", half(""), 0},
		{"an answer without tokens", half("{}"), 0},
		{"a time-out", func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
			_, _ = lose(ctx, s, call)
			return hang(ctx, s, call)
		}, 10*time.Second - 20*time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.grace = test.took + time.Second
				tab := w.signedIn()
				w.server.revoke()
				w.server.answers(test.lost)
				start := time.Now()
				o := tab.fetch()
				is(t, "status", o.status, 200)
				is(t, "refreshes", w.server.refreshes(), 2)
				is(t, "reused", w.server.reused, 0)
				// Two requests and two refreshes, and nothing waited in between.
				is(t, "took", o.at.Sub(start), test.took+4*w.server.latency)
			})
		})
	}
}

// The second try at once is the only one, and counts.
func TestTriesAreCounted(t *testing.T) {
	tests := []struct {
		attempts int
		answer   step
		want     int
	}{
		{1, offline, 1},
		{2, offline, 2},
		{3, offline, 3},
		{5, offline, 5},
		{1, status(503), 1},
		{2, status(503), 2},
		{3, status(503), 3},
		{3, status(400), 1},
		{3, status(404), 1},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.attempts, " attempts, ", test.want), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) { c.Retry.Attempts = test.attempts })
				w.server.revoke()
				w.server.keeps(test.answer)
				tab.fetch()
				is(t, "refreshes", w.server.refreshes(), test.want)
			})
		})
	}
}

// pains.md: Wi-Fi drops, and the user is signed out
func TestOnlyARefusalIsFinal(t *testing.T) {
	type row struct {
		name   string
		answer step
		final  bool
		status int
	}
	tests := []row{
		{"offline", offline, false, 0},
		{"a time-out", hang, false, 0},
		{"opaque", status(0), false, 0},
		{"no tokens", text(200, `{}`), false, 200},
		{"empty", text(204, ``), false, 204},
		{"a wrong access token", text(200, `{"access_token":7}`), false, 200},
		{"an error with status 200", text(200, `{"error":"invalid_grant"}`), false, 200},
	}
	for _, code := range []int{300, 302, 400, 401, 402, 403, 404, 405, 408, 409, 418, 422, 425, 429, 500, 502, 503, 504, 599} {
		tests = append(tests, row{fmt.Sprint("status ", code), status(code), code == 400 || code == 401 || code == 403, code})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				stored := w.store.record(t)
				w.server.revoke()
				w.server.keeps(test.answer)
				o := tab.fetch()
				failed(t, "the request", o.err, CodeRefreshFailed, !test.final)
				if o.err == nil {
					return
				}
				is(t, "status", o.err.Status, test.status)
				is(t, "the message's beginning", strings.HasPrefix(o.err.Message, "Failed to refresh token: "), true)
				is(t, "signed in", tab.Session() != nil, !test.final)
				if test.final {
					same(t, "handler", tab.app.calls(), CodeRefreshFailed)
					same(t, "events", tab.app.heard(), "signin", "signout", "refresherror")
					is(t, "stored tokens", w.store.record(t).SignedIn(), false)
					is(t, "refused", w.store.record(t).Refused, true)
				} else {
					same(t, "handler", tab.app.calls())
					same(t, "events", tab.app.heard(), "signin", "refresherror")
					is(t, "stored", w.store.record(t), stored)
				}
			})
		})
	}
}

// A session that only failed in passing goes on once the server is there again.
func TestAPassingFailurePasses(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(offline)
		failed(t, "offline", tab.fetch().err, CodeRefreshFailed, true)
		w.server.keeps(nil)
		is(t, "online", tab.fetch().status, 200)
		same(t, "events", tab.app.heard(), "signin", "refresherror", "refresh")
	})
}

// What the server says reaches the application.
func TestARefusalKeepsTheServersWords(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(text(400, `{"error":"invalid_grant","error_description":"The session is over."}`))
		err := tab.fetch().err
		failed(t, "the request", err, CodeRefreshFailed, false)
		is(t, "message", err.Message, "Failed to refresh token: invalid_grant (The session is over.)")
		is(t, "error", err.ServerCode, "invalid_grant")
		is(t, "description", err.Description, "The session is over.")
		is(t, "response", err.Response, any("response"))
	})
}

// An answer with a status of success may hold tokens that nobody looked for.
func TestASuccessfulAnswerIsNotHandedOn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(text(200, `{"jwt":"somewhere-else"}`))
		is(t, "response", tab.fetch().err.Response, nil)
	})
}

// Exponential backoff with full jitter: a try that fails is followed by a pause
// of anything from nothing to a limit that doubles.
func TestTriesPauseWithFullJitter(t *testing.T) {
	almost := 1 - 1e-9
	tests := []struct {
		name  string
		rand  float64
		retry Retry
		want  []time.Duration
	}{
		{"the least", 0, Retry{4, 300, 5000}, []time.Duration{0, 0, 0}},
		{"half", 0.5, Retry{4, 300, 5000}, []time.Duration{150, 300, 600}},
		{"the most", almost, Retry{4, 300, 5000}, []time.Duration{299, 599, 1199}},
		{"limited", almost, Retry{6, 300, 1000}, []time.Duration{299, 599, 999, 999, 999}},
		{"a limit below the beginning", almost, Retry{3, 300, 100}, []time.Duration{99, 99}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) {
					c.Retry = test.retry
					c.Rand = func() float64 { return test.rand }
				})
				time.Sleep(time.Hour) // the breaker has nothing to do with this
				w.server.revoke()
				w.server.answers()
				before := w.server.refreshes()
				w.server.keeps(status(503))
				tab.fetch()
				calls := w.server.asked(refreshURL)[before:]
				got := []time.Duration{}
				for i := 1; i < len(calls); i++ {
					got = append(got, (calls[i].at.Sub(calls[i-1].at)-w.server.latency)/time.Millisecond)
				}
				if test.retry.Attempts > 5 {
					got = got[:min(4, len(got))] // the sixth is the breaker's
					test.want = test.want[:4]
				}
				same(t, "pauses in ms", got, test.want...)
			})
		})
	}
}

// The pause after a lost answer's two tries is that of a second failure.
func TestTheSecondTryCountsForTheBackoff(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(offline)
		tab.fetch()
		calls := w.server.asked(refreshURL)
		is(t, "refreshes", len(calls), 3)
		is(t, "second after", calls[1].at.Sub(calls[0].at), w.server.latency)
		is(t, "third after", calls[2].at.Sub(calls[1].at), w.server.latency+300*time.Millisecond)
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	tests := []struct {
		header string
		tries  int
		pause  time.Duration
	}{
		{"", 2, 150 * time.Millisecond},
		{"0", 2, 150 * time.Millisecond},
		{"1", 2, time.Second},
		{"5", 2, 5 * time.Second},
		{"6", 1, 0}, // longer than requests are kept waiting
		{"3600", 1, 0},
		{"nonsense", 2, 150 * time.Millisecond},
		{"Sat, 01 Jan 2000 00:00:02 GMT", 2, 2*time.Second - 60*time.Millisecond},
	}
	for _, test := range tests {
		t.Run("Retry-After: "+test.header, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				w.server.answers(retryAfter(429, test.header))
				o := tab.fetch()
				calls := w.server.asked(refreshURL)
				is(t, "refreshes", len(calls), test.tries)
				if test.tries == 1 {
					failed(t, "the request", o.err, CodeRefreshFailed, true)
					is(t, "status", o.err.Status, 429)
					return
				}
				is(t, "status", o.status, 200)
				is(t, "pause", calls[1].at.Sub(calls[0].at)-w.server.latency, test.pause)
			})
		})
	}
}

// pains.md: requests hang for ever once a refresh fails
func TestARefreshHasADeadlineOfItsOwn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(hang)
		start := time.Now()
		var waiting []*pending
		for range 5 {
			waiting = append(waiting, tab.start(&Request{URL: api}))
		}
		for _, p := range waiting {
			o := p.wait()
			failed(t, "a request", o.err, CodeRefreshFailed, true)
			is(t, "message", o.err.Message, "Failed to refresh token: no answer within 10s")
		}
		// Three tries of ten seconds, the pause before the third, and a request.
		is(t, "took", time.Since(start), 3*10*time.Second+300*time.Millisecond+w.server.latency)
	})
}

// pains.md: an answer without a refresh token erases the old one
func TestTheOldRefreshTokenIsKept(t *testing.T) {
	tests := []struct{ name, refresh, want string }{
		{"none", ``, "refresh-token-1-of-ann"},
		{"null", `,"refresh_token":null`, "refresh-token-1-of-ann"},
		{"empty", `,"refresh_token":""`, "refresh-token-1-of-ann"},
		{"a new one", `,"refresh_token":"new"`, "new"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				w.server.answers(text(200, `{"access_token":"another"`+test.refresh+`}`))
				tab.fetch()
				is(t, "the session's", tab.Session().Refresh, test.want)
				is(t, "the stored one", w.store.record(t).Refresh, test.want)
				is(t, "the access token", tab.access(), "another")
			})
		})
	}
}

func TestARefreshTokenThatDoesNotRotate(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.stable = true
		tab := w.signedIn()
		for range 3 {
			w.server.revoke()
			is(t, "status", tab.fetch().status, 200)
		}
		one := "refresh-token-1-of-ann"
		same(t, "presented", w.server.presented(refreshURL), one, one, one)
	})
}

// IsFinal replaces the rule, sees the error, and may block: nothing is held.
func TestIsFinalDecides(t *testing.T) {
	tests := []struct {
		name   string
		answer step
		final  bool
	}{
		{"400 is not", status(400), false},
		{"403 is not", status(403), false},
		{"503 is", status(503), true},
		{"404 is", status(404), true},
		{"offline is", offline, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				var asked []*Error
				var tab *tab
				tab = w.signedIn(func(c *Config) {
					c.IsFinal = func(_ context.Context, err *Error) bool {
						asked = append(asked, err)
						is(t, "the lock is held", w.lock.held(), false)
						is(t, "signed in", tab.Session() != nil, true)
						time.Sleep(3 * time.Second)
						return test.final
					}
				})
				w.server.revoke()
				w.server.keeps(test.answer)
				failed(t, "the request", tab.fetch().err, CodeRefreshFailed, !test.final)
				if len(asked) == 0 || asked[0].Code != CodeRefreshFailed {
					t.Errorf("IsFinal was asked about %v", asked)
				}
				is(t, "signed in", tab.Session() != nil, !test.final)
				same(t, "handler", tab.app.calls(), []string{CodeRefreshFailed}[:int(one(test.final))]...)
			})
		})
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// An IsFinal that never answers is cut off, with the time of an attempt.
func TestIsFinalThatHangs(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Retry.Attempts = 1
			c.IsFinal = func(ctx context.Context, err *Error) bool {
				<-ctx.Done()
				return false
			}
		})
		w.server.revoke()
		w.server.keeps(status(400))
		start := time.Now()
		failed(t, "the request", tab.fetch().err, CodeRefreshFailed, true)
		is(t, "took", time.Since(start), 10*time.Second+2*w.server.latency)
	})
}

func TestASessionThatCannotBeRenewed(t *testing.T) {
	noRefresh := func(c *Config) { c.Refresh = nil }
	tests := []struct {
		name    string
		change  func(*Config)
		body    func(g grant) string
		status  int    // what becomes of a request that is refused
		code    string // what the handler hears of
		problem string
	}{
		{"no refresh token", func(*Config) {}, func(g grant) string { return `{"access_token":"` + g.access + `"}` },
			0, CodeRefreshFailed, "Failed to refresh token: the session has no refresh token"},
		{"no refresh is configured", noRefresh, nil,
			401, CodeNotSignedIn, "The access token was refused, and no `refresh` is configured"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.body = test.body
				tab := w.signedIn(test.change)

				_, err := tab.Refresh()
				failed(t, "asking for it", err, CodeRefreshFailed, true)
				is(t, "a request", tab.fetch().status, 200)
				same(t, "handler", tab.app.calls())

				w.server.revoke()
				o := tab.fetch()
				is(t, "a request that is refused", o.status, test.status)
				same(t, "handler", tab.app.calls(), test.code)
				is(t, "message", tab.app.failures[0].Message, test.problem)
				is(t, "signed in", tab.Session() != nil, false)
				is(t, "stored", w.store.record(t).SignedIn(), false)
				is(t, "refreshes", w.server.refreshes(), 0)
			})
		})
	}
}

// pains.md: an early refresh that fails kills a session that still works
func TestAnAccessTokenThatWorksIsNeverDropped(t *testing.T) {
	tests := []struct {
		name   string
		answer step
	}{
		{"refused", status(400)},
		{"unauthorized", status(401)},
		{"busy", status(429)},
		{"broken", status(500)},
		{"offline", offline},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				access := tab.access()
				time.Sleep(58 * time.Minute)
				w.server.keeps(test.answer)
				for range 110 { // seconds; the last ten of them it has a minute left and less
					time.Sleep(time.Second)
					if o := tab.fetch(); o.status != 200 {
						t.Fatalf("a request: got %v; want 200", o)
					}
				}
				is(t, "access token", tab.access(), access)
				is(t, "stored", w.store.record(t).Access, access)
				same(t, "handler", tab.app.calls())
				if w.server.refreshes() == 0 {
					t.Error("got no refresh ahead of time; want one")
				}
			})
		})
	}
}

// Once it has expired, the refusal counts, and the handler is called.
func TestARefusalAheadOfTimeIsFinalInTheEnd(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(status(400))
		time.Sleep(59*time.Minute + 59*time.Second)
		is(t, "refreshes ahead of time", w.server.refreshes(), 1)
		is(t, "status", tab.fetch().status, 200)
		time.Sleep(time.Second)
		failed(t, "a request", tab.fetch().err, CodeRefreshFailed, false)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
		is(t, "refreshes", w.server.refreshes(), 2)
		same(t, "events", tab.app.heard(), "signin", "refresherror", "signout", "refresherror")
	})
}

// A refusal of the access token that an early refresh could not replace.
func TestARefusedTokenAfterARefusalAheadOfTime(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(status(400))
		time.Sleep(59*time.Minute + 10*time.Second)
		w.server.revoke()
		failed(t, "a request", tab.fetch().err, CodeRefreshFailed, false)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
	})
}

// A request that joins a refresh ahead of time needs it: then a refusal is final.
func TestARefreshAheadOfTimeThatIsNeededAfterAll(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
			_ = sleep(ctx, 5*time.Second)
			return s.reply(400, "", ""), nil
		})
		time.Sleep(59*time.Minute + time.Second)
		w.server.revoke()
		failed(t, "a request", tab.fetch().err, CodeRefreshFailed, false)
		is(t, "refreshes", w.server.refreshes(), 1)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
	})
}

// In the cookie mode there is no refresh token to remember as refused.
func TestARefusalAheadOfTimeIsNotRepeatedWithACookie(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *world) func(*Config)
	}{
		{"a cookie", func(*world) func(*Config) { return cookie }},
		{"a function without a refresh token", func(w *world) func(*Config) {
			return func(c *Config) {
				c.Refresh = &Endpoint{Func: func(ctx context.Context, _ string) (Reply, error) {
					return w.server.Do(ctx, endpoint.Call{URL: refreshURL})
				}}
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.body = func(g grant) string { return `{"access_token":"` + g.access + `","expires_in":3600}` }
				tab := w.signedIn(test.change(w))
				w.server.keeps(status(401))
				time.Sleep(59*time.Minute + 50*time.Second)
				is(t, "a request", tab.fetch().status, 200)
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

func cookie(c *Config) {
	c.Refresh = &Endpoint{Spec: endpoint.Spec{URL: refreshURL, Cookie: true}}
	c.Signout = &Endpoint{Spec: endpoint.Spec{URL: signoutURL, Cookie: true}}
}

// The handler runs once for each refresh that ends a session, when everything is
// settled and nothing is held.
func TestTheHandlerRunsOnce(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			is(t, "signed in", tab.Session() != nil, false)
			is(t, "the lock is held", w.lock.held(), false)
			is(t, "stored tokens", w.store.record(t).SignedIn(), false)
			time.Sleep(time.Second)
			return Given{}, nil
		}
		var waiting []*pending
		for range 20 {
			waiting = append(waiting, tab.start(&Request{URL: api}))
		}
		var first *Error
		for _, p := range waiting {
			o := p.wait()
			failed(t, "a request", o.err, CodeRefreshFailed, false)
			if first == nil {
				first = o.err
			}
			is(t, "the same error", o.err, first)
		}
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
		is(t, "the handler's error", tab.app.failures[0], first)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// What a handler may do about the end of a session, and what becomes of a
// request that waits.
func TestWhatAHandlerMayAnswer(t *testing.T) {
	type handler = func(t *testing.T, w *world, tab *tab) (Given, error)
	tests := []struct {
		name    string
		handler handler
		status  int // 0 for refresh_failed
		want    string
	}{
		{"nothing", func(*testing.T, *world, *tab) (Given, error) { return Given{}, nil }, 0, ""},
		{"it throws", func(*testing.T, *world, *tab) (Given, error) { return Given{}, errors.New("thrown") }, 0, ""},
		{"no tokens", func(t *testing.T, _ *world, _ *tab) (Given, error) { return given(t, map[string]any{"ok": true}), nil }, 0, ""},
		{"a token that no header can carry", func(t *testing.T, _ *world, _ *tab) (Given, error) {
			return given(t, map[string]any{"access_token": "Bearer x"}), nil
		}, 0, ""},
		{"a token", func(_ *testing.T, w *world, _ *tab) (Given, error) {
			w.server.judge = only("Bearer from-the-handler")
			return Given{Access: "from-the-handler"}, nil
		}, 200, "from-the-handler"},
		{"tokens", func(t *testing.T, w *world, _ *tab) (Given, error) {
			w.server.judge = only("Bearer from-the-handler")
			return given(t, map[string]any{"accessToken": "from-the-handler", "refreshToken": "r", "expiresIn": 60}), nil
		}, 200, "from-the-handler"},
		{"it signs in itself", func(_ *testing.T, _ *world, tab *tab) (Given, error) {
			tab.signin("ann")
			return Given{}, nil
		}, 200, "access-token-2-of-ann"},
		{"it sets tokens itself", func(_ *testing.T, w *world, tab *tab) (Given, error) {
			w.server.judge = only("Bearer set")
			if err := tab.SetTokens(Given{Access: "set"}); err != nil {
				return Given{}, err
			}
			return Given{}, nil
		}, 200, "set"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.end()
				tab.app.handler = func(context.Context, *Error) (Given, error) {
					time.Sleep(30 * time.Second) // a person, at a dialog
					return test.handler(t, w, tab)
				}
				waiting := []*pending{tab.start(&Request{URL: api}), tab.start(&Request{URL: api})}
				for _, p := range waiting {
					o := p.wait()
					is(t, "status", o.status, test.status)
					if test.status == 0 {
						failed(t, "a request", o.err, CodeRefreshFailed, false)
					}
				}
				is(t, "access token", tab.access(), test.want)
				same(t, "handler", tab.app.calls(), CodeRefreshFailed)
			})
		})
	}
}

// only accepts one credential.
func only(credential string) func(string) int {
	return func(sent string) int {
		if sent == credential {
			return 200
		}
		return 401
	}
}

// pains.md: the refresh waits for itself
func TestAHandlerThatUsesTheClientDoesNotWaitForItself(t *testing.T) {
	uses := []struct {
		name string
		use  func(t *testing.T, tab *tab)
	}{
		{"a request", func(t *testing.T, tab *tab) {
			o := tab.fetch()
			is(t, "its status", o.status, 401)
			same(t, "its credentials", o.sent, "")
		}},
		{"a forced request", func(t *testing.T, tab *tab) {
			is(t, "its status", tab.do(Request{URL: api, Force: true, Refresh: Always}).status, 401)
		}},
		{"getToken", func(t *testing.T, tab *tab) {
			s, err := tab.Get(0, false)
			if s != nil || err != nil {
				t.Errorf("Get: got %v, %v; want nothing", s, err)
			}
		}},
		{"refresh", func(t *testing.T, tab *tab) {
			_, err := tab.Refresh()
			failed(t, "Refresh", err, CodeNotSignedIn, false)
		}},
		{"getSession", func(t *testing.T, tab *tab) { is(t, "signed in", tab.Session() != nil, false) }},
	}
	modes := []struct {
		name   string
		change func(*Config)
	}{{"a token", func(*Config) {}}, {"a cookie", cookie}}
	for _, mode := range modes {
		for _, use := range uses {
			t.Run(mode.name+", "+use.name, func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					tab := w.signedIn(mode.change)
					w.server.end()
					w.server.keeps(status(401))
					tab.app.handler = func(context.Context, *Error) (Given, error) {
						use.use(t, tab)
						return Given{}, nil
					}
					start := time.Now()
					failed(t, "the request", tab.fetch().err, CodeRefreshFailed, false)
					if took := time.Since(start); took > time.Second {
						t.Errorf("it took %v; want no waiting", took)
					}
					same(t, "handler", tab.app.calls(), CodeRefreshFailed)
				})
			})
		}
	}
}

// A handler that signs out, as many do before they show a login page, does not
// change what the waiting requests hear.
func TestAHandlerThatSignsOut(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			if err := tab.Signout(); err != nil {
				t.Errorf("Signout: got %v", err)
			}
			return Given{}, nil
		}
		failed(t, "the request", tab.fetch().err, CodeRefreshFailed, false)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
		same(t, "events", tab.app.heard(), "signin", "signout", "refresherror")
	})
}

// A handler that never answers is not waited for for ever.
func TestAHandlerThatHangs(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		tab.app.handler = func(ctx context.Context, _ *Error) (Given, error) {
			<-ctx.Done()
			return Given{}, ctx.Err()
		}
		start := time.Now()
		failed(t, "the request", tab.fetch().err, CodeRefreshFailed, false)
		is(t, "took", time.Since(start), handlerBound+2*w.server.latency)
	})
}

// What comes back late with the token of a session that has ended hears what the
// others heard, and nobody is called again.
func TestALateRefusalAfterTheEnd(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		handling := make(chan struct{})
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			<-handling
			return Given{}, nil
		}
		early := tab.start(&Request{URL: api})
		during := tab.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Second); return 401 })
		late := tab.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Minute); return 401 })
		time.Sleep(2 * time.Second)
		is(t, "one that came while the handler ran is over", during.over(), false)
		close(handling)
		first := early.wait()
		failed(t, "the first", first.err, CodeRefreshFailed, false)
		is(t, "the one during", during.wait().err, first.err)
		is(t, "the late one", late.wait().err, first.err)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// pains.md: fifty login tabs at once
func TestTheHandlerRunsOncePerSession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		tab.fetch()
		for range 50 { // an application that polls does not stop for a login page
			is(t, "status", tab.fetch().status, 401)
		}
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)

		tab.signin("ann")
		w.server.end()
		tab.fetch()
		tab.fetch()
		same(t, "handler", tab.app.calls(), CodeRefreshFailed, CodeRefreshFailed)
	})
}

// Without any session, the handler hears so, once, and the 401 is handed back.
func TestNobodyIsSignedIn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		waiting := []*pending{tab.start(&Request{URL: api}), tab.start(&Request{URL: api})}
		for _, p := range append(waiting, tab.start(&Request{URL: api})) {
			o := p.wait()
			is(t, "status", o.status, 401)
			same(t, "credentials", o.sent, "")
		}
		is(t, "later", tab.fetch().status, 401)
		same(t, "handler", tab.app.calls(), CodeNotSignedIn)
		same(t, "events", tab.app.heard())
		is(t, "calls of the server", len(w.server.calls), 0)

		// After a sign-in and a sign-out, somebody else is not signed in.
		tab.signin("ann")
		_ = tab.Signout()
		is(t, "after a sign-out", tab.fetch().status, 401)
		same(t, "handler", tab.app.calls(), CodeNotSignedIn, CodeNotSignedIn)
	})
}

// And what it answers lets the request go on.
func TestAHandlerSignsIn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			tab.signin("ann")
			return Given{}, nil
		}
		o := tab.fetch()
		is(t, "status", o.status, 200)
		same(t, "credentials", o.sent, "", "Bearer access-token-1-of-ann")
	})
}

// With a refresh token in a cookie, only the server knows whether there is a
// session.
func TestTheCookieMode(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		granted := func(_ context.Context, s *server, _ endpoint.Call) (Reply, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.grantAccess("ann", new(bool), ""), nil
		}
		w.server.keeps(granted)
		tab := w.open(cookie)
		first, second := tab.start(&Request{URL: api}), tab.start(&Request{URL: api})
		for _, p := range []*pending{first, second} {
			o := p.wait()
			is(t, "status", o.status, 200)
			same(t, "credentials", o.sent, "", "Bearer access-token-1-of-ann")
		}
		is(t, "refreshes", w.server.refreshes(), 1)
		call := w.server.first(refreshURL)
		is(t, "body", call.HasBody, false)
		is(t, "credentials", call.Credentials, "include")
		is(t, "keepalive", call.KeepAlive, true)

		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "stored refresh token", w.store.record(t).Refresh, "")
	})
}

// And once it has said that there is none, it is not asked again.
func TestACookieWithoutASession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.keeps(status(401))
		tab := w.open(cookie)
		for range 5 {
			is(t, "status", tab.fetch().status, 401)
		}
		is(t, "refreshes", w.server.refreshes(), 1)
		same(t, "handler", tab.app.calls(), CodeNotSignedIn)
		s, err := tab.Get(0, false)
		if s != nil || err != nil {
			t.Errorf("Get: got %v, %v; want nothing", s, err)
		}
		is(t, "refreshes", w.server.refreshes(), 1)

		tab.signin("ann")
		is(t, "signed in", tab.fetch().status, 200)
	})
}

// Asking for a token is no request: nobody has to sign in for it.
func TestGetWithACookieCallsNoHandler(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.keeps(status(401))
		tab := w.open(cookie)
		s, err := tab.Get(0, false)
		if s != nil || err != nil {
			t.Errorf("Get: got %v, %v; want nothing", s, err)
		}
		same(t, "handler", tab.app.calls())
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// A server may send the refresh token in the body as well; it stays out of the
// storage all the same.
func TestTheCookieModeStoresNoRefreshToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(cookie)
		is(t, "after the sign-in", w.store.record(t).Refresh, "")
		w.server.keeps(text(200, `{"access_token":"b","refresh_token":"in-the-body","expires_in":60}`))
		if _, err := tab.Refresh(); err != nil {
			t.Errorf("Refresh: got %v", err)
		}
		is(t, "after a refresh", w.store.record(t).Refresh, "")
	})
}

// A refresh that is a function of the application gets the token, and has the
// same deadline.
func TestARefreshFunction(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		var got []string
		var mu sync.Mutex
		tab := w.signedIn(func(c *Config) {
			c.Refresh = &Endpoint{Func: func(ctx context.Context, refresh string) (Reply, error) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, refresh)
				if len(got) == 1 {
					start := time.Now()
					<-ctx.Done()
					is(t, "the deadline", time.Since(start), 10*time.Second)
					return Reply{}, ctx.Err()
				}
				return w.server.reply(200, `{"token":"x","access_token":"by-a-function"}`, ""), nil
			}}
		})
		w.server.revoke()
		tab.fetch()
		is(t, "access token", tab.access(), "by-a-function")
		same(t, "arguments", got, "refresh-token-1-of-ann", "refresh-token-1-of-ann")
	})
}

// The refresh goes through the Doer and never through the rules for requests,
// and what the application's requests say to its endpoints does not wait.
func TestARequestToTheRefreshEndpointDoesNotWait(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(slow(time.Second))
		p := tab.start(&Request{URL: api})
		time.Sleep(100 * time.Millisecond)
		start := time.Now()
		for _, url := range []string{refreshURL, refreshURL + "?x=1", signinURL, signoutURL} {
			same(t, url, tab.do(Request{URL: url}).sent, "untouched")
		}
		is(t, "took", time.Since(start), 4*w.server.latency)
		is(t, "status", p.wait().status, 200)
	})
}

// A turn that is over while the request stands in the queue is not taken.
func TestARefreshThatIsNotNeededAnyMore(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		release, _ := w.lock.Lock(context.Background(), false)
		p := tab.start(&Request{URL: api})
		synctest.Wait()
		time.Sleep(time.Second)
		tab.signin("ann")
		is(t, "status", p.wait().status, 200)
		release()
		synctest.Wait()
		is(t, "refreshes", w.server.refreshes(), 0)
		is(t, "the lock is held", w.lock.held(), false)
	})
}
