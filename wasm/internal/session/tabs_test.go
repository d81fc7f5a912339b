package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// silent is a channel between tabs that nothing comes through.
func silent(string) (time.Duration, bool) { return 0, false }

// pains.md: tabs race on a rotated token and all are signed out
func TestTabsShareOneRefresh(t *testing.T) {
	tests := []struct {
		name    string
		lag     time.Duration // of the storage
		carry   func(string) (time.Duration, bool)
		ordered bool // there is a ledger
	}{
		{"all at once", 0, nil, true},
		{"no messages", 0, silent, true},
		{"a late storage", 200 * time.Millisecond, nil, true},
		{"a late storage, no messages", 200 * time.Millisecond, silent, true},
		{"no ledger", 0, nil, false},
		{"no ledger, no messages", 0, silent, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = test.ordered
				w.signedIn()
				for range 4 {
					w.open()
				}
				w.store.lags(test.lag)
				w.carries(test.carry)
				time.Sleep(time.Second)
				for range 3 {
					w.server.revoke()
					var waiting []*pending
					for _, tab := range w.tabs {
						for range 3 {
							waiting = append(waiting, tab.start(&Request{URL: api}))
						}
					}
					for _, p := range waiting {
						o := p.wait()
						if o.status != 200 {
							t.Errorf("a request: got %v; want 200", o)
						}
					}
					time.Sleep(time.Second)
				}
				is(t, "refreshes", w.server.refreshes(), 3)
				is(t, "reused", w.server.reused, 0)
				for _, tab := range w.tabs {
					is(t, "access token", tab.access(), w.store.record(t).Access)
					same(t, "handler", tab.app.calls())
				}
			})
		})
	}
}

// Each tab that is told of a refresh hears an event, once, and its listeners
// know that it was another tab's.
func TestARefreshIsToldInEveryTab(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		tab.app.heard()
		other.app.heard()
		w.server.revoke()
		tab.fetch()
		time.Sleep(time.Second)
		same(t, "here", tab.app.heard(), "refresh")
		same(t, "there", other.app.heard(), "refresh+")
		is(t, "there", other.access(), "access-token-2-of-ann")
		same(t, "sent there", other.fetch().sent, "Bearer access-token-2-of-ann")
	})
}

// pains.md: Chromium does too: each tab's process has a copy of localStorage
func TestTheLockComesBeforeTheWriteIsSeen(t *testing.T) {
	for _, lag := range []time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, 2900 * time.Millisecond} {
		t.Run(lag.String(), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				w.store.lags(lag)
				w.carries(silent)
				time.Sleep(time.Minute)
				w.server.revoke()
				first := tab.start(&Request{URL: api})
				time.Sleep(w.server.latency + time.Millisecond)
				second := other.start(&Request{URL: api})
				is(t, "status", first.wait().status, 200)
				o := second.wait()
				is(t, "status", o.status, 200)
				is(t, "reused", w.server.reused, 0)
				is(t, "refreshes", w.server.refreshes(), 1)
				if waited := o.at.Sub(first.at); waited < lag || waited > lag+60*time.Millisecond {
					t.Errorf("the second was done %v after the first; want %v, and not much more", waited, lag)
				}
			})
		})
	}
}

// A record that is older than what this tab knows is a write that came late.
func TestAnOlderRecordIsNotFollowed(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		older := w.store.record(t)
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		w.store.write(nil, keys.Encode(older))
		tab.Look()
		time.Sleep(10 * time.Second)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "reused", w.server.reused, 0)
		is(t, "stored", w.store.record(t).Access, "access-token-3-of-ann")
	})
}

// Some servers grant the same access token again, with another refresh token.
func TestARotationWithTheSameAccessToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		access := tab.access()
		w.server.answers(func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
			_, _ = s.answer(call)
			return s.reply(200, `{"access_token":"`+access+`","refresh_token":"refresh-token-2-of-ann","expires_in":3600}`, ""), nil
		})
		if _, err := tab.Refresh(); err != nil {
			t.Errorf("Refresh: got %v", err)
		}
		w.server.revoke()
		is(t, "status", other.fetch().status, 200)
		same(t, "presented", w.server.presented(refreshURL), "refresh-token-1-of-ann", "refresh-token-2-of-ann")
		is(t, "reused", w.server.reused, 0)
	})
}

// A write that is lost for good does not stop anybody for good.
func TestAGenerationThatNeverComes(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.store.ledger = 7
		w.server.revoke()
		start := time.Now()
		o := tab.fetch()
		is(t, "status", o.status, 200)
		if took := time.Since(start); took < catchUp || took > 2*catchUp+time.Second {
			t.Errorf("it took %v; want about %v", took, catchUp)
		}
		is(t, "stored generation", w.store.record(t).Generation, 8)
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-ann")

		w.server.revoke()
		start = time.Now()
		is(t, "status", tab.fetch().status, 200)
		if took := time.Since(start); took > time.Second {
			t.Errorf("the next took %v; want no waiting", took)
		}
	})
}

