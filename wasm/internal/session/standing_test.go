package session

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
)

func TestWhatStandsForOrdinaryRequests(t *testing.T) {
	beforeExpiry := func(margin time.Duration) func(*tab) standing {
		return func(tab *tab) standing {
			s := tab.Session()
			return standing{"Bearer " + s.Access, s.ExpiresAt - margin.Milliseconds()}
		}
	}
	nothing := func(*tab) standing { return standing{} }
	tests := []struct {
		name     string
		lifetime time.Duration
		change   func(*Config)
		then     func(w *world, tab *tab)
		want     func(*tab) standing
	}{
		{name: "signed in", want: beforeExpiry(time.Minute)},
		{name: "for a minute", lifetime: time.Minute, want: beforeExpiry(30 * time.Second)},
		{name: "refreshed only when it has expired", change: func(c *Config) { c.RefreshBefore = 0 }, want: beforeExpiry(0)},
		{name: "a token that tells no time", lifetime: -1, want: func(tab *tab) standing {
			return standing{"Bearer " + tab.access(), math.MaxInt64}
		}},
		{name: "a bare token", change: func(c *Config) { c.Scheme = "" }, want: func(tab *tab) standing {
			return standing{tab.access(), tab.Session().ExpiresAt - 60_000}
		}},
		{name: "refreshed", then: func(_ *world, tab *tab) { _, _ = tab.Refresh() }, want: beforeExpiry(time.Minute)},
		{
			name: "refreshed in another tab", want: beforeExpiry(time.Minute),
			then: func(w *world, _ *tab) { _, _ = w.open().Refresh() },
		},
		{name: "signed out", then: func(_ *world, tab *tab) { _ = tab.Signout() }, want: nothing},
		{name: "signed out in another tab", then: func(w *world, _ *tab) { _ = w.open().Signout() }, want: nothing},
		{name: "refused", want: nothing, then: func(w *world, tab *tab) {
			w.server.always = func(_ context.Context, s *server, _ endpoint.Call) (Reply, error) {
				return s.reply(400, `{"error":"invalid_grant"}`, ""), nil
			}
			w.server.revoke()
			tab.fetch()
		}},
		{name: "closed", then: func(_ *world, tab *tab) { tab.Close() }, want: nothing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				if test.lifetime != 0 {
					w.server.lifetime = max(test.lifetime, 0)
				}
				change := test.change
				if change == nil {
					change = func(*Config) {}
				}
				tab := w.signedIn(change)
				if test.then != nil {
					test.then(w, tab)
				}
				synctest.Wait()
				is(t, "what stands", tab.app.standing(), test.want(tab))
			})
		})
	}
}

// Whoever hears of a sign-out, and sends a request in answer, sends it without the token.
func TestNothingStandsOnceASignoutIsTold(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		tab.app.emitted = func(e Event) {
			if e.Type == "signout" {
				is(t, "what stands", tab.app.standing(), standing{})
			}
		}
		_ = tab.Signout()
		synctest.Wait()
		same(t, "events", tab.app.heard(), "signin", "signout")
	})
}
