package session

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

// clerk is what outlives tabs: js/src/worker/service-worker.ts and the ledger.
type clerk struct {
	server *server
	takes  time.Duration // on top of what the server takes

	mu    sync.Mutex
	key   string
	busy  chan struct{} // closed once the call is over
	reply *Reply
	at    int64
}

// opens opens a tab that hands its refreshes to the clerk.
func (k *clerk) opens(w *world, change ...func(*Config)) *tab {
	tab := w.open(append([]func(*Config){func(c *Config) { c.Doer, c.Escrow = k, k }}, change...)...)
	tab.view.after = func(what string) {
		if what == "advance" { // as in js/src/host/ledger.ts
			k.mu.Lock()
			defer k.mu.Unlock()
			k.key, k.reply = "", nil
		}
	}
	return tab
}

// Do makes a call that has a key whether or not the tab that asks is there to the
// end, and keeps what comes.
func (k *clerk) Do(ctx context.Context, call endpoint.Call) (Reply, error) {
	if call.Escrow == "" {
		return k.server.Do(ctx, call)
	}
	busy := make(chan struct{})
	k.mu.Lock()
	k.key, k.reply, k.busy = call.Escrow, nil, busy
	k.mu.Unlock()
	var reply Reply
	var err error
	go func() {
		defer close(busy)
		if reply, err = k.server.Do(context.Background(), call); err != nil {
			return
		}
		time.Sleep(k.takes)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.key == call.Escrow {
			k.reply, k.at = &reply, time.Now().UnixMilli()
		}
	}()
	select {
	case <-busy:
		return reply, err
	case <-ctx.Done():
		return Reply{}, ctx.Err()
	}
}

// Left implements Escrow.
func (k *clerk) Left(ctx context.Context, key string) (*Reply, int64, error) {
	k.mu.Lock()
	busy := k.busy
	k.mu.Unlock()
	if busy != nil {
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != key {
		return nil, 0, nil
	}
	return k.reply, k.at, nil
}

// holds says whether any answer is in escrow.
func (k *clerk) holds() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.reply != nil
}

// bereaved is a world in which a tab has died after the server has rotated its
// refresh token and before the answer came.
func bereaved(t *testing.T, w *world, k *clerk, signedIn ...func()) {
	t.Helper()
	first := k.opens(w)
	first.signin("ann")
	for _, do := range signedIn {
		do()
	}
	w.server.revoke()
	k.takes += 5 * time.Second
	p := first.start(&Request{URL: api})
	time.Sleep(w.server.latency * 5 / 2) // the request's, and more than the refresh's
	synctest.Wait()
	is(t, "refreshes that were granted", w.server.accepted, 1)
	first.Close()
	p.wait()
	synctest.Wait()
}

func TestARefreshOutlivesItsTab(t *testing.T) {
	tests := []struct {
		name   string
		change func(*server)
	}{
		{"rotation", func(*server) {}},
		{"tokens that are JWTs", func(s *server) { s.jwt = true }},
		{"refresh tokens that stay", func(s *server) { s.stable = true }},
		{"access tokens that tell no time", func(s *server) { s.lifetime = 0 }},
	}
	for _, test := range tests {
		for _, after := range []time.Duration{0, time.Minute} {
			t.Run(fmt.Sprint(test.name, " after ", after), func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					test.change(w.server)
					k := &clerk{server: w.server}
					bereaved(t, w, k)
					time.Sleep(after)
					next := k.opens(w)
					o := next.fetch()
					is(t, "status", o.status, 200)
					refreshes := 1
					if w.server.lifetime == 0 && after > 0 {
						refreshes++ // nobody knows whether it has expired in the meantime
					}
					is(t, "refreshes", w.server.refreshes(), refreshes)
					is(t, "reused", w.server.reused, 0)
					is(t, "inherited", len(next.app.traced("refresh.inherit")), 1)
					is(t, "still in escrow", k.holds(), false)
					// And the next refresh is an ordinary one, of the token that was inherited.
					w.server.revoke()
					is(t, "the status after another refresh", next.fetch().status, 200)
					is(t, "refreshes then", w.server.refreshes(), refreshes+1)
					is(t, "reused then", w.server.reused, 0)
				})
			})
		}
	}
}