// pains.md: Safari reads stale localStorage after another tab wrote
func TestWhatATabHasHeardOfIsWaitedForWithoutALedger(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.store.ordered = false
		tab, other := w.signedIn(), w.open()
		w.store.lags(25 * time.Millisecond)
		time.Sleep(time.Minute)
		w.server.revoke()
		w.server.latency = 0
		is(t, "status", tab.fetch().status, 200)
		// The message is there, and what it tells of is not to be seen yet.
		is(t, "status", other.fetch().status, 200)
		is(t, "reused", w.server.reused, 0)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// Losing a race does not clear the winner's tokens: what was read is read again
// before a refusal counts.
func TestARefusalOfWhatAnotherTabHasUsed(t *testing.T) {
	for _, lag := range []time.Duration{0, 500 * time.Millisecond} {
		t.Run(fmt.Sprint("seen after ", lag), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				time.Sleep(time.Minute)
				w.store.lags(lag)
				w.carries(silent)
				w.server.revoke()
				// A lock that does not hold lets both tabs in with one refresh token.
				w.lock.broken = true
				w.server.answers(late(100*time.Millisecond), func(ctx context.Context, s *server, _ endpoint.Call) (Reply, error) {
					return s.reply(400, `{"error":"invalid_grant"}`, ""), sleep(ctx, 200*time.Millisecond)
				})
				winner, loser := tab.start(&Request{URL: api}), other.start(&Request{URL: api})
				is(t, "status of the winner", winner.wait().status, 200)
				is(t, "status of the loser", loser.wait().status, 200)
				is(t, "refreshes", w.server.refreshes(), 2)
				is(t, "access token", other.access(), tab.access())
				same(t, "handler", append(tab.app.calls(), other.app.calls()...))
			})
		})
	}
}

// pains.md: another tab stays signed in after a sign-out
func TestASignoutElsewhereIsFinal(t *testing.T) {
	tests := []struct {
		name  string
		lag   time.Duration
		carry func(string) (time.Duration, bool)
		look  bool // the storage event tells
		wake  bool
	}{
		{"told", 0, nil, false, false},
		{"told before it is seen", 10 * time.Second, nil, true, true},
		{"seen", 0, silent, true, false},
		{"seen late", time.Second, silent, true, false},
		{"not before the page is shown again", 0, silent, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				other.app.heard()
				w.store.lags(test.lag)
				w.carries(test.carry)
				time.Sleep(time.Minute)
				_ = tab.Signout()
				if test.look {
					other.Look()
				}
				if test.wake {
					other.Wake()
				}
				time.Sleep(5 * time.Second)
				is(t, "access token", other.access(), "")
				same(t, "events", other.app.heard(), "signout+")
				o := other.fetch()
				same(t, "sent", o.sent, "")
				is(t, "refreshes", w.server.refreshes(), 0)
				time.Sleep(10 * time.Second)
				other.Look()
				time.Sleep(10 * time.Second)
				is(t, "access token at last", other.access(), "")
			})
		})
	}
}

// What waits for a refresh ends with the sign-out, in whichever tab that was.
func TestASignoutElsewhereDuringARefresh(t *testing.T) {
	tests := []struct {
		name  string
		carry func(string) (time.Duration, bool)
		took  time.Duration
	}{
		{"told", nil, 500 * time.Millisecond},
		{"not told", silent, time.Second + 40*time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				w.carries(test.carry)
				w.server.revoke()
				w.server.keeps(late(time.Second))
				start := time.Now()
				p := other.start(&Request{URL: api})
				time.Sleep(500 * time.Millisecond)
				_ = tab.Signout()
				o := p.wait()
				failed(t, "the request", o.err, CodeSignedOut, false)
				is(t, "took", o.at.Sub(start), test.took)
				time.Sleep(5 * time.Second)
				is(t, "access token", other.access(), "")
				is(t, "stored tokens", w.store.record(t).SignedIn(), false)
				same(t, "handler", other.app.calls())
				// And the server is told of the tokens that came too late.
				same(t, "told", w.server.presented(signoutURL), "refresh-token-1-of-ann", "refresh-token-2-of-ann")
			})
		})
	}
}

// A sign-out that comes between reading the storage and writing it.
func TestASignoutElsewhereJustBeforeTheRefreshIsStored(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				tab, other := w.signedIn(), w.open()
				w.carries(silent)
				w.server.revoke()
				other.view.before = once("advance", func() { _ = tab.Signout() })
				failed(t, "the request", other.fetch().err, CodeSignedOut, false)
				is(t, "access token", other.access(), "")
				is(t, "stored tokens", w.store.record(t).SignedIn(), false)
			})
		})
	}
}

func TestASigninElsewhere(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.jwt = true
		tab, other := w.signedIn(), w.open()
		_ = tab.Signout()
		other.app.heard()
		tab.signin("bob")
		synctest.Wait()
		is(t, "access token", other.access(), tab.access())
		same(t, "events", other.app.heard(), "signin+")
		is(t, "status", other.fetch().status, 200)
	})
}

