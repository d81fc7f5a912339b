package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// pains.md: the token is sent to a stranger's host
func TestWhoCarriesTheToken(t *testing.T) {
	const bearer = "Bearer access-token-1-of-ann"
	origins := []string{"https://api.example.com", "https://example.com:8443", "http://localhost:3000"}
	tests := []struct {
		url  string
		sent string
	}{
		{"https://api.example.com/me", bearer},
		{"https://api.example.com", bearer},
		{"https://api.example.com/", bearer},
		{"https://api.example.com?x", bearer},
		{"https://api.example.com#x", bearer},
		{"https://ann@api.example.com/me", bearer},
		{"https://example.com:8443/", bearer},
		{"http://localhost:3000/a?b#c", bearer},
		// By prefix these would do.
		{"https://api.example.com.evil.test/me", "untouched"},
		{"https://api.example.comevil.test/me", "untouched"},
		{"https://api.example.com@evil.test/me", "untouched"},
		{"https://api.example.com:password@evil.test/me", "untouched"},
		{"https://api.example.com:8080/me", "untouched"},
		{"http://localhost:30000/", "untouched"},
		{"http://localhost/", "untouched"},
		// And by suffix or by parts these.
		{"https://evil.api.example.com/me", "untouched"},
		{"https://evil.test/https://api.example.com/me", "untouched"},
		{"https://evil.test/?https://api.example.com/me", "untouched"},
		{"https://example.com/", "untouched"},
		{"http://api.example.com/me", "untouched"},
		{"http://example.com:8443/", "untouched"},
		{"wss://api.example.com/me", "untouched"},
		{"ftp://api.example.com/me", "untouched"},
		// What is no origin at all.
		{"", "untouched"},
		{"/me", "untouched"},
		{"//api.example.com/me", "untouched"},
		{"data:text/plain,https://api.example.com", "untouched"},
		{"blob:https://api.example.com/1", "untouched"},
		{"about:blank", "untouched"},
		{`https://api.example.com\@evil.test/`, "untouched"},
		{"https:///api.example.com/", "untouched"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) { c.Origins = origins })
				same(t, "sent", tab.do(Request{URL: test.url}).sent, test.sent)
			})
		})
	}
}

// A redirect may have led to a stranger, who never saw the token: what he refuses
// says nothing about it.
func TestAStrangersRefusal(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		v := tab.Unauthorized(&Request{URL: "https://evil.test/"}, "Bearer access-token-1-of-ann")
		is(t, "act", v.Act, Deliver)
		time.Sleep(time.Second)
		is(t, "refreshes", w.server.refreshes(), 0)
		is(t, "signed in", tab.Session() != nil, true)
	})
}

func TestNoOriginGetsNoToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		for _, origins := range [][]string{nil, {""}, {"null"}} {
			tab := w.signedIn(func(c *Config) { c.Origins = origins })
			for _, url := range []string{api, "", "null", "file:///etc/hosts"} {
				same(t, url, tab.do(Request{URL: url}).sent, "untouched")
			}
		}
	})
}

// The endpoints' own answers decide about the session: they carry no token, and
// none waits. What only looks like one of them is a request like any other.
func TestEndpointsAreUntouched(t *testing.T) {
	const bearer = "Bearer access-token-1-of-ann"
	tests := []struct{ url, sent string }{
		{signinURL, "untouched"},
		{refreshURL, "untouched"},
		{signoutURL, "untouched"},
		{refreshURL + "?a=b", "untouched"},
		{refreshURL + "#a", "untouched"},
		{refreshURL + "/", bearer},
		{refreshURL + "ed", bearer},
		{origin + "/api" + "/refresh", bearer},
		{origin + "/ref", bearer},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				same(t, "sent", tab.do(Request{URL: test.url}).sent, test.sent)
			})
		})
	}
}

// A function has no URL that a request could go to.
func TestEndpointsThatAreFunctions(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Refresh = &Endpoint{Func: func(context.Context, string) (Reply, error) { return Reply{}, errOffline }}
			c.Signout = nil
		})
		for _, url := range []string{refreshURL, signoutURL, origin + "/"} {
			same(t, url, tab.do(Request{URL: url}).sent, "Bearer access-token-1-of-ann")
		}
	})
}