// What has lain there until its access token was over is good for a refresh, and
// for nobody who waits.
func TestAnOldAnswerIsWorthItsRefreshToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server}
		w.server.lifetime = 0
		bereaved(t, w, k, func() { w.server.lifetime = time.Hour })
		time.Sleep(2 * time.Hour)
		k.takes = 0
		next := k.opens(w)
		// The old token tells no time: the request is refused, and is not to be sent for
		// the last time with a token that is over.
		o := next.fetch()
		is(t, "status", o.status, 200)
		is(t, "the last credential", o.sent[len(o.sent)-1], "Bearer "+next.access())
		same(t, "presented", w.server.presented(refreshURL), "refresh-token-1-of-ann", "refresh-token-2-of-ann")
		is(t, "reused", w.server.reused, 0)
		is(t, "still in escrow", k.holds(), false)
	})
}

// Nor for those who wait in other tabs, and see it stored before its refresh.
func TestAnOldAnswerHelpsNobodyInOtherTabs(t *testing.T) {
	for _, lifetime := range []time.Duration{time.Hour, 0} {
		t.Run(fmt.Sprint(lifetime), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				k := &clerk{server: w.server}
				w.server.lifetime = 0
				bereaved(t, w, k, func() { w.server.lifetime = lifetime })
				time.Sleep(2 * time.Hour)
				w.server.revoke() // what tells no time is over all the same
				k.takes = 0
				first, second := k.opens(w), k.opens(w)
				second.view.after = first.view.after
				var waiting []*pending
				for _, tab := range []*tab{first, second} {
					waiting = append(waiting, tab.start(&Request{URL: api}))
				}
				stop := make(chan struct{})
				go func() { // storage events, as early as can be
					for {
						select {
						case <-stop:
							return
						case <-time.After(time.Millisecond):
							first.Look()
							second.Look()
						}
					}
				}()
				for _, p := range waiting {
					is(t, "status", p.wait().status, 200)
				}
				close(stop)
				is(t, "reused", w.server.reused, 0)
				is(t, "refreshes", w.server.refreshes(), 2)
			})
		})
	}
}

// How long it has lain there nobody knows where the clock was set back meanwhile.
func TestAnOldAnswerAndAClockThatIsSetBack(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server}
		bereaved(t, w, k)
		time.Sleep(2 * time.Hour)
		w.jump(-5 * time.Hour)
		is(t, "status", k.opens(w).fetch().status, 200)
		is(t, "reused", w.server.reused, 0)
	})
}

func TestAWorkerThatIsNotDoneIsWaitedFor(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server, takes: time.Hour}
		bereaved(t, w, k)
		next := k.opens(w)
		o := next.fetch()
		failed(t, "a worker that takes for ever", o.err, CodeRefreshFailed, true)
		is(t, "refreshes", w.server.refreshes(), 1)
		if next.access() == "" {
			t.Error("the session: got none; want it to stay")
		}
		time.Sleep(k.takes) // synctest wants everybody to go home
	})
}

