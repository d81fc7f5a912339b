package session

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// newVault makes a tab's vault.
func newVault(w *world) *vault { return &vault{store: &view{store: w.store}, keys: keys} }

func recordOf(access string) token.Record { return token.Record{Tokens: token.Tokens{Access: access}} }

// always is a still of force that lets it go on.
func always(token.Record) bool { return true }

// A stored session is there when the page comes back.
func TestAStoredSessionIsRead(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.jwt = true
		before := w.signedIn()
		before.Close()
		tab := w.open()
		is(t, "session", *tab.Session(), *before.Session())
		is(t, "status", tab.fetch().status, 200)
		same(t, "events", tab.app.heard())
	})
}

// What cannot be read is no session, and the reason why nobody is signed in.
func TestAStorageThatCannotBeRead(t *testing.T) {
	thrown := errors.New("The operation is insecure.")
	tests := []struct {
		name  string
		spoil func(w *world, tab *tab)
		want  string
	}{
		{"it throws", func(w *world, tab *tab) {
			tab.view.before = fails(thrown, "read", "newest", "write", "advance")
		}, "Nobody is signed in: The storage could not be read: The operation is insecure."},
		{"not a record", func(w *world, _ *tab) { w.store.write(nil, []token.Entry{{Key: "authfetch", Text: "{"}}) },
			`Nobody is signed in: The storage could not be read: the stored record "authfetch" cannot be read: the JSON is truncated or malformed; expected a JSON object`},
		{"another version", func(w *world, _ *tab) { w.store.write(nil, []token.Entry{{Key: "authfetch", Text: `{"v":2}`}}) },
			`Nobody is signed in: The storage could not be read: the stored record "authfetch" cannot be read: v is not 1, the only version that is known`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := &tab{w: w, app: &app{}, view: &view{store: w.store}}
				test.spoil(w, tab)
				broken := w.open(func(c *Config) { c.Store = tab.view })
				is(t, "signed in", broken.Session() != nil, false)
				is(t, "status", broken.fetch().status, 401)
				same(t, "handler", broken.app.calls(), CodeNotSignedIn)
				err := broken.app.failures[0]
				is(t, "message", err.Message, test.want)
				var cause *Error
				is(t, "cause", errors.As(err.Cause, &cause) && cause.Code == CodeStorageFailed, true)
				is(t, "traces", len(broken.app.traced("storage.unreadable")), 1)

				_, refresh := broken.Refresh()
				is(t, "message of Refresh", refresh.Message, test.want)
				if test.name != "it throws" {
					broken.signin("ann")
					is(t, "signed in", w.store.record(t).Access, broken.access())
				}
			})
		})
	}
}

// localStorage can throw on any access, later too: what this tab knows counts.
func TestAStorageThatThrowsLater(t *testing.T) {
	for _, what := range []string{"read", "newest", "advance", "write"} {
		t.Run(what, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				tab.view.before = fails(errors.New("SecurityError"), what)
				tab.Look()
				is(t, "status", tab.fetch().status, 200)
				w.server.revoke()
				is(t, "status", tab.fetch().status, 200)
				is(t, "reused", w.server.reused, 0)
				is(t, "access token", tab.access(), "access-token-3-of-ann")
			})
		})
	}
}

// A storage that does not answer does not hold requests for ever, nor the lock.
func TestAStorageThatHangs(t *testing.T) {
	for _, what := range []string{"read", "newest", "advance"} {
		t.Run(what, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				tab.view.before = func(ctx context.Context, doing string) error {
					if doing == what {
						<-ctx.Done()
						return ctx.Err()
					}
					return nil
				}
				p := tab.start(&Request{URL: api})
				time.Sleep(2 * time.Minute)
				is(t, "the request is over", p.over(), true)
				is(t, "the lock is held", w.lock.held(), false)
				tab.Close()
			})
		})
	}
}