// Neither the sign-out nor the sign-in has been heard of: that is a new session all the
// same, perhaps another user's, and no refresh of the old one.
func TestASigninElsewhereAfterASignoutThatNobodyHasHeardOf(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.jwt = true
		tab, other := w.signedIn(), w.open()
		other.app.heard()
		w.carries(silent)
		_ = tab.Signout()
		tab.signin("bob")
		other.Look()
		synctest.Wait()
		is(t, "access token", other.access(), tab.access())
		same(t, "events", other.app.heard(), "signin+")
	})
}

// A request that is refused because nobody seems to be signed in goes on with a session
// that another tab has just stored, however late that is seen, and nobody is sent to the
// sign-in page.
func TestASigninElsewhereThatNobodyHasHeardOf(t *testing.T) {
	for _, lag := range []time.Duration{0, 20 * time.Millisecond, 2 * time.Second} {
		t.Run(lag.String(), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				_ = tab.Signout()
				time.Sleep(time.Minute)
				other.app.heard()
				w.carries(silent)
				w.store.lags(lag)
				tab.signin("ann")
				o := other.fetch()
				is(t, "status", o.status, 200)
				same(t, "sent", o.sent, "", "Bearer "+tab.access())
				same(t, "handler", other.app.calls())
				same(t, "events", other.app.heard(), "signin+")
			})
		})
	}
}

// A sign-out is told twice. The second time ends no request that was sent signed out.
func TestASignoutElsewhereDuringALook(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.store.lags(500 * time.Millisecond)
		var told atomic.Int32
		w.carries(func(string) (time.Duration, bool) {
			if told.Add(1) > 1 {
				return 100 * time.Millisecond, true
			}
			return 0, true
		})
		go func() { _ = tab.Signout() }()
		time.Sleep(50 * time.Millisecond)
		is(t, "access token", other.access(), "")
		is(t, "status", other.fetch().status, 401)
		same(t, "handler", other.app.calls(), CodeNotSignedIn)
	})
}

// Who waits in another tab goes on with what somebody signed in with there.
func TestASigninElsewhereDuringARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.server.revoke()
		w.server.keeps(offline)
		p := other.start(&Request{URL: api})
		time.Sleep(100 * time.Millisecond)
		tab.signin("ann")
		is(t, "status", p.wait().status, 200)
		is(t, "access token", other.access(), tab.access())
	})
}

// A refusal does not clear what somebody signs in with in the meantime.
func TestASigninElsewhereDuringARefusal(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				tab, other := w.signedIn(), w.open()
				w.carries(silent)
				w.server.end()
				other.view.before = once("advance", func() { tab.signin("ann") })
				is(t, "status", other.fetch().status, 200)
				is(t, "stored", w.store.record(t).Access, tab.access())
				same(t, "handler", other.app.calls())
			})
		})
	}
}

// A sign-in that is stored after another tab's is the session, and the other way
// round, whatever is heard of first.
func TestASigninElsewhereWhileASigninIsStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		slowly := once("advance", func() { time.Sleep(time.Second) })
		tab.view.after = func(what string) { _ = slowly(nil, what) }
		go func() { _, _ = tab.Signin(object(t, `{"username":"ann"}`), "") }()
		time.Sleep(500 * time.Millisecond)
		other.signin("bob")
		time.Sleep(5 * time.Second)
		for _, access := range []string{tab.access(), other.access(), w.store.record(t).Access} {
			is(t, "access token", access, "access-token-2-of-bob")
		}
	})
}

// A sign-out in another tab counts for a sign-in that is stored already, and not
// heard of yet.
func TestASignoutElsewhereWhileASigninIsStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		slowly := once("advance", func() { time.Sleep(time.Second) })
		tab.view.after = func(what string) { _ = slowly(nil, what) }
		signin := make(chan *Error)
		go func() {
			_, err := tab.Signin(object(t, `{"username":"ann"}`), "")
			signin <- err
		}()
		time.Sleep(500 * time.Millisecond)
		_ = other.Signout()
		failed(t, "the sign-in", <-signin, CodeSignedOut, false)
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "")
		is(t, "access token of another tab", other.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
	})
}

// What a tab that had not heard of a sign-out stores after it is no sign-in.
func TestARefreshElsewhereThatIsStoredAfterASignout(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		record := w.store.record(t)
		tab.Hear(message{kind: "signout", generation: 2}.String())
		record.Generation, record.Access = 3, "of-the-session-that-is-over"
		w.store.write(nil, keys.Encode(record))
		tab.Look()
		time.Sleep(time.Second)
		is(t, "access token", tab.access(), "")

		record.Generation, record.Since, record.Access = 4, 4, "of-another"
		w.store.write(nil, keys.Encode(record))
		tab.Look()
		time.Sleep(time.Second)
		is(t, "access token of a session that began later", tab.access(), "of-another")
	})
}

