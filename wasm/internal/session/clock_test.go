package session

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// A token is refreshed ahead of time, by a timer, without any request.
func TestTheTimerRefreshesAheadOfTime(t *testing.T) {
	tests := []struct {
		name     string
		lifetime time.Duration
		before   time.Duration
		want     time.Duration // after the sign-in
	}{
		{"a minute before", time.Hour, time.Minute, 59 * time.Minute},
		{"when it is due", time.Hour, 0, 0}, // it has expired by then: nobody has used it
		{"half its life", time.Minute, time.Minute, 30 * time.Second},
		{"almost half its life", 2 * time.Minute, time.Minute, time.Minute},
		{"more than its life", 10 * time.Second, time.Hour, 5 * time.Second},
		{"a second", time.Second, time.Minute, 500 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.lifetime = test.lifetime
				tab := w.open(func(c *Config) { c.RefreshBefore = test.before.Milliseconds() })
				tab.signin("ann")
				start := time.Now()
				time.Sleep(test.lifetime - time.Millisecond)
				calls := w.server.asked(refreshURL)
				if test.want == 0 {
					time.Sleep(time.Minute)
					is(t, "refreshes", w.server.refreshes(), 0)
					return
				}
				if len(calls) == 0 {
					t.Fatal("got no refresh; want one")
				}
				is(t, "after", calls[0].at.Sub(start), test.want)
				if starts := tab.app.traced("refresh.start"); starts[0].Reason != "ahead" {
					t.Errorf("reason: got %q; want ahead", starts[0].Reason)
				}
			})
		})
	}
}

// While a tab lives, it stays signed in, at a steady pace.
func TestTheTimerGoesOn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		time.Sleep(24*time.Hour + time.Minute)
		is(t, "refreshes", w.server.refreshes(), 24) // one each 59 minutes
		is(t, "status", tab.fetch().status, 200)
		same(t, "handler", tab.app.calls())
	})
}

// A request near the expiry starts one too, and does not wait for it.
func TestARequestRefreshesAheadOfTime(t *testing.T) {
	tests := []struct {
		at   time.Duration
		want int
	}{
		{58*time.Minute + 59*time.Second, 0},
		{59 * time.Minute, 1},
		{59*time.Minute + 59*time.Second, 1},
	}
	for _, test := range tests {
		t.Run(test.at.String(), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				tab.app.hide(true)
				time.Sleep(test.at)
				start := time.Now()
				o := tab.fetch()
				same(t, "sent", o.sent, "Bearer access-token-1-of-ann")
				is(t, "took", o.at.Sub(start), w.server.latency)
				time.Sleep(time.Second)
				is(t, "refreshes", w.server.refreshes(), test.want)
			})
		})
	}
}

// pains.md: a timer past 2^31-1 ms fires at once
func TestATimerIsClamped(t *testing.T) {
	const most = math.MaxInt32 * time.Millisecond
	tests := []time.Duration{
		most - time.Millisecond, most, most + time.Millisecond, most + time.Minute,
		2 * most, 365 * 24 * time.Hour,
	}
	for _, lifetime := range tests {
		t.Run(lifetime.String(), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.lifetime = lifetime.Truncate(time.Second)
				tab := w.signedIn()
				// Go's own timers are not clamped: each look at the clock is a timer that
				// has fired, and none lasts longer than a browser's can.
				time.Sleep(w.server.lifetime - 2*time.Minute)
				is(t, "refreshes", w.server.refreshes(), 0)
				is(t, "looks at the clock", tab.app.looked(), int((w.server.lifetime-2*time.Minute)/most))
				time.Sleep(90 * time.Second)
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

// "Never" is a number too.
func TestTokensThatLastForEver(t *testing.T) {
	for _, never := range []string{"9007199254740991", "1e300", `"99999999999999999999"`, "253402300799"} {
		t.Run(never, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.lifetime = 0
				w.server.body = func(g grant) string {
					return `{"access_token":"` + g.access + `","refresh_token":"` + g.refresh + `","expires_in":` + never + `}`
				}
				tab := w.signedIn()
				time.Sleep(100 * 24 * time.Hour)
				is(t, "status", tab.fetch().status, 200)
				is(t, "refreshes", w.server.refreshes(), 0)
			})
		})
	}
}