// A request with a credential of its own is its caller's business, its 401 too.
func TestAnOwnCredentialIsLeftAlone(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		o := tab.do(Request{URL: api, Own: true})
		is(t, "status", o.status, 401)
		same(t, "sent", o.sent, "untouched")
		is(t, "refreshes", w.server.refreshes(), 0)

		tab = w.open()
		_ = tab.Signout()
		tab.do(Request{URL: api, Own: true})
		same(t, "handler", tab.app.calls())
	})
}

func TestHowTheTokenIsSent(t *testing.T) {
	tests := []struct{ scheme, want string }{
		{"Bearer", "Bearer access-token-1-of-ann"},
		{"JWT", "JWT access-token-1-of-ann"},
		{"", "access-token-1-of-ann"},
	}
	for _, test := range tests {
		t.Run(test.scheme, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) { c.Scheme = test.scheme })
				w.server.judge = func(sent string) int {
					if sent == test.want {
						return 401
					}
					return 200
				}
				o := tab.fetch()
				is(t, "status", o.status, 200)
				is(t, "first", o.sent[0], test.want)
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

// What a request and the configuration say about refreshing. alive, expired and
// refused are what becomes of requests whose token is so.
func TestWhetherARequestRefreshes(t *testing.T) {
	const never, once = 0, 1
	tests := []struct {
		name    string
		auto    bool
		request Request
		alive   int // refreshes
		expired int
		refused int
	}{
		{"as configured", true, Request{}, never, once, once},
		{"never", true, Request{Refresh: Never}, never, never, never},
		{"always", true, Request{Refresh: Always}, never, once, once},
		{"forced", true, Request{Force: true, Refresh: Always}, once, once, once},
		{"off: as configured", false, Request{}, never, never, never},
		{"off: never", false, Request{Refresh: Never}, never, never, never},
		{"off: always", false, Request{Refresh: Always}, never, once, once},
		{"off: forced", false, Request{Force: true, Refresh: Always}, once, once, once},
	}
	for _, test := range tests {
		states := []struct {
			name   string
			change func(w *world)
			want   int
		}{
			{"alive", func(w *world) {}, test.alive},
			{"expired", func(w *world) { time.Sleep(time.Hour) }, test.expired},
			{"refused", func(w *world) { w.server.revoke() }, test.refused},
		}
		for _, state := range states {
			t.Run(test.name+", "+state.name, func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					tab := w.signedIn(func(c *Config) { c.AutoRefresh = test.auto })
					tab.app.hide(true) // the timer has nothing to do with this
					state.change(w)
					r := test.request
					r.URL = api
					o := tab.do(r)
					is(t, "refreshes", w.server.refreshes(), state.want)
					ok := state.want == once || state.name == "alive"
					is(t, "accepted", o.status == 200, ok)
					is(t, "status", o.status == 401, !ok)
					is(t, "signed in", tab.Session() != nil, true)
					same(t, "handler", tab.app.calls())
				})
			})
		}
	}
}

// A server's rendering has no user whose session a 401 could end.
func TestWithoutAutoRefreshNothingHappensByItself(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.AutoRefresh = false })
		time.Sleep(59*time.Minute + 30*time.Second)
		is(t, "status", tab.fetch().status, 200)
		time.Sleep(time.Hour)
		is(t, "status", tab.fetch().status, 401)
		is(t, "refreshes", w.server.refreshes(), 0)
		_ = tab.Signout()
		is(t, "signed out", tab.fetch().status, 401)
		same(t, "handler", tab.app.calls())
	})
}

// A token that has expired is not sent, since there is a better one to be had.
func TestAnExpiredTokenIsRefreshedFirst(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.hide(true)
		time.Sleep(time.Hour)
		same(t, "sent", tab.fetch().sent, "Bearer access-token-2-of-ann")
	})
}