// What is refused to one tab ends the session of all. A tab in which requests
// wait calls its own handler, once; the others only hear of it.
func TestARefusalElsewhere(t *testing.T) {
	for _, name := range []string{"told", "not told"} {
		t.Run(name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other, idle := w.signedIn(), w.open(), w.open()
				if name == "not told" {
					w.carries(silent)
				}
				w.server.end()
				var waiting []*pending
				for range 3 {
					waiting = append(waiting, tab.start(&Request{URL: api}), other.start(&Request{URL: api}))
				}
				for _, p := range waiting {
					failed(t, "a request", p.wait().err, CodeRefreshFailed, false)
				}
				is(t, "refreshes", w.server.refreshes(), 1)
				same(t, "handler", tab.app.calls(), CodeRefreshFailed)
				same(t, "handler of the other", other.app.calls(), CodeRefreshFailed)
				idle.Look()
				time.Sleep(time.Second)
				is(t, "access token of the idle one", idle.access(), "")
				same(t, "events of the idle one", idle.app.heard(), "signout+")
				same(t, "handler of the idle one", idle.app.calls())
				// Nobody is asked again.
				is(t, "status", idle.fetch().status, 401)
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

// A request that was on its way while another tab met the refusal calls its own
// tab's handler, and no server.
func TestALateRefusalAfterARefusalElsewhere(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.server.end()
		late := other.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Second); return 401 })
		later := other.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Minute); return 401 })
		failed(t, "the request that is refused", tab.fetch().err, CodeRefreshFailed, false)
		failed(t, "the late one", late.wait().err, CodeRefreshFailed, false)
		failed(t, "the one after it", later.wait().err, CodeRefreshFailed, false)
		same(t, "handler", other.app.calls(), CodeRefreshFailed)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// What is known to be used up is not presented, although the storage cannot be
// read.
func TestAStorageThatCannotBeReadWhileAnotherTabRefreshes(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.carries(silent)
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		other.view.before = fails(errors.New("SecurityError"), "read")
		failed(t, "a request", other.fetch().err, CodeRefreshFailed, true)
		is(t, "reused", w.server.reused, 0)
		is(t, "refreshes", w.server.refreshes(), 1)
		other.view.before = nil
		is(t, "status once it can", other.fetch().status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// An application's own code may refresh too, and win.
func TestAnApplicationsOwnCodeRefreshes(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
		})
		w.server.revoke()
		w.server.judge = only("Bearer its-own")
		w.server.answers(status(400))
		time.AfterFunc(100*time.Millisecond, func() {
			w.store.write(nil, []token.Entry{{Key: "jwt", Text: "its-own"}, {Key: "refresh", Text: "its-own-too"}})
		})
		is(t, "status", tab.fetch().status, 200)
		is(t, "refresh token", tab.Session().Refresh, "its-own-too")
		same(t, "handler", tab.app.calls())
	})
}

// What it leaves without a refresh token cannot be renewed any more.
func TestAnApplicationsOwnCodeRemovesTheRefreshToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
		})
		w.server.revoke()
		w.store.write(nil, []token.Entry{{Key: "refresh", Remove: true}})
		failed(t, "a request", tab.fetch().err, CodeRefreshFailed, false)
		is(t, "refreshes", w.server.refreshes(), 0)
		same(t, "handler", tab.app.calls(), CodeRefreshFailed)
	})
}

// The handler of a tab may sign in for all of them.
func TestAHandlerElsewhereSignsIn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.server.end()
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			time.Sleep(10 * time.Second)
			tab.signin("ann")
			return Given{}, nil
		}
		other.app.handler = func(ctx context.Context, _ *Error) (Given, error) {
			<-ctx.Done()
			return Given{}, ctx.Err()
		}
		first, second := tab.start(&Request{URL: api}), other.start(&Request{URL: api})
		is(t, "status", first.wait().status, 200)
		is(t, "status", second.wait().status, 200)
	})
}

// Two names are two sessions, in one storage.
func TestTwoNames(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		here := w.signedIn()
		elsewhere := newWorld(t)
		elsewhere.server = w.server
		there := elsewhere.open(func(c *Config) {
			// The storage is the same; the ledger, the lock and the channel are the name's.
			c.Store = &named{view{store: elsewhere.store}, view{store: w.store}}
			c.Keys = token.Keys{Record: "another"}
		})
		is(t, "access token there", there.access(), "")
		there.signin("bob")
		is(t, "access token here", here.access(), "access-token-1-of-ann")
		is(t, "access token there", there.access(), "access-token-2-of-bob")
		_ = here.Signout()
		there.Look()
		time.Sleep(5 * time.Second)
		is(t, "status there", there.fetch().status, 200)
		is(t, "keys", len(w.store.seen(nil)), 2)
	})
}

// named is a Store with the ledger of one and the storage of another.
type named struct{ ledger, storage view }

func (n *named) Read(ctx context.Context, keys []string) (map[string]string, error) {
	return n.storage.Read(ctx, keys)
}

func (n *named) Write(ctx context.Context, entries []token.Entry) error {
	return n.storage.Write(ctx, entries)
}

func (n *named) Newest(ctx context.Context) (uint64, error) { return n.ledger.Newest(ctx) }