func TestLifetimesAsServersSendThem(t *testing.T) {
	tests := []struct {
		fields string
		want   int64 // seconds from the receipt, 0 for unknown
	}{
		{``, 0},
		{`,"expires_in":3600`, 3600},
		{`,"expires_in":"3600"`, 3600},
		{`,"expires_in":"1h"`, 0},
		{`,"expires_in":null`, 0},
		{`,"expires_in":0`, 0},
		{`,"expires_in":-1`, 0},
		{`,"expires_in":0.5`, 0},
		{`,"expiresIn":60`, 60},
		{`,"expires_at":"2000-01-01T01:00:00Z"`, 3600},
		{`,"expires_in":60,"expires_at":"2000-01-01T01:00:00Z"`, 60},
	}
	for _, test := range tests {
		t.Run(test.fields, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.latency = 0
				w.server.body = func(g grant) string { return `{"access_token":"a"` + test.fields + `}` }
				tab := w.signedIn()
				s := tab.Session()
				got := int64(0)
				if s.ExpiresAt != 0 {
					got = (s.ExpiresAt - w.now()) / 1000
				}
				is(t, "seconds", got, test.want)
			})
		})
	}
}

// Of a token whose expiry nobody knows, only a 401 tells.
func TestATokenOfUnknownExpiry(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.lifetime = 0
		tab := w.signedIn()
		time.Sleep(30 * 24 * time.Hour)
		is(t, "status", tab.fetch().status, 200)
		is(t, "refreshes", w.server.refreshes(), 0)
		s, err := tab.Get((24 * time.Hour).Milliseconds(), false)
		is(t, "Get", err == nil && s.Access == tab.access(), true)
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// pains.md: a wrong clock refreshes without end, or serves dead tokens
func TestAWrongClock(t *testing.T) {
	for _, wrong := range []time.Duration{-10 * 365 * 24 * time.Hour, -2 * time.Hour, -time.Minute, time.Minute, 2 * time.Hour, 10 * 365 * 24 * time.Hour} {
		for _, jwt := range []bool{false, true} {
			t.Run(fmt.Sprint(wrong, ", JWT: ", jwt), func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					w.server.jwt = jwt
					w.jump(wrong)
					tab := w.signedIn()
					for range 10 {
						o := tab.fetch()
						is(t, "status", o.status, 200)
						is(t, "sendings", len(o.sent), 1)
						time.Sleep(time.Minute)
					}
					is(t, "refreshes", w.server.refreshes(), 0)
					time.Sleep(50 * time.Minute)
					is(t, "status", tab.fetch().status, 200)
					is(t, "refreshes", w.server.refreshes(), 1)
				})
			})
		}
	}
}

// A clock that is set while a session lives costs a refresh at most.
func TestAClockThatJumps(t *testing.T) {
	for _, by := range []time.Duration{-24 * time.Hour, -2 * time.Hour, -time.Second, time.Second, 59 * time.Minute, 2 * time.Hour, 365 * 24 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				time.Sleep(time.Minute)
				w.jump(by)
				for range 200 {
					if o := tab.fetch(); o.status != 200 {
						t.Fatalf("got %v; want 200", o)
					}
					time.Sleep(time.Minute)
				}
				// In 200 minutes there are four hours' tokens, and one for the jump.
				if got := w.server.refreshes(); got < 3 || got > 5 {
					t.Errorf("refreshes: got %d; want 3 to 5", got)
				}
				same(t, "handler", tab.app.calls())
			})
		})
	}
}

// A pause that the clock jumps away from is not a longer one.
func TestAClockThatJumpsBackDuringAPause(t *testing.T) {
	tests := []struct {
		name string
		do   func(w *world, tab *tab)
	}{
		{"after failures", func(w *world, tab *tab) {
			w.server.keeps(status(503))
			tab.fetch()
			tab.fetch()
			w.server.keeps(nil)
		}},
		{"after a burst", func(w *world, tab *tab) {
			for range burst {
				_, _ = tab.Refresh()
			}
			w.server.revoke()
		}},
		{"after Retry-After", func(w *world, tab *tab) {
			w.server.answers(retryAfter(429, "10"))
			tab.fetch()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				test.do(w, tab)
				w.jump(-24 * time.Hour)
				time.Sleep(30 * time.Second)
				o := tab.fetch()
				is(t, "status", o.status, 200)
			})
		})
	}
}

// Nobody looks: a page in the background does not keep a session alive.
func TestAHiddenPageDoesNotRefreshByItself(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.hide(true)
		time.Sleep(59*time.Minute + 30*time.Second)
		is(t, "refreshes while hidden", w.server.refreshes(), 0)
		tab.app.hide(false)
		tab.Wake()
		time.Sleep(time.Second)
		is(t, "refreshes once shown", w.server.refreshes(), 1)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
	})
}

// Its requests do.
func TestAHiddenPageThatIsUsed(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.hide(true)
		for range 180 {
			time.Sleep(time.Minute)
			is(t, "status", tab.fetch().status, 200)
		}
		if got := w.server.refreshes(); got < 2 || got > 4 {
			t.Errorf("refreshes: got %d; want about one an hour", got)
		}
	})
}