// What was written is waited for as long as something tells that it was.
func TestNewest(t *testing.T) {
	tests := []struct {
		name    string
		ledger  bool
		atLeast uint64
		lag     time.Duration // of the second generation
		want    uint64
		took    time.Duration
	}{
		{"nothing is newer", true, 0, 0, 2, 0},
		{"heard of no more", true, 2, 0, 2, 0},
		{"seen late", true, 0, 10 * time.Millisecond, 2, 14 * time.Millisecond}, // 2 + 4 + 8
		{"seen after a second", true, 0, time.Second, 2, 1012 * time.Millisecond},
		{"never seen", true, 0, time.Hour, 1, 3012 * time.Millisecond},
		{"heard of, and never seen", true, 3, 0, 2, 3012 * time.Millisecond},
		{"no ledger", false, 0, 0, 2, 30 * time.Millisecond},
		{"no ledger, seen late", false, 0, 10 * time.Millisecond, 2, 30 * time.Millisecond},
		{"no ledger, heard of", false, 2, 100 * time.Millisecond, 2, 112 * time.Millisecond},
		{"no ledger, heard of, and never seen", false, 3, 0, 2, 3012 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = test.ledger
				writer, reader := newVault(w), newVault(w)
				for i := range 2 {
					time.Sleep(2 * time.Hour)
					if _, ok, err := writer.save(context.Background(), uint64(i), recordOf("a")); !ok || err != nil {
						t.Fatalf("save: got %v, %v", ok, err)
					}
				}
				w.store.lags(test.lag)
				for _, took := range []time.Duration{test.took, 0} {
					start := time.Now()
					r, err := reader.newest(context.Background(), func() uint64 { return test.atLeast })
					is(t, "error", err, nil)
					is(t, "generation", r.Generation, test.want)
					if took > 0 || test.ledger || test.atLeast > 0 {
						is(t, "took", time.Since(start), took)
					}
					// The second time everything is there, or known to be lost.
				}
			})
		})
	}
}

// No record at all is none that is late, but one that was removed.
func TestNewestOfARecordThatIsGone(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		v := newVault(w)
		_, _, _ = v.save(context.Background(), 0, recordOf("a"))
		w.store.clear()
		start := time.Now()
		r, err := v.newest(context.Background(), unheard)
		is(t, "error", err, nil)
		is(t, "record", r, token.Record{})
		is(t, "took", time.Since(start), 212*time.Millisecond)
	})
}

// Once there is a record, though an old one, nothing was removed: what was given up as
// gone is on its way.
func TestNewestOfFirstRecordsThatAreLate(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		reader := newVault(w)
		first, second := recordOf("a"), recordOf("b")
		first.Generation, second.Generation = 1, 2
		w.store.ledger = 2
		time.AfterFunc(time.Second, func() { w.store.write(nil, keys.Encode(first)) })
		time.AfterFunc(3*time.Second, func() { w.store.write(nil, keys.Encode(second)) })
		for _, want := range []token.Record{{}, {}, second} {
			r, err := reader.newest(context.Background(), unheard)
			is(t, "error", err, nil)
			is(t, "record", r, want)
			if r.Generation == 0 {
				time.Sleep(time.Second / 2)
			}
		}
	})
}

// What stands beside a record of another token was written by an application's
// other code, which tells no ledger, or by a tab that holds the ledger just now.
func TestNewestOfAForeignToken(t *testing.T) {
	shared := token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
	for _, written := range []bool{false, true} {
		t.Run(fmt.Sprint("by another tab: ", written), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				writer := &vault{store: &view{store: w.store}, keys: shared}
				reader := &vault{store: &view{store: w.store}, keys: shared}
				for i, name := range []string{"a", "b"} {
					r := token.Record{Tokens: token.Tokens{Access: name, Refresh: name}}
					if _, ok, err := writer.save(context.Background(), uint64(i), r); !ok || err != nil {
						t.Fatalf("save: got %v, %v", ok, err)
					}
				}
				next := token.Record{Generation: 3, Tokens: token.Tokens{Access: "c", Refresh: "c"}}
				entries := shared.Encode(next)
				w.store.write(nil, entries[:1])
				asked := 0
				reader.store.(*view).before = func(_ context.Context, what string) error {
					if what == "newest" {
						asked++
					}
					if asked == 2 && written {
						w.store.ledger = 3
						time.AfterFunc(time.Second, func() { w.store.write(nil, entries[1:]) })
					}
					return nil
				}
				r, err := reader.newest(context.Background(), unheard)
				is(t, "error", err, nil)
				is(t, "refresh token", r.Refresh, map[bool]string{false: "b", true: "c"}[written])
				is(t, "generation", r.Generation, map[bool]uint64{false: 2, true: 3}[written])
				is(t, "asked", asked, map[bool]int{false: 2, true: 3}[written])
			})
		})
	}
}

// unheard is what a tab has heard that was told nothing.
func unheard() uint64 { return 0 }

