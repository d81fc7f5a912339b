package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// Close ends what waits, at once, and leaves nothing behind: synctest fails where
// a goroutine goes on.
func TestCloseEndsWhatWaits(t *testing.T) {
	tests := []struct {
		name string
		hold func(w *world, tab *tab) // what the refresh waits for
	}{
		{"for the server", func(w *world, _ *tab) { w.server.keeps(hang) }},
		{"for a pause", func(w *world, _ *tab) { w.server.keeps(retryAfter(503, "5")) }},
		{"for the lock", func(w *world, _ *tab) { _, _ = w.lock.Lock(context.Background(), false) }},
		{"for the storage", func(w *world, _ *tab) { w.store.ledger = 99 }},
		{"for the handler", func(w *world, tab *tab) {
			w.server.keeps(status(400))
			tab.app.handler = func(ctx context.Context, _ *Error) (Given, error) {
				<-ctx.Done()
				return Given{}, ctx.Err()
			}
		}},
		{"for IsFinal", func(w *world, tab *tab) {
			w.server.keeps(status(400))
			tab.Config.IsFinal = func(ctx context.Context, _ *Error) bool {
				<-ctx.Done()
				return true
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				test.hold(w, tab)
				p := tab.start(&Request{URL: api})
				got := make(chan *Error, 1)
				time.Sleep(time.Second)
				if tab.Session() != nil {
					go func() {
						_, err := tab.Refresh()
						got <- err
					}()
				} else {
					got <- errClosed()
				}
				synctest.Wait()
				start := time.Now()
				tab.Close()
				o := p.wait()
				failed(t, "the request", o.err, CodeClosed, false)
				failed(t, "Refresh", <-got, CodeClosed, false)
				is(t, "took", time.Since(start), 0)
				tab.Close()
				time.Sleep(time.Second)
				is(t, "events", len(tab.app.heard()) <= 3, true)
			})
		})
	}
}

// A client that is closed does nothing any more.
func TestAClosedClient(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		tab.app.heard()
		late := tab.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Second); return 401 })
		tab.Close()

		o := tab.fetch()
		failed(t, "a request", o.err, CodeClosed, false)
		same(t, "a request elsewhere", tab.do(Request{URL: "https://elsewhere.test/"}).sent, "untouched")
		_, err := tab.Get(0, false)
		failed(t, "Get", err, CodeClosed, false)
		_, err = tab.Refresh()
		failed(t, "Refresh", err, CodeClosed, false)
		_, err = tab.Signin(object(t, `{"username":"bob"}`), "")
		failed(t, "Signin", err, CodeClosed, false)
		failed(t, "SetTokens", tab.SetTokens(Given{Access: "x"}), CodeClosed, false)
		is(t, "a 401 that comes late", late.wait().status, 401)
		tab.Wake()
		tab.Look()
		tab.Hear("signout 9 0")
		tab.Hear("signin 9 0")
		time.Sleep(time.Hour)
		same(t, "events", tab.app.heard())
		same(t, "handler", tab.app.calls())
		is(t, "refreshes", w.server.refreshes(), 1) // the other's, ahead of time
		is(t, "the other's session", other.access(), "access-token-2-of-ann")
		is(t, "stored", w.store.record(t).Access, other.access())
	})
}

// A sign-in under way does not outlive its client.
func TestCloseDuringASignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		w.server.signin = hang
		time.AfterFunc(time.Second, tab.Close)
		start := time.Now()
		_, err := tab.Signin(object(t, `{"username":"ann"}`), "")
		failed(t, "the sign-in", err, CodeClosed, false)
		is(t, "took", time.Since(start), time.Second)
	})
}

// Nor does what is being stored, or waits for that.
func TestCloseWhileASigninIsStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		tab.view.before = func(ctx context.Context, what string) error {
			if what == "advance" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		got := make(chan *Error)
		go func() {
			_ = tab.Signout()
			got <- errClosed()
		}()
		time.Sleep(time.Millisecond) // a sign-out ends the sign-ins that began before it
		for range 2 {
			go func() { got <- tab.SetTokens(Given{Access: "a"}) }()
		}
		time.Sleep(time.Second)
		start := time.Now()
		tab.Close()
		for range 3 {
			failed(t, "what was waiting", <-got, CodeClosed, false)
		}
		is(t, "took", time.Since(start), 0)
		is(t, "access token", tab.access(), "")
	})
}

// pains.md: importing it breaks server rendering; React's StrictMode runs it twice
func TestAClientAfterAnother(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.signedIn().Close()
		tab := w.open()
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// A client needs neither a clock nor chance of its own.
func TestDefaults(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Now, c.Rand = nil, nil })
		is(t, "received at", tab.Session().ReceivedAt, time.Now().UnixMilli())
		w.server.revoke()
		w.server.answers(status(503))
		is(t, "status", tab.fetch().status, 200)
	})
}