func (n *named) Advance(ctx context.Context, from, to uint64, entries []token.Entry) (bool, error) {
	ok, err := n.ledger.Advance(ctx, from, to, nil)
	if ok {
		err = n.storage.Write(ctx, entries)
	}
	return ok, err
}

// Whatever comes through the channel, from another version or another library,
// does no harm.
func TestMessagesThatAreNone(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		for _, text := range []string{
			"", " ", "  ", "signout", "signout 9", "signout x 0", "signout 9 x", "signout -1 0", "signout 9 0 0",
			"signout  9 0", "signout 9.5 0", "signout 99999999999999999999 0", "{}", "null", "refresh 1", "\x00",
			"failed 1 99999999999999999999", strings.Repeat("signout ", 1000),
		} {
			tab.Hear(text)
		}
		// These are well formed, and old, or of a kind that is not known.
		for _, text := range []string{"signout 0 0", "refresh 0 0", "signin 0 0", "ended 0 0", "unheard-of 9 0"} {
			tab.Hear(text)
		}
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "access-token-1-of-ann")
		same(t, "events", tab.app.heard(), "signin")
		w.server.revoke()
		start := time.Now()
		is(t, "status", tab.fetch().status, 200)
		if took := time.Since(start); took > time.Second {
			t.Errorf("a refresh took %v; want no waiting", took)
		}
	})
}

// A sign-out that is heard of late is not of the session that came after it.
func TestASignoutThatIsHeardOfLate(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.carries(func(text string) (time.Duration, bool) {
			if strings.HasPrefix(text, "signout") {
				return time.Second, true
			}
			return 0, true
		})
		_ = tab.Signout()
		other.Look()
		synctest.Wait()
		is(t, "access token after the sign-out", other.access(), "")
		tab.signin("ann")
		other.app.heard()
		time.Sleep(10 * time.Second)
		is(t, "access token", other.access(), tab.access())
		same(t, "events", other.app.heard())
	})
}

// No message holds more than what happened, to which generation.
func TestMessagesHoldNoToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(retryAfter(503, "2"))
		tab.fetch()
		_ = tab.Signout()
		tab.signin("ann")
		w.server.end()
		tab.fetch()
		synctest.Wait()
		kinds := []string{}
		for _, text := range tab.app.posts {
			m, ok := parseMessage(text)
			if !ok || m.String() != text || m.generation > 9 || m.delay > 2000 {
				t.Errorf("a message: got %q; want a kind and two small numbers", text)
			}
			kinds = append(kinds, m.kind)
		}
		same(t, "messages", slices.Compact(kinds), "signin", "busy", "refresh", "signout", "signin", "ended")
	})
}

// A user, or another library, empties the storage.
func TestTheStorageIsClearedByHand(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				tab := w.signedIn()
				tab.app.heard()
				w.store.clear()
				tab.Look()
				time.Sleep(catchUp + time.Second)
				is(t, "access token", tab.access(), "")
				same(t, "events", tab.app.heard(), "signout+")
				// And signing in again works.
				tab.signin("ann")
				is(t, "stored", w.store.record(t).Access, tab.access())
				is(t, "status", tab.fetch().status, 200)
				w.server.revoke()
				is(t, "status", tab.fetch().status, 200)
			})
		})
	}
}

// One that was cleared while a request waits is a sign-out too.
func TestTheStorageIsClearedBeforeARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.store.clear()
		w.server.revoke()
		failed(t, "a request", tab.fetch().err, CodeSignedOut, false)
		is(t, "refreshes", w.server.refreshes(), 0)
	})
}

// An application writes tokens under its own keys, which a tab then adopts.
func TestAnApplicationsOwnCodeSignsIn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		own := func(c *Config) { c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"} }
		tab := w.signedIn(own)
		w.store.write(nil, []token.Entry{{Key: "jwt", Text: "its-own"}})
		tab.Look()
		synctest.Wait()
		is(t, "access token", tab.access(), "its-own")
		w.store.write(nil, []token.Entry{{Key: "jwt", Remove: true}, {Key: "refresh", Remove: true}})
		tab.Look()
		synctest.Wait()
		is(t, "access token", tab.access(), "")
	})
}

// Keys of an application's own arrive one after the other. Half of a sign-out is
// no session without an access token.
func TestHalfOfASignout(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		own := func(c *Config) { c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"} }
		tab := w.signedIn(own)
		tab.app.heard()
		before := tab.access()
		for _, step := range []struct{ key, access string }{{"jwt", before}, {"refresh", ""}} {
			w.store.write(nil, []token.Entry{{Key: step.key, Remove: true}})
			tab.Look()
			synctest.Wait()
			is(t, "access token", tab.access(), step.access)
		}
		same(t, "events", tab.app.heard(), "signout+")
	})
}