// Who signs in while a worker is waited for has a new session, which needs no refresh.
func TestASigninWhileAWorkerIsWaitedFor(t *testing.T) {
	for _, answer := range []string{"none", "a refusal"} {
		t.Run(answer, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				k := &clerk{server: w.server}
				bereaved(t, w, k)
				time.Sleep(6 * time.Second)
				synctest.Wait()
				next := k.opens(w)
				key, busy := k.key, make(chan struct{})
				k.busy, k.key = busy, ""
				p := next.start(&Request{URL: api})
				time.Sleep(time.Second)
				next.signin("bob")
				if answer != "none" {
					refusal := w.server.reply(400, `{"error":"invalid_grant"}`, "")
					k.key, k.reply = key, &refusal
				}
				close(busy)
				is(t, "status", p.wait().status, 200)
				synctest.Wait()
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

func TestOnlyWhatBelongsToTheSessionIsInherited(t *testing.T) {
	tests := []struct {
		name   string
		change func(k *clerk)
	}{
		{"another generation's", func(k *clerk) { k.key = "7" + k.key }},
		{"another refresh token's", func(k *clerk) { k.key += "0" }},
		{"a refusal", func(k *clerk) { *k.reply = k.server.reply(400, `{"error":"invalid_grant"}`, "") }},
		{"no tokens", func(k *clerk) { *k.reply = k.server.reply(200, `{}`, "") }},
		{"no answer", func(k *clerk) { k.reply = nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.server.grace = time.Minute // the token has been presented before
				k := &clerk{server: w.server}
				bereaved(t, w, k)
				time.Sleep(6 * time.Second)
				synctest.Wait()
				test.change(k)
				k.takes = 0
				next := k.opens(w)
				is(t, "status", next.fetch().status, 200)
				is(t, "inherited", len(next.app.traced("refresh.inherit")), 0)
				is(t, "refreshes", w.server.refreshes(), 2)
				is(t, "still in escrow", k.holds(), false)
			})
		})
	}
}

// A sign-out is final, and a sign-in is another session.
func TestNothingIsInheritedBeyondTheSession(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint("the answer comes later: ", late), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				k := &clerk{server: w.server}
				bereaved(t, w, k)
				if !late {
					time.Sleep(6 * time.Second)
					is(t, "in escrow", k.holds(), true)
				}
				next := k.opens(w)
				if err := next.Signout(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(6 * time.Second)
				is(t, "in escrow after the sign-out", k.holds(), false)
				is(t, "status", next.fetch().status, 401)
				next.signin("bob")
				is(t, "the status of another user", next.fetch().status, 200)
				is(t, "refreshes", w.server.refreshes(), 1)
			})
		})
	}
}

// A page whose time is up while the worker has the answer must not ask again.
func TestASecondTryLooksIntoEscrow(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server, takes: 10 * time.Second}
		tab := k.opens(w)
		tab.signin("ann")
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
		is(t, "reused", w.server.reused, 0)
		is(t, "still in escrow", k.holds(), false)
	})
}

// Where it is the worker that cannot reach the server, the page may.
func TestASecondTryIsThePagesOwn(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server}
		tab := k.opens(w)
		tab.signin("ann")
		w.server.revoke()
		w.server.answers(offline)
		is(t, "status", tab.fetch().status, 200)
		calls := w.server.asked(refreshURL)
		is(t, "calls", len(calls), 2)
		is(t, "the first has a key", calls[0].Escrow != "", true)
		is(t, "the second's key", calls[1].Escrow, "")
	})
}

func TestAKeyHoldsNoToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server}
		tab := k.opens(w)
		tab.signin("ann")
		is(t, "the key", tab.escrowKey(tab.Session(), 12), "12 fb5507744e14a2e6")
	})
}

func TestWhatNeedsNobodyToStoreItHasNoKey(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		k := &clerk{server: w.server}
		cookie := k.opens(w, func(c *Config) { c.Refresh.Spec.Cookie = true })
		cookie.signin("ann")
		is(t, "a cookie's", cookie.escrowKey(cookie.Session(), 1), "")
		own := k.opens(w, func(c *Config) { c.Refresh.Func = func(context.Context, string) (Reply, error) { return Reply{}, nil } })
		is(t, "a function's", own.escrowKey(cookie.Session(), 1), "")
		is(t, "nobody's", k.opens(w).escrowKey(nil, 1), "")
		is(t, "without a worker", w.open().escrowKey(cookie.Session(), 1), "")
	})
}