// A token that expired while nobody looked is not renewed before it is needed.
func TestAPageThatIsShownAfterTheExpiry(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.hide(true)
		time.Sleep(2 * time.Hour)
		tab.app.hide(false)
		tab.Wake()
		time.Sleep(time.Minute)
		is(t, "refreshes", w.server.refreshes(), 0)
		same(t, "sent", tab.fetch().sent, "Bearer access-token-2-of-ann")
	})
}

// pains.md: a laptop wakes, the refresh races the network, and is never tried again
func TestALaptopWakes(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		time.Sleep(30 * time.Minute)
		// Asleep: timers stand still, the clock does not.
		w.jump(8 * time.Hour)
		w.server.revoke()
		w.server.keeps(offline)
		tab.Wake()
		for range 5 {
			failed(t, "offline", tab.fetch().err, CodeRefreshFailed, true)
		}
		is(t, "signed in", tab.Session() != nil, true)
		before := w.server.refreshes()
		// The network is back.
		w.server.keeps(nil)
		tab.Wake()
		start := time.Now()
		o := tab.fetch()
		is(t, "status", o.status, 200)
		if took := o.at.Sub(start); took > 2*time.Second {
			t.Errorf("it took %v; want it at once", took)
		}
		is(t, "refreshes", w.server.refreshes(), before+1)
	})
}

// And what waits between two tries tries at once.
func TestTheNetworkIsBackBetweenTwoTries(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Retry = Retry{Attempts: 3, MinDelay: 5000, MaxDelay: 5000} })
		w.server.revoke()
		w.server.answers(offline, offline)
		start := time.Now()
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		tab.Wake()
		o := p.wait()
		is(t, "status", o.status, 200)
		is(t, "took", o.at.Sub(start), 500*time.Millisecond+2*w.server.latency)
	})
}

// An application that wakes again and again does not use up the tries.
func TestWakingDoesNotCount(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(retryAfter(503, "4"))
		start := time.Now()
		p := tab.start(&Request{URL: api})
		for range 30 {
			time.Sleep(100 * time.Millisecond)
			tab.Wake()
			tab.Look()
		}
		o := p.wait()
		is(t, "status", o.status, 200)
		is(t, "took", o.at.Sub(start), 4*time.Second+4*w.server.latency)
		is(t, "refreshes", w.server.refreshes(), 2)
	})
}

// pains.md: Back shows a page that is stuck signing in
func TestAPageComesBackFromTheCache(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, frozen := w.signedIn(), w.open()
		frozen.app.heard()
		w.carries(silent) // a frozen page hears nothing
		w.server.revoke()
		w.server.answers(hang)
		p := frozen.start(&Request{URL: api})
		time.Sleep(time.Second)
		_ = tab.Signout()
		frozen.Wake()
		o := p.wait()
		failed(t, "what waited", o.err, CodeSignedOut, false)
		same(t, "events", frozen.app.heard(), "signout+")

		tab.signin("ann")
		frozen.Wake()
		synctest.Wait()
		is(t, "access token", frozen.access(), tab.access())
	})
}

// What an application stored before authfetch came says not when it arrived.
func TestATokenOfUnknownReceipt(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		own := func(c *Config) {
			c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh", ExpiresAt: "until"}
		}
		before := w.signedIn()
		granted := before.Session()
		before.Close()
		w.store.write(nil, []token.Entry{
			{Key: "authfetch", Remove: true},
			{Key: "jwt", Text: granted.Access},
			{Key: "refresh", Text: granted.Refresh},
			{Key: "until", Text: fmt.Sprint(granted.ExpiresAt)},
		})
		w.store.ledger = 0
		tab := w.open(own)
		is(t, "receipt", tab.Session().ReceivedAt, 0)
		time.Sleep(59*time.Minute - time.Second)
		is(t, "refreshes", w.server.refreshes(), 0)
		time.Sleep(3 * time.Second)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
		is(t, "stored", w.store.seen(nil)["jwt"], "access-token-2-of-ann")
	})
}

// What is not renewable has no timer.
func TestNoTimerWithoutARefresh(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"not configured": func(c *Config) { c.Refresh = nil },
		"switched off":   func(c *Config) { c.AutoRefresh = false },
	} {
		t.Run(name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(change)
				tab.mu.Lock()
				is(t, "a timer", tab.timer != nil, false)
				tab.mu.Unlock()
				time.Sleep(2 * time.Hour)
				is(t, "refreshes", w.server.refreshes(), 0)
				is(t, "signed in", tab.Session() != nil, true)
			})
		})
	}
}