// What a tab waits for in vain may have been replaced meanwhile, and what it sees by
// then may be half of that, for which its patience begins anew.
func TestNewestOfWhatIsReplaced(t *testing.T) {
	shared := token.Keys{Record: "authfetch", Access: "jwt", Refresh: "refresh"}
	tests := []struct {
		name  string
		shows uint64        // the generation that shows with the half of the next one
		tells time.Duration // when the tab hears of the next one; 0: never
	}{
		{"the ledger tells", 2, 0},
		{"a message tells", 1, 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				writer := &vault{store: &view{store: w.store}, keys: shared}
				reader := &vault{store: &view{store: w.store}, keys: shared}
				kept := token.Record{Tokens: token.Tokens{Access: "a", Refresh: "a"}}
				for from := range uint64(2) {
					if _, ok, err := writer.save(context.Background(), from, kept); !ok || err != nil {
						t.Fatalf("save: got %v, %v", ok, err)
					}
				}
				kept.Generation = 1
				w.store.write(nil, shared.Encode(kept))
				ended := shared.Encode(token.Record{Generation: 3, Refused: true})
				time.AfterFunc(2900*time.Millisecond, func() {
					w.store.ledger = 3
					kept.Generation = test.shows
					w.store.write(nil, append(shared.Encode(kept), ended[0]))
				})
				time.AfterFunc(5*time.Second, func() { w.store.write(nil, ended[1:]) })
				start := time.Now()
				heard := func() uint64 {
					if test.tells > 0 && time.Since(start) > test.tells {
						return 3
					}
					return 0
				}
				r, err := reader.newest(context.Background(), heard)
				is(t, "error", err, nil)
				is(t, "record", r, token.Record{Generation: 3, Refused: true})
			})
		})
	}
}

func TestNewestIsCutShort(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		v := newVault(w)
		_, _, _ = v.save(context.Background(), 0, recordOf("a"))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := v.newest(ctx, func() uint64 { return 9 }); err == nil {
			t.Error("got no error; want that of the context")
		}
		is(t, "took", time.Since(start), time.Second)
	})
}

// Of two successors one wins, whatever the storage shows.
func TestSaveHasOneWinner(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				one, other := newVault(w), newVault(w)
				if ordered {
					w.store.lags(time.Hour)
				}
				saved, ok, err := one.save(context.Background(), 0, recordOf("one"))
				if saved != 1 || !ok || err != nil {
					t.Errorf("the first: got %d, %v, %v; want 1, true, nil", saved, ok, err)
				}
				_, ok, err = other.save(context.Background(), 0, recordOf("other"))
				if ok || err != nil {
					t.Errorf("the second: got %v, %v; want false, nil", ok, err)
				}
				is(t, "stored", w.store.record(t).Access, "one")
			})
		})
	}
}

// What the user does comes after whatever is there.
func TestForce(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		for _, from := range []uint64{0, 3, 9} {
			t.Run(fmt.Sprint("a ledger: ", ordered, ", from ", from), func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					w.store.ordered = ordered
					one, other := newVault(w), newVault(w)
					for i := range 3 {
						_, _, _ = one.save(context.Background(), uint64(i), recordOf("one"))
					}
					saved, ok, err := other.force(context.Background(), from, recordOf("other"), always)
					is(t, "ok", ok, true)
					is(t, "error", err, nil)
					is(t, "generation", saved, max(from, 3)+1)
					r := w.store.record(t)
					is(t, "stored", r.Access, "other")
					is(t, "stored generation", r.Generation, saved)
				})
			})
		}
	}
}

// Even against another tab that never stops writing, or a ledger that fails in
// between.
func TestForceAgainstAllOdds(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		v := newVault(w)
		rival := newVault(w)
		n := uint64(0)
		v.store.(*view).before = func(_ context.Context, what string) error {
			if what == "advance" {
				n++
				_, _, _ = rival.save(context.Background(), n, recordOf("rival"))
			}
			return nil
		}
		_, ok, err := v.force(context.Background(), 0, recordOf("mine"), always)
		is(t, "ok", ok, true)
		is(t, "error", err, nil)
		is(t, "stored", w.store.record(t).Access, "mine")
	})
	spec(t, func(t *testing.T, w *world) {
		v := newVault(w)
		_, _, _ = newVault(w).save(context.Background(), 0, recordOf("rival"))
		v.store.(*view).before = fails(errors.New("UnknownError"), "newest")
		_, ok, err := v.force(context.Background(), 0, recordOf("mine"), always)
		is(t, "ok", ok, true)
		is(t, "error", err, nil)
		is(t, "stored", w.store.record(t).Access, "mine")
	})
}