// Nor is half of a session taken for one that was never anybody's but the application's,
// and whose sign-out another tab has told of.
func TestHalfOfASignoutWithoutARecord(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.store.write(nil, []token.Entry{{Key: "jwt", Text: "A"}, {Key: "refresh", Text: "R"}})
		tab := w.open(func(c *Config) { c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"} })
		is(t, "access token", tab.access(), "A")
		tab.Hear("signout 1 0")
		for _, key := range []string{"jwt", "refresh"} {
			w.store.write(nil, []token.Entry{{Key: key, Remove: true}})
			tab.Look()
			synctest.Wait()
		}
		same(t, "events", tab.app.heard(), "signout+")
	})
}

// What the application's other code has stored over a sign-out's record is over by the
// next sign-out, though it shows for a while yet.
func TestASignoutOfAnApplicationsOwnSession(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				own := func(c *Config) { c.Keys = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"} }
				tab, other := w.signedIn(own), w.open(own)
				_ = tab.Signout()
				w.store.write(nil, []token.Entry{{Key: "jwt", Text: "A"}, {Key: "refresh", Text: "R"}})
				tab.Look()
				other.Look()
				time.Sleep(time.Second)
				is(t, "access token", other.access(), "A")
				other.app.heard()
				w.store.lags(50 * time.Millisecond)
				tab.view.before = once("advance", func() { time.Sleep(400 * time.Millisecond) })
				for _, wait := range []time.Duration{10 * time.Millisecond, 60 * time.Millisecond} {
					time.AfterFunc(wait, other.Look)
				}
				_ = tab.Signout()
				time.Sleep(time.Minute)
				other.Look()
				same(t, "events", other.app.heard(), "signout+")
			})
		})
	}
}

// The first record of a sign-out is enough where its page has gone, also for a refresh
// that was under way in a tab that has heard of nothing.
func TestASignoutOfAPageThatHasGoneDuringARefreshElsewhere(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.store.ordered = false
		tab, other := w.signedIn(), w.open()
		w.carries(silent)
		w.server.revoke()
		w.server.answers(slow(5 * time.Second))
		p := other.start(&Request{URL: api})
		time.Sleep(time.Second)
		tab.view.after = func(what string) {
			if what == "write" {
				tab.Close()
			}
		}
		_ = tab.Signout()
		p.wait()
		time.Sleep(time.Minute)
		is(t, "stored", w.store.record(t).SignedIn(), false)
		is(t, "access token", other.access(), "")
	})
}

// Half of a sign-in, in which the record is still to come, is waited for.
func TestHalfOfASignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		shared := token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
		own := func(c *Config) { c.Keys = shared }
		tab := w.open(own)
		entries := shared.Encode(token.Record{Generation: 1, Tokens: token.Tokens{Access: "A", Refresh: "R"}})
		w.store.ledger = 1
		w.store.write(nil, entries[:1])
		tab.Hear("signin 1 0")
		opened := w.open(func(c *Config) {
			own(c)
			time.AfterFunc(time.Second, func() { w.store.write(nil, entries[1:]) })
		})
		time.Sleep(2 * time.Second)
		for _, s := range []*token.Tokens{tab.Session(), opened.Session()} {
			is(t, "session", *s, token.Tokens{Access: "A", Refresh: "R"})
		}
		same(t, "events of the first", tab.app.heard(), "signin+")
		same(t, "events of the second", opened.app.heard())
	})
}

// What another tab stores at the moment of a sign-out is waited for before the sign-out
// gets its place after it, also when the first record of the sign-out hides it: else
// the two could arrive in the other order, and the session be there again.
func TestASignoutWaitsForWhatItHides(t *testing.T) {
	for _, own := range []bool{false, true} {
		t.Run(fmt.Sprint("keys of the application's own: ", own), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				shared := keys
				if own {
					shared = token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
				}
				tab := w.signedIn(func(c *Config) { c.Keys = shared })
				next := token.Record{Generation: 2, Since: 1, Tokens: token.Tokens{Access: "A", Refresh: "R"}}
				entries := shared.Encode(next)
				var once atomic.Bool
				tab.view.after = func(what string) {
					if what == "write" && once.CompareAndSwap(false, true) {
						w.store.ledger = 2
						time.AfterFunc(time.Second, func() { w.store.write(nil, entries[:1]) })
						time.AfterFunc(2*time.Second, func() { w.store.write(nil, entries[1:]) })
					}
				}
				tab.view.before = func(_ context.Context, what string) error {
					if what == "advance" {
						if seen := w.store.seen(tab.view)[shared.Record]; seen != entries[len(entries)-1].Text {
							t.Errorf("the sign-out is stored over %s", seen)
						}
					}
					return nil
				}
				tab.app.heard()
				time.AfterFunc(1500*time.Millisecond, tab.Look) // what a storage event would do
				is(t, "error", tab.Signout(), nil)
				same(t, "events", tab.app.heard(), "signout")
				is(t, "session", tab.Session(), nil)
				is(t, "ledger", w.store.ledger, 3)
				r, err := (&vault{store: &view{store: w.store}, keys: shared}).read(context.Background())
				is(t, "error", err, nil)
				is(t, "stored", r, token.Record{Generation: 3})
			})
		})
	}
}