// pains.md: the second of several 401s is rejected instead of waiting
func TestFiftyRefusalsAreOneRefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		var waiting []*pending
		for range 50 {
			waiting = append(waiting, tab.start(&Request{URL: api}))
		}
		for _, p := range waiting {
			o := p.wait()
			is(t, "status", o.status, 200)
			same(t, "sent", o.sent, "Bearer access-token-1-of-ann", "Bearer access-token-2-of-ann")
		}
		is(t, "refreshes", w.server.refreshes(), 1)
		is(t, "turns", w.lock.turns, 1)
	})
}

// They go on in the order in which they came to wait.
func TestTheOrderIsKept(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		var order []int
		for i := range 20 {
			r := &Request{URL: api, Resume: func(v Verdict) {
				is(t, "act", v.Act, Resend)
				order = append(order, i)
			}}
			is(t, "act", tab.Unauthorized(r, tab.Authorize(r).Credential).Act, Wait)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for i, got := range order {
			is(t, "order", got, i)
		}
		is(t, "resumed", len(order), 20)
	})
}

// pains.md: two refreshes back to back; the second gets `invalid_grant`
func TestALateRefusalOfAnOldTokenIsReplayed(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		late := tab.startWith(&Request{URL: api}, w.server.lateTo("Bearer access-token-1-of-ann", 10*time.Second))
		is(t, "status", tab.fetch().status, 200)
		o := late.wait()
		is(t, "status", o.status, 200)
		same(t, "sent", o.sent, "Bearer access-token-1-of-ann", "Bearer access-token-2-of-ann")
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// But not with a token that has expired meanwhile as well: it is sent once more only.
func TestALateRefusalOfAnOldTokenWaitsWhereTheNewOneHasExpired(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.hide(true) // nothing is refreshed ahead of time
		w.server.revoke()
		late := tab.startWith(&Request{URL: api}, w.server.lateTo("Bearer access-token-1-of-ann", w.server.lifetime+time.Minute))
		is(t, "status", tab.fetch().status, 200)
		o := late.wait()
		is(t, "status", o.status, 200)
		same(t, "sent", o.sent, "Bearer access-token-1-of-ann", "Bearer access-token-3-of-ann")
		is(t, "refreshes", w.server.refreshes(), 2)
	})
}

// Nor for another user's refresh, who has signed in meanwhile: it gets its answer.
func TestALateRefusalOfAnotherUsersTokenRefreshesNothing(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.jwt = true
		tab := w.signedIn()
		tab.app.hide(true)
		late := tab.startWith(&Request{URL: api}, func(string) int {
			time.Sleep(w.server.lifetime + time.Minute)
			return 401
		})
		time.Sleep(time.Second)
		tab.signin("bob")
		w.server.keeps(status(503))
		is(t, "status", late.wait().status, 401)
		is(t, "refreshes", w.server.refreshes(), 0)
	})
}

// One that set out signed out goes again once somebody has signed in.
func TestALateRefusalFromBeforeASignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		late := tab.startWith(&Request{URL: api}, w.server.lateTo("", time.Second))
		tab.signin("ann")
		o := late.wait()
		is(t, "status", o.status, 200)
		same(t, "sent", o.sent, "", "Bearer access-token-1-of-ann")
		same(t, "handler", tab.app.calls())
	})
}

// pains.md: an endless refresh loop takes the server down
func TestARequestIsSentOnceMoreAtMost(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.judge = func(string) int { return 401 }
		o := tab.fetch()
		is(t, "status", o.status, 401)
		same(t, "sent", o.sent, "Bearer access-token-1-of-ann", "Bearer access-token-2-of-ann")
		is(t, "refreshes", w.server.refreshes(), 1)
		is(t, "signed in", tab.Session() != nil, true)
		same(t, "handler", tab.app.calls())
	})
}

// A request of one user is never sent again as another.
func TestAnotherUsersTokenIsNotForThisRequest(t *testing.T) {
	tests := []struct {
		name string
		jwt  bool
		user string
		sent int
	}{
		{"the same user", true, "ann", 2},
		{"another user", true, "bob", 1},
		{"who knows", false, "bob", 2},
	}
	for _, test := range tests {
		moments := []struct {
			name string
			late bool // the refusal comes after the sign-in; otherwise it waits for a refresh
		}{{"late", true}, {"waiting", false}}
		for _, moment := range moments {
			t.Run(test.name+", "+moment.name, func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					w.server.jwt = test.jwt
					tab := w.signedIn()
					old := tab.access()
					w.server.revoke()
					w.server.keeps(hang)
					p := tab.startWith(&Request{URL: api}, func(sent string) int {
						if moment.late && sent == "Bearer "+old {
							time.Sleep(2 * time.Second)
						}
						return w.server.api(sent)
					})
					time.Sleep(time.Second)
					tab.signin(test.user)
					o := p.wait()
					is(t, "sendings", len(o.sent), test.sent)
					is(t, "status", o.status, map[int]int{1: 401, 2: 200}[test.sent])
				})
			})
		}
	}
}

// A request's signal frees it at once, and the refresh goes on for the others.
func TestARequestIsForgotten(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(slow(time.Second))
		first, second := tab.start(&Request{URL: api}), tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		tab.abort(first)
		is(t, "the first is over", first.over(), true)
		is(t, "the second is over", second.over(), false)
		o := second.wait()
		is(t, "status", o.status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
		same(t, "the first was sent", first.sent, "Bearer access-token-1-of-ann")
	})
}

// Also where nobody is left to wait: a refresh token that was sent is used up.
func TestARefreshOutlivesAllWhoWait(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(slow(time.Second))
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		tab.abort(p)
		tab.Forget(p.request) // twice does no harm
		tab.Forget(&Request{})
		time.Sleep(time.Second)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-ann")
		tab.Forget(p.request)
	})
}

// A request without a token that nobody waits for any more calls no handler.
func TestAForgottenRequestCallsNoHandler(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		r := &Request{URL: api, Resume: func(v Verdict) { t.Errorf("resumed with %+v", v) }}
		// A refresh traces its start before its goroutine begins, which would end it at
		// once: this is the one moment that is certain to come between.
		tab.app.tracing = func(e Trace) {
			if e.Type == "refresh.start" {
				tab.Forget(r)
			}
		}
		v := tab.Authorize(r)
		is(t, "act", tab.Unauthorized(r, v.Credential).Act, Wait)
		same(t, "handler", tab.app.calls())
	})
}

// Requests that come while a refresh is under way.
func TestRequestsDuringARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(slow(5 * time.Second))
		time.Sleep(59*time.Minute + time.Second)
		is(t, "refreshes", w.server.refreshes(), 1) // ahead of time
		start := time.Now()
		o := tab.fetch()
		is(t, "status", o.status, 200)
		is(t, "took", o.at.Sub(start), w.server.latency) // the token works
		w.server.revoke()
		o = tab.fetch()
		same(t, "sent", o.sent, "Bearer access-token-1-of-ann", "Bearer access-token-2-of-ann")
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// forceRefresh does not hold for a request's replay, and shares a refresh.
func TestForcedRequestsShareARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		var waiting []*pending
		for range 5 {
			waiting = append(waiting, tab.start(&Request{URL: api, Force: true, Refresh: Always}))
		}
		for _, p := range waiting {
			same(t, "sent", p.wait().sent, "Bearer access-token-2-of-ann")
		}
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

func TestAForcedRequestWithoutASession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		o := tab.do(Request{URL: api, Force: true, Refresh: Always})
		is(t, "status", o.status, 401)
		same(t, "sent", o.sent, "")

		w.server.keeps(status(401))
		tab = w.open(cookie)
		o = tab.do(Request{URL: api, Force: true, Refresh: Always})
		is(t, "status", o.status, 401)
		same(t, "sent", o.sent, "")
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// A forced request goes out with what there is where nothing can be refreshed.
func TestAForcedRequestThatCannotRefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Refresh = nil })
		is(t, "status", tab.do(Request{URL: api, Force: true, Refresh: Always}).status, 200)
	})
}