// A tab that asked the server in vain tells the others, who leave it alone as
// long. So an outage does not grow with the number of tabs.
func TestFailuresPaceOtherTabs(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.signedIn()
		for range 9 {
			w.open()
		}
		w.server.revoke()
		w.server.keeps(retryAfter(429, "30"))
		start := time.Now()
		for time.Since(start) < 24*time.Second {
			var waiting []*pending
			for _, tab := range w.tabs {
				waiting = append(waiting, tab.start(&Request{URL: api}))
			}
			for _, p := range waiting {
				failed(t, "a request", p.wait().err, CodeRefreshFailed, true)
			}
			time.Sleep(time.Second)
		}
		is(t, "refreshes", w.server.refreshes(), 1)
		w.server.keeps(nil)
		time.Sleep(time.Until(start.Add(31 * time.Second)))
		for _, tab := range w.tabs {
			is(t, "status", tab.fetch().status, 200)
		}
		is(t, "refreshes", w.server.refreshes(), 2)
	})
}

// A broken tab, or a clock that has jumped, does not stop the others for good.
func TestAFailureThatLastsForEver(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		for _, kind := range []string{"failed", "busy"} {
			for _, delay := range []int64{25 * time.Hour.Milliseconds(), 1<<63 - 1, -1, -1 << 63} {
				tab.Hear(message{kind, 1, delay}.String())
			}
		}
		is(t, "status", tab.fetch().status, 200)
	})
}

// The refresh of one tab is seen by one that stands in the queue for another.
func TestTheQueueIsShort(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.signedIn()
		for range 19 {
			w.open()
		}
		w.carries(silent)
		w.server.revoke()
		start := time.Now()
		var waiting []*pending
		for _, tab := range w.tabs {
			waiting = append(waiting, tab.start(&Request{URL: api}))
		}
		for _, p := range waiting {
			is(t, "status", p.wait().status, 200)
		}
		is(t, "took", time.Since(start), 3*w.server.latency)
		is(t, "turns", w.lock.turns, 20)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// pains.md: an orphaned lock hangs every tab
func TestALockThatIsNeverFreed(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		stuck, _ := w.lock.Lock(context.Background(), false)
		start := time.Now()
		o := tab.fetch()
		is(t, "status", o.status, 200)
		is(t, "took", time.Since(start), 27500*time.Millisecond+3*w.server.latency)
		is(t, "stolen", w.lock.stolen, 1)
		stuck()
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "stolen", w.lock.stolen, 1)
	})
}

// A tab that holds the lock as long as its own deadlines allow keeps it.
func TestASlowTurnIsNotStolen(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.carries(silent)
		w.server.revoke()
		w.server.answers(hang, late(9*time.Second))
		first, second := tab.start(&Request{URL: api}), other.start(&Request{URL: api})
		is(t, "status", first.wait().status, 200)
		is(t, "status", second.wait().status, 200)
		is(t, "stolen", w.lock.stolen, 0)
		is(t, "refreshes", w.server.refreshes(), 2)
		is(t, "reused", w.server.reused, 0)
	})
}

// Nor is that of a tab that has just got it, by one that was frozen while it waited.
func TestAFrozenTabDoesNotSteal(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		var once atomic.Bool
		w.lock.before = func(ctx context.Context, steal bool) error {
			is(t, "steal", steal, false)
			if once.CompareAndSwap(false, true) {
				<-ctx.Done()
				time.Sleep(time.Minute)
				return ctx.Err()
			}
			return nil
		}
		is(t, "status", tab.fetch().status, 200)
	})
}

// Nor does one that was frozen in its turn go on where another has taken it over, and is
// at the server.
func TestAFrozenTabHasLostItsTurn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.server.revoke()
		w.server.answers(func(context.Context, *server, endpoint.Call) (Reply, error) {
			time.Sleep(30 * time.Second) // it is frozen
			return Reply{}, errOffline
		}, slow(5*time.Second))
		first := tab.start(&Request{URL: api})
		time.Sleep(time.Second)
		second := other.start(&Request{URL: api})
		is(t, "status", second.wait().status, 200)
		is(t, "status", first.wait().status, 200)
		is(t, "stolen", w.lock.stolen, 1)
		same(t, "presented", w.server.presented(refreshURL), "refresh-token-1-of-ann", "refresh-token-1-of-ann")
	})
}

// A tab that was frozen in its turn, and lost it, does not undo what came since.
func TestAFrozenTab(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.grace = time.Minute
		tab, frozen := w.signedIn(), w.open()
		w.server.revoke()
		thaw := make(chan struct{})
		frozen.view.before = once("advance", func() { <-thaw })
		p := frozen.start(&Request{URL: api})
		time.Sleep(time.Second)
		w.carries(silent)
		is(t, "status", tab.fetch().status, 200) // once it has taken the turn
		is(t, "stolen", w.lock.stolen, 1)
		stored := w.store.record(t)
		close(thaw)
		is(t, "status", p.wait().status, 200)
		is(t, "stored", w.store.record(t), stored)
		is(t, "access token", frozen.access(), tab.access())
	})
}

// One that was frozen while it read the storage has read what was true before it
// lost its turn.
func TestAFrozenTabReadsAgain(t *testing.T) {
	for _, what := range []string{"newest", "read"} {
		t.Run(what, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, frozen := w.signedIn(), w.open()
				w.store.lags(time.Second)
				w.carries(silent)
				time.Sleep(time.Second)
				w.server.revoke()
				thaw := make(chan struct{})
				// What it waits for has been answered before the freeze, and is heard after it.
				var once atomic.Bool
				frozen.view.after = func(doing string) {
					if doing == what && once.CompareAndSwap(false, true) {
						<-thaw
					}
				}
				p := frozen.start(&Request{URL: api})
				time.Sleep(time.Second)
				is(t, "status", tab.fetch().status, 200) // once it has taken the turn
				is(t, "stolen", w.lock.stolen, 1)
				close(thaw)
				is(t, "status", p.wait().status, 200)
				is(t, "refreshes", w.server.refreshes(), 1)
				is(t, "access token", frozen.access(), tab.access())
			})
		})
	}
}

// One that was frozen while it signed out ends no session that began since.
func TestAFrozenSignout(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		frozen, tab := w.signedIn(), w.open()
		frozen.view.before = once("read", func() { time.Sleep(time.Minute) })
		go func() { _ = frozen.Signout() }()
		time.Sleep(time.Second)
		tab.signin("bob")
		time.Sleep(2 * time.Minute)
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-bob")
		for _, access := range []string{tab.access(), frozen.access()} {
			is(t, "access token", access, "access-token-2-of-bob")
		}
		same(t, "events", tab.app.heard(), "signin")
	})
}

// One that was frozen while it stored a refresh or a sign-out stores it once it
// can: that is no storage that hangs. A sign-in is left alone, since it may have
// been stored, and another tab may have refreshed it.
func TestAFrozenTabStores(t *testing.T) {
	tests := []struct {
		what, want string
		do         func(t *testing.T, tab *tab)
	}{
		{"a refresh", "access-token-2-of-ann", func(t *testing.T, tab *tab) {
			_, err := tab.Refresh()
			is(t, "error", err, nil)
		}},
		{"a sign-out", "", func(t *testing.T, tab *tab) { is(t, "error", tab.Signout(), nil) }},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				var once atomic.Bool
				tab.view.before = func(ctx context.Context, doing string) error {
					if doing == "advance" && once.CompareAndSwap(false, true) {
						time.Sleep(time.Minute)
						return ctx.Err()
					}
					return nil
				}
				test.do(t, tab)
				is(t, "stored", w.store.record(t).Access, test.want)
				is(t, "access token", tab.access(), test.want)
				for _, event := range tab.app.heard() {
					if event == "refresherror" {
						t.Error("got refresherror; want none")
					}
				}
			})
		})
	}
	t.Run("no sign-in", func(t *testing.T) {
		spec(t, func(t *testing.T, w *world) {
			tab, other := w.signedIn(), w.open()
			// It is stored, and its page hears of that a minute later.
			var once atomic.Bool
			stored := make(chan struct{})
			tab.view.after = func(doing string) {
				if doing == "advance" && once.CompareAndSwap(false, true) {
					close(stored)
					time.Sleep(time.Minute)
				}
			}
			credentials := object(t, `{"username":"ann","password":"the-password-of-ann"}`)
			go func() { _, _ = tab.Signin(credentials, "") }()
			<-stored
			other.Look()
			time.Sleep(time.Second)
			_, err := other.Refresh()
			is(t, "error", err, nil)
			time.Sleep(5 * time.Minute)
			is(t, "stored", w.store.record(t).Access, "access-token-3-of-ann")
			is(t, "access token", tab.access(), "access-token-3-of-ann")
			is(t, "reused", w.server.reused, 0)
		})
	})
}

// A lock that cannot be had fails the refresh in passing.
func TestALockThatFails(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		refused := errors.New("InvalidStateError")
		w.lock.before = func(context.Context, bool) error { return refused }
		o := tab.fetch()
		failed(t, "the request", o.err, CodeRefreshFailed, true)
		is(t, "cause", errors.Is(o.err, refused), true)
		is(t, "refreshes", w.server.refreshes(), 0)
		w.lock.before = nil
		is(t, "status", tab.fetch().status, 200)
	})
}

// Every wait for a lock has an end.
func TestALockThatIsNeverGranted(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.lock.before = func(ctx context.Context, _ bool) error {
			<-ctx.Done()
			return ctx.Err()
		}
		start := time.Now()
		failed(t, "the request", tab.fetch().err, CodeRefreshFailed, true)
		is(t, "took", time.Since(start), 32500*time.Millisecond+w.server.latency)
	})
}

// The lock is held around the token request alone.
func TestTheLockIsFreeWhileARefreshPauses(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(retryAfter(503, "5"))
		p := tab.start(&Request{URL: api})
		time.Sleep(time.Second)
		is(t, "held during the pause", w.lock.held(), false)
		is(t, "status", p.wait().status, 200)
	})
}