// Stored keys of an application may hold a refresh token alone.
func TestASessionWithoutAnAccessToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.signedIn()
		w.store.write(nil, keys.Encode(token.Record{Generation: 2, Tokens: token.Tokens{Refresh: "refresh-token-1-of-ann"}}))
		tab := w.open()
		same(t, "sent", tab.fetch().sent, "Bearer access-token-2-of-ann")

		w.store.write(nil, keys.Encode(token.Record{Generation: 9, Tokens: token.Tokens{Refresh: "refresh-token-2-of-ann"}}))
		tab = w.open()
		same(t, "never", tab.do(Request{URL: api, Refresh: Never}).sent, "")
	})
}

// Deciding about a request calls nobody and waits for nobody.
func TestDecisionsDoNotBlock(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		release, _ := w.lock.Lock(context.Background(), false)
		defer release()
		w.server.revoke()
		for i, decide := range []func(r *Request) Verdict{
			tab.Authorize,
			func(r *Request) Verdict { return tab.Unauthorized(r, "Bearer access-token-1-of-ann") },
		} {
			start := time.Now()
			decide(&Request{URL: api, Resume: func(Verdict) {}})
			is(t, fmt.Sprint("decision ", i, " took"), time.Since(start), 0)
		}
		synctest.Wait()
	})
}

func TestGet(t *testing.T) {
	tests := []struct {
		name      string
		after     time.Duration
		least     time.Duration
		force     bool
		refreshes int
	}{
		{"fresh", 0, 0, false, 0},
		{"forced", 0, 0, true, 1},
		{"valid for long enough", 30 * time.Minute, 30*time.Minute - time.Second, false, 0},
		{"valid for too short", 30 * time.Minute, 30 * time.Minute, false, 1},
		{"its last second", time.Hour - time.Second, 0, false, 1}, // in the background
		{"expired", time.Hour, 0, false, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				tab.app.hide(true)
				time.Sleep(test.after)
				s, err := tab.Get(test.least.Milliseconds(), test.force)
				if err != nil {
					t.Fatalf("got %v", err)
				}
				time.Sleep(time.Second)
				is(t, "refreshes", w.server.refreshes(), test.refreshes)
				background := test.name == "its last second"
				is(t, "a new one", s.Access == "access-token-2-of-ann", test.refreshes == 1 && !background)
			})
		})
	}
}

func TestGetSharesARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		p := tab.start(&Request{URL: api})
		got := make(chan *token.Tokens, 2)
		for range 2 {
			go func() {
				s, _ := tab.Refresh()
				got <- s
			}()
		}
		is(t, "access token", (<-got).Access, "access-token-2-of-ann")
		is(t, "access token", (<-got).Access, "access-token-2-of-ann")
		is(t, "status", p.wait().status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

func TestGetWithoutASession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		s, err := tab.Get(0, true)
		if s != nil || err != nil {
			t.Errorf("Get: got %v, %v; want nothing", s, err)
		}
		_, err = tab.Refresh()
		failed(t, "Refresh", err, CodeNotSignedIn, false)
		same(t, "handler", tab.app.calls())
	})
}

func TestGetWhenTheRefreshFails(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(offline)
		_, err := tab.Get(0, true)
		failed(t, "offline", err, CodeRefreshFailed, true)
		w.server.keeps(status(400))
		_, err = tab.Get(0, true)
		failed(t, "refused", err, CodeRefreshFailed, false)
		s, err := tab.Get(0, false)
		if s != nil || err != nil {
			t.Errorf("afterwards: got %v, %v; want nothing", s, err)
		}
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
	})
}

// Nothing can be refreshed: a token that has expired is still the application's
// to have a look at, and asking for it ends no session.
func TestGetWithoutARefreshDoesNotEndTheSession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Refresh = nil })
		s, err := tab.Get((2 * time.Hour).Milliseconds(), false)
		failed(t, "for longer than it lives", err, CodeRefreshFailed, true)
		if s != nil {
			t.Errorf("got %v; want nothing", s)
		}
		is(t, "status", tab.fetch().status, 200)
	})
}
