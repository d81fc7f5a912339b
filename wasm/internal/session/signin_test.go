package session

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

func TestSignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		s := tab.signin("ann")
		want := token.Tokens{
			Access: "access-token-1-of-ann", Refresh: "refresh-token-1-of-ann",
			ReceivedAt: w.now(), ExpiresAt: w.now() + time.Hour.Milliseconds(),
		}
		is(t, "answer", *s, want)
		is(t, "session", *tab.Session(), want)
		is(t, "stored", w.store.record(t), token.Record{Generation: 1, Since: 1, Tokens: want})
		same(t, "events", tab.app.heard(), "signin")
		same(t, "events elsewhere", other.app.heard(), "signin+")
		is(t, "another tab's session", other.access(), want.Access)
		o := tab.fetch()
		is(t, "status", o.status, 200)
		same(t, "credentials", o.sent, "Bearer access-token-1-of-ann")

		call := w.server.first(signinURL)
		is(t, "body", call.Body, `{"username":"ann","password":"the-password-of-ann"}`)
	})
}

// Whatever goes wrong, what was stored before is untouched, and works.
func TestASigninThatFailsLeavesTheSessionAlone(t *testing.T) {
	tests := []struct {
		name        string
		answer      step
		credentials string
		transient   bool
		message     string
	}{
		{"a wrong password", text(401, `{"error":"invalid_grant","error_description":"No."}`), `{}`, false, "Sign-in failed: invalid_grant (No.)"},
		{"a message", text(422, `{"message":"The password is too short."}`), `{}`, false, "Sign-in failed: The password is too short."},
		{"a bare status", text(403, ``), `{}`, false, "Sign-in failed: the server answered 403"},
		{"busy", status(429), `{}`, true, "Sign-in failed: some_error"},
		{"broken", status(500), `{}`, true, "Sign-in failed: some_error"},
		{"offline", offline, `{}`, true, "Sign-in failed: no answer: Failed to fetch"},
		{"a time-out", hang, `{}`, true, "Sign-in failed: no answer within 10s"},
		{"no tokens", text(200, `{"ok":true}`), `{}`, true,
			"Sign-in failed: no access token: looked for access_token, accessToken, data.access_token, data.accessToken"},
		{"empty", text(204, ``), `{}`, true, "Sign-in failed: the answer is empty (status 204)"},
		{"opaque", text(0, ``), `{}`, true, "Sign-in failed: the answer is opaque: the server does not let this page read it"},
		{"credentials that are none", nil, `"ann"`, false, "Sign-in failed: the credentials are not an object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				before, stored := *tab.Session(), w.store.record(t)
				tab.app.heard()
				w.server.signin = test.answer
				s, err := tab.Signin(object(t, test.credentials), "")
				failed(t, "the sign-in", err, CodeSigninFailed, test.transient)
				if s != nil {
					t.Errorf("session: got %v; want none", s)
				}
				is(t, "message", err.Message, test.message)
				is(t, "session", *tab.Session(), before)
				is(t, "stored", w.store.record(t), stored)
				is(t, "status", tab.fetch().status, 200)
				same(t, "events", tab.app.heard())
				same(t, "handler", tab.app.calls())
			})
		})
	}
}

func TestASigninErrorKeepsTheServersWords(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.signin = text(401, `{"error":"invalid_grant","error_description":"No."}`)
		_, err := w.open().Signin(object(t, "{}"), "")
		is(t, "status", err.Status, 401)
		is(t, "error", err.ServerCode, "invalid_grant")
		is(t, "description", err.Description, "No.")
		is(t, "response", err.Response, any("response"))

		w.server.signin = offline
		_, err = w.open().Signin(object(t, "{}"), "")
		is(t, "cause", errors.Is(err, errOffline), true)
	})
}

func TestSigninIsNotConfigured(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open(func(c *Config) { c.Signin = nil })
		_, err := tab.Signin(object(t, "{}"), "")
		failed(t, "the sign-in", err, CodeSigninFailed, false)
	})
}

// The credentials of a function stay with the host, which knows them by a name.
func TestASigninFunction(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open(func(c *Config) {
			c.Signin = &Endpoint{Func: func(_ context.Context, name string) (Reply, error) {
				is(t, "name", name, "17")
				return w.server.reply(200, `{"access_token":"by-a-function"}`, ""), nil
			}}
		})
		_, err := tab.Signin(object(t, `"anything"`), "17")
		if err != nil {
			t.Fatalf("got %v", err)
		}
		is(t, "access token", tab.access(), "by-a-function")
	})
}

// pains.md: a refresh under way at sign-out signs the user in again
func TestASignoutDuringASignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		w.server.signin = slow(time.Second)
		time.AfterFunc(500*time.Millisecond, func() { _ = tab.Signout() })
		_, err := tab.Signin(object(t, `{"username":"ann"}`), "")
		failed(t, "the sign-in", err, CodeSignedOut, false)
		synctest.Wait()
		time.Sleep(time.Second)
		is(t, "access token", tab.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		// The grant is of no use to anyone, and the server hears so.
		same(t, "told the server", w.server.presented(signoutURL), "refresh-token-1-of-ann")
	})
}

// The same, when the answer is there already and being stored.
func TestASignoutWhileASigninIsStored(t *testing.T) {
	adopting := []struct {
		name  string
		adopt func(t *testing.T, tab *tab) *Error
	}{
		{"a sign-in", func(t *testing.T, tab *tab) *Error {
			_, err := tab.Signin(object(t, `{"username":"ann"}`), "")
			return err
		}},
		{"setTokens", func(t *testing.T, tab *tab) *Error {
			return tab.SetTokens(given(t, map[string]any{"access_token": "set", "refresh_token": "set-too"}))
		}},
	}
	moments := []struct {
		name string
		slow func(v *view, by time.Duration)
	}{
		{"before it is written", func(v *view, by time.Duration) {
			v.before = once("advance", func() { time.Sleep(by) })
		}},
		{"after it is written", func(v *view, by time.Duration) {
			slowly := once("advance", func() { time.Sleep(by) })
			v.after = func(what string) { _ = slowly(nil, what) }
		}},
	}
	for _, adopting := range adopting {
		for _, moment := range moments {
			t.Run(adopting.name+", "+moment.name, func(t *testing.T) {
				spec(t, func(t *testing.T, w *world) {
					tab, other := w.open(), w.open()
					moment.slow(tab.view, time.Second)
					done := make(chan *Error)
					go func() { done <- adopting.adopt(t, tab) }()
					time.Sleep(500 * time.Millisecond)
					if err := tab.Signout(); err != nil {
						t.Errorf("Signout: got %v", err)
					}
					failed(t, adopting.name, <-done, CodeSignedOut, false)
					time.Sleep(5 * time.Second)
					is(t, "access token", tab.access(), "")
					is(t, "access token of another tab", other.access(), "")
					is(t, "stored tokens", w.store.record(t).SignedIn(), false)
				})
			})
		}
	}
}

// What a page that was frozen could not store is not taken back where another tab has
// stored its own sign-in meanwhile, in its place.
func TestASignoutWhileASigninCannotBeStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		w.carries(silent)
		var cut atomic.Bool
		tab.view.before = func(ctx context.Context, what string) error {
			if what == "advance" && cut.CompareAndSwap(false, true) {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		time.AfterFunc(time.Second, func() { _ = tab.Signout() })
		time.AfterFunc(2*time.Second, func() { other.signin("bob") })
		_, err := tab.Signin(object(t, `{"username":"ann","password":"the-password-of-ann"}`), "")
		failed(t, "the sign-in", err, CodeSignedOut, false)
		time.Sleep(time.Minute)
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-bob")
		is(t, "there", other.access(), "access-token-2-of-bob")
	})
}

// A session that a tab comes to follow while it signs out, which another tab had stored
// before, is over in this tab as well.
func TestASignoutWhileASigninElsewhereIsFollowed(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		w.carries(silent)
		other.signin("ann")
		var looked atomic.Bool
		tab.view.after = func(what string) { // the sign-out has seen it, and so does the tab now
			if what == "read" && looked.CompareAndSwap(false, true) {
				tab.Look()
				time.Sleep(time.Millisecond)
				is(t, "followed", tab.access(), "access-token-1-of-ann")
			}
		}
		is(t, "error", tab.Signout(), nil)
		is(t, "here", tab.access(), "")
		is(t, "stored", w.store.record(t).SignedIn(), false)
		same(t, "events", tab.app.heard(), "signin+", "signout")
	})
}

// Nor does a sign-out that a page which was frozen could not store end the session that
// another tab has stored meanwhile, in its place.
func TestASignoutThatIsStoredByNobody(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		var cut atomic.Bool
		w.carries(func(text string) (time.Duration, bool) { return 0, cut.Load() && strings.HasPrefix(text, "signout") })
		tab.view.before = func(ctx context.Context, what string) error {
			if what == "advance" && cut.CompareAndSwap(false, true) {
				other.signin("bob")
				time.Sleep(2*storeBound + time.Second/2) // its time is up, and it seems to have been awake
				return ctx.Err()
			}
			return nil
		}
		err := tab.Signout()
		failed(t, "the sign-out", err, CodeStorageFailed, false)
		time.Sleep(time.Minute)
		is(t, "there", other.access(), "access-token-2-of-bob")
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-bob")
	})
}

// Where nothing can be stored, users sign in and out as often as they like.
func TestSigninAgainWhereNothingCanBeStored(t *testing.T) {
	for name, whats := range map[string][]string{
		"no reading": {"read", "write", "newest", "advance"}, "no writing": {"write", "advance"},
	} {
		t.Run(name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.open()
				tab.view.before = fails(errors.New("broken"), whats...)
				for i := range 3 {
					_, err := tab.Signin(object(t, `{"username":"ann","password":"the-password-of-ann"}`), "")
					failed(t, "the sign-in", err, CodeStorageFailed, false)
					is(t, "access token", tab.access(), fmt.Sprintf("access-token-%d-of-ann", i+1))
					failed(t, "the sign-out", tab.Signout(), CodeStorageFailed, false)
					is(t, "access token", tab.access(), "")
				}
			})
		})
	}
}

// Whatever the storage takes, what the user did last counts.
func TestASigninAfterASignoutDuringASignin(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		tab.view.before = once("advance", func() { time.Sleep(time.Second) })
		first := make(chan *Error)
		go func() {
			_, err := tab.Signin(object(t, `{"username":"ann"}`), "")
			first <- err
		}()
		time.Sleep(300 * time.Millisecond)
		go tab.Signout()
		time.Sleep(300 * time.Millisecond)
		second := tab.signin("bob")
		failed(t, "the first sign-in", <-first, CodeSignedOut, false)
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), second.Access)
		is(t, "access token of another tab", other.access(), second.Access)
		is(t, "stored", w.store.record(t).Access, second.Access)
	})
}

// What a handler answers after the user has signed out is not a sign-in either.
func TestASignoutWhileAHandlersTokensAreStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		storing := 0
		tab.view.after = func(what string) {
			if what == "advance" {
				if storing++; storing == 2 { // the first is the end of the session
					time.Sleep(time.Second)
				}
			}
		}
		tab.app.handler = func(context.Context, *Error) (Given, error) {
			return Given{Access: "from-the-handler"}, nil
		}
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		_ = tab.Signout()
		p.wait()
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
	})
}

// Two sign-ins at once: the last to arrive is the session, everywhere.
func TestTwoSignins(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.open(), w.open()
		go func() { _, _ = tab.Signin(object(t, `{"username":"ann"}`), "") }()
		time.Sleep(10 * time.Millisecond)
		other.signin("bob")
		time.Sleep(time.Second)
		for _, tab := range []string{tab.access(), other.access(), w.store.record(t).Access} {
			is(t, "access token", tab, "access-token-2-of-bob")
		}
	})
}

// pains.md: another tab stays signed in after a sign-out
func TestSignout(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		tab.app.heard()
		if err := tab.Signout(); err != nil {
			t.Errorf("Signout: got %v", err)
		}
		for _, tab := range w.tabs {
			is(t, "access token", tab.access(), "")
			same(t, "credentials", tab.fetch().sent, "")
		}
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		is(t, "refused", w.store.record(t).Refused, false)
		same(t, "events", tab.app.heard(), "signout")
		same(t, "events elsewhere", other.app.heard(), "signout+")

		is(t, "calls", len(w.server.asked(signoutURL)), 1)
		call := w.server.first(signoutURL)
		is(t, "body", call.Body, `{"refresh_token":"refresh-token-1-of-ann"}`)
		is(t, "credential", headerOf(call.Call, "Authorization"), "Bearer access-token-1-of-ann")
		is(t, "keepalive", call.KeepAlive, true)
	})
}

func headerOf(call endpoint.Call, name string) string {
	values := []string{}
	for _, h := range call.Headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return strings.Join(values, ", ")
}

// The page forgets at once, whatever the server and the storage take.
func TestASignoutIsImmediate(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.store.lags(time.Minute)
		is(t, "signed in elsewhere", other.fetch().status, 200)
		w.server.latency = 5 * time.Second
		start := time.Now()
		go tab.Signout()
		synctest.Wait()
		is(t, "access token", tab.access(), "")
		is(t, "access token elsewhere", other.access(), "")
		is(t, "took", time.Since(start), 0)
		time.Sleep(10 * time.Second)
	})
}

// The storage says so at once, for a page that leaves before its ledger answers.
func TestASignoutOfAPageThatLeaves(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.carries(silent)
		tab.view.before = func(ctx context.Context, what string) error {
			if what == "newest" || what == "advance" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		go tab.Signout()
		synctest.Wait()
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		other.Look()
		synctest.Wait()
		is(t, "access token of another tab", other.access(), "")
		tab.Close()
	})
}

// A sign-out is one, whatever its call comes to.
func TestASignoutThatTheServerDoesNotAnswer(t *testing.T) {
	for name, answer := range map[string]error{"offline": errOffline, "never": nil} {
		t.Run(name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) {
					c.Signout = &Endpoint{Func: func(ctx context.Context, refresh string) (Reply, error) {
						is(t, "refresh token", refresh, "refresh-token-1-of-ann")
						if answer == nil {
							<-ctx.Done()
							return Reply{}, ctx.Err()
						}
						return Reply{}, answer
					}}
				})
				start := time.Now()
				if err := tab.Signout(); err != nil {
					t.Errorf("Signout: got %v", err)
				}
				if time.Since(start) > 10*time.Second {
					t.Errorf("it took %v; want 10s at most", time.Since(start))
				}
				is(t, "signed in", tab.Session() != nil, false)
			})
		})
	}
}

// Who is signed out already may sign out: it is idempotent.
func TestASignoutWithoutASession(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		if err := tab.Signout(); err != nil {
			t.Errorf("Signout: got %v", err)
		}
		is(t, "calls", len(w.server.asked(signoutURL)), 0)
		same(t, "events", tab.app.heard())
		tab.signin("ann")
		_ = tab.Signout()
		_ = tab.Signout()
		is(t, "calls", len(w.server.asked(signoutURL)), 1)
		same(t, "events", tab.app.heard(), "signin", "signout")
	})
}

// Nor is a server needed.
func TestASignoutThatIsNotConfigured(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Signout = nil })
		if err := tab.Signout(); err != nil {
			t.Errorf("Signout: got %v", err)
		}
		is(t, "signed in", tab.Session() != nil, false)
	})
}

// A cookie may hold a session that this page has never seen. There is no
// credential then, and no empty header in its place.
func TestASignoutWithACookie(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open(cookie)
		_ = tab.Signout()
		is(t, "calls", len(w.server.asked(signoutURL)), 1)
		call := w.server.first(signoutURL)
		is(t, "credentials", call.Credentials, "include")
		is(t, "body", call.HasBody, false)
		for _, h := range call.Headers {
			if h.Name == "Authorization" {
				t.Errorf("got the header %q with %q; want none", h.Name, h.Value)
			}
		}
	})
}

// A revocation endpoint wants the client's own credentials (RFC 7009).
func TestASignoutKeepsTheEndpointsOwnCredential(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) {
			c.Signout.Spec.Headers = []endpoint.Header{{Name: "authorization", Value: "Basic Y2xpZW50"}}
		})
		_ = tab.Signout()
		is(t, "credential", headerOf(w.server.first(signoutURL).Call, "Authorization"), "Basic Y2xpZW50")
	})
}

// A server elsewhere gets the refresh token that it granted, and nothing else.
func TestASignoutElsewhereCarriesNoCredential(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn(func(c *Config) { c.Origins = []string{"https://other.example.com"} })
		_ = tab.Signout()
		call := w.server.first(signoutURL)
		is(t, "body", call.Body, `{"refresh_token":"refresh-token-1-of-ann"}`)
		is(t, "credential", headerOf(call.Call, "Authorization"), "")
	})
}

// pains.md: a refresh under way at sign-out signs the user in again
func TestASignoutDuringARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(late(time.Second))
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		start := time.Now()
		_ = tab.Signout()
		o := p.wait()
		failed(t, "the request", o.err, CodeSignedOut, false)
		is(t, "freed after", o.at.Sub(start), 0)
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		same(t, "handler", tab.app.calls())
		// The tokens that arrived afterwards are revoked too.
		same(t, "told the server", w.server.presented(signoutURL), "refresh-token-1-of-ann", "refresh-token-2-of-ann")
	})
}

// Nor do tokens that have arrived, and are just being stored.
func TestASignoutWhileARefreshIsStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		w.server.revoke()
		slowly := once("advance", func() { time.Sleep(time.Second) })
		tab.view.after = func(what string) { _ = slowly(nil, what) }
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		_ = tab.Signout()
		failed(t, "the request", p.wait().err, CodeSignedOut, false)
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "")
		is(t, "access token of another tab", other.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		same(t, "told the server", w.server.presented(signoutURL), "refresh-token-1-of-ann", "refresh-token-2-of-ann")
	})
}

// Nor is a user who signs out told that the session has ended.
func TestASignoutWhileARefusalIsStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.end()
		slowly := once("advance", func() { time.Sleep(time.Second) })
		tab.view.after = func(what string) { _ = slowly(nil, what) }
		p := tab.start(&Request{URL: api})
		time.Sleep(500 * time.Millisecond)
		_ = tab.Signout()
		failed(t, "the request", p.wait().err, CodeSignedOut, false)
		time.Sleep(5 * time.Second)
		same(t, "handler", tab.app.calls())
		same(t, "events", tab.app.heard(), "signin", "signout")
	})
}

// What was sent before a sign-out and is refused after it is handed back.
func TestALateRefusalAfterASignout(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		late := tab.startWith(&Request{URL: api}, func(string) int { time.Sleep(time.Second); return 401 })
		_ = tab.Signout()
		o := late.wait()
		is(t, "status", o.status, 401)
		same(t, "sent", o.sent, "Bearer access-token-1-of-ann")
		same(t, "handler", tab.app.calls())
	})
}

// A tab that has missed what the others did signs them out as well.
func TestASignoutOfATabThatIsBehind(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, behind := w.signedIn(), w.open()
		w.carries(silent)
		for range 3 {
			w.server.revoke()
			is(t, "status", tab.fetch().status, 200)
		}
		is(t, "access token of the one behind", behind.access(), "access-token-1-of-ann")
		w.carries(nil)
		start := time.Now()
		if err := behind.Signout(); err != nil {
			t.Errorf("Signout: got %v", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v; want it at once", took)
		}
		is(t, "access token", tab.access(), "")
		is(t, "stored tokens", w.store.record(t).SignedIn(), false)
		time.Sleep(time.Minute)
		is(t, "access token at last", tab.access(), "")
	})
}

// A refresh that fails after a sign-in is nobody's business.
func TestASigninDuringARefreshThatFails(t *testing.T) {
	for _, code := range []int{400, 503} {
		t.Run(fmt.Sprint("status ", code), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn(func(c *Config) { c.Retry.Attempts = 1 })
				w.server.revoke()
				w.server.keeps(func(ctx context.Context, s *server, _ endpoint.Call) (Reply, error) {
					return s.reply(code, "", ""), sleep(ctx, time.Second)
				})
				p := tab.start(&Request{URL: api})
				time.Sleep(500 * time.Millisecond)
				tab.signin("ann")
				is(t, "status", p.wait().status, 200)
				time.Sleep(time.Minute)
				is(t, "access token", tab.access(), "access-token-2-of-ann")
				is(t, "refreshes", w.server.refreshes(), 1)
				same(t, "handler", tab.app.calls())
				same(t, "events", tab.app.heard(), "signin", "signin")
			})
		})
	}
}

// And a sign-in during a refresh is not undone by it.
func TestASigninDuringARefresh(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.keeps(slow(time.Second))
		p := tab.start(&Request{URL: api})
		time.Sleep(100 * time.Millisecond)
		tab.signin("ann")
		is(t, "status", p.wait().status, 200)
		time.Sleep(5 * time.Second)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
		is(t, "stored", w.store.record(t).Access, "access-token-2-of-ann")
		// What the refresh brought is nobody's; the user is signed in and hears nothing.
		is(t, "calls", len(w.server.asked(signoutURL)), 0)
	})
}

func TestSetTokens(t *testing.T) {
	tests := []struct {
		name  string
		given Given
		want  token.Tokens // ExpiresAt from now on
		wrong string
	}{
		{"a bare token", Given{Access: "a"}, token.Tokens{Access: "a"}, ""},
		{"what the type says", given(t, map[string]any{"accessToken": "a", "refreshToken": "r", "expiresIn": 60, "idToken": "i"}),
			token.Tokens{Access: "a", Refresh: "r", ID: "i", ExpiresAt: 60_000}, ""},
		{"a server's answer", given(t, map[string]any{"access_token": "a", "refresh_token": "r", "expires_in": "60", "token_type": "bearer"}),
			token.Tokens{Access: "a", Refresh: "r", ExpiresAt: 60_000}, ""},
		{"under data", given(t, map[string]any{"data": map[string]any{"access_token": "a"}}), token.Tokens{Access: "a"}, ""},
		{"a moment", given(t, map[string]any{"accessToken": "a", "expiresAt": "2000-01-01T00:01:00Z"}),
			token.Tokens{Access: "a", ExpiresAt: 60_000}, ""},
		{"nothing", Given{}, token.Tokens{}, "setTokens: no access token: expected a JSON object"},
		{"an empty object", given(t, map[string]any{}), token.Tokens{}, "setTokens: no access token: looked for"},
		{"a number", given(t, map[string]any{"accessToken": 7}), token.Tokens{}, "setTokens: accessToken is of type number"},
		{"a token with its scheme", given(t, map[string]any{"accessToken": "Bearer a"}), token.Tokens{}, "setTokens: the access token contains a space"},
		{"a bare token with its scheme", Given{Access: "Bearer a"}, token.Tokens{}, "setTokens: the access token contains a space"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.open()
				err := tab.SetTokens(test.given)
				if test.wrong != "" {
					failed(t, "setTokens", err, CodeBadOptions, false)
					if err != nil && !strings.HasPrefix(err.Message, test.wrong) {
						t.Errorf("message: got %s; want %s…", err.Message, test.wrong)
					}
					is(t, "signed in", tab.Session() != nil, false)
					return
				}
				if err != nil {
					t.Fatalf("got %v", err)
				}
				test.want.ReceivedAt = w.now()
				if test.want.ExpiresAt > 0 {
					test.want.ExpiresAt += w.now()
				}
				is(t, "session", *tab.Session(), test.want)
				is(t, "stored", w.store.record(t).Tokens, test.want)
				same(t, "events", tab.app.heard(), "signin")
			})
		})
	}
}

// What an application says of an access token that is there already counts in every tab:
// how long it lives, and what it is refreshed with.
func TestSetTokensWithTheSameAccessToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		one, other := w.signedIn(), w.open()
		access := one.access()
		tabs := map[string]*tab{"the tab": one, "another": other}
		for _, tab := range tabs {
			tab.app.heard()
		}
		again := map[string]any{"accessToken": access, "refreshToken": one.Session().Refresh, "expiresIn": 120, "idToken": "i"}
		if err := one.SetTokens(given(t, again)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for name, tab := range tabs {
			s := tab.Session()
			is(t, name+": expires in", s.ExpiresAt-w.now(), 120_000)
			is(t, name+": ID token", s.ID, "i")
			is(t, name+": change was told", tab.app.last().Type, "change")
			same(t, name+": other events", tab.app.heard())
		}
		// Refreshed a minute ahead of the new expiry, not of the old one.
		time.Sleep(61 * time.Second)
		is(t, "refreshes", w.server.refreshes(), 1)
		is(t, "access token", other.access(), "access-token-2-of-ann")
	})
}

// A session whose refresh was refused ahead of time has hope again.
func TestSetTokensWithAnotherRefreshToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.server.lifetime = 10 * time.Minute
		tab := w.signedIn()
		w.server.answers(status(400))
		time.Sleep(9*time.Minute + time.Second)
		is(t, "refreshes", w.server.refreshes(), 1)
		again := map[string]any{"accessToken": tab.access(), "refreshToken": "refresh-token-1-of-ann", "expiresIn": 30}
		if err := tab.SetTokens(given(t, again)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		is(t, "refreshes", w.server.refreshes(), 2)
		is(t, "access token", tab.access(), "access-token-2-of-ann")
	})
}

// A JWT tells how long it lives.
func TestSetTokensWithAJWT(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.open()
		bare := mint(t, "ann", time.Now(), time.Minute, 1)
		if err := tab.SetTokens(Given{Access: bare}); err != nil {
			t.Fatalf("got %v", err)
		}
		is(t, "expires in", tab.Session().ExpiresAt-w.now(), 60_000)
	})
}

// A storage that is full, or forbidden, costs the other tabs the session and
// this one nothing.
func TestAStorageThatCannotBeWritten(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		full := errors.New("QuotaExceededError")
		tab := w.open()
		tab.view.before = fails(full, "write", "advance")
		s, err := tab.Signin(object(t, `{"username":"ann"}`), "")
		failed(t, "the sign-in", err, CodeStorageFailed, false)
		is(t, "cause", errors.Is(err, full), true)
		is(t, "answer", s != nil && s.Access == tab.access(), true)
		is(t, "status", tab.fetch().status, 200)
		same(t, "events", tab.app.heard(), "refresherror", "signin")

		// Looking around does not lose it, and a refresh works, at once.
		tab.Look()
		tab.Wake()
		time.Sleep(10 * time.Second)
		w.server.revoke()
		start := time.Now()
		is(t, "status", tab.fetch().status, 200)
		if took := time.Since(start); took > time.Second {
			t.Errorf("a refresh took %v; want no waiting for a storage that cannot be written", took)
		}
		is(t, "access token", tab.access(), "access-token-2-of-ann")

		// Once there is room, all is well again.
		tab.view.before = nil
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
		is(t, "stored", w.store.record(t).Access, "access-token-3-of-ann")
	})
}

// A storage that has no room for another record has room in the old one's place.
func TestAFullStorageIsMadeRoomIn(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				tab := w.signedIn()
				tab.view.refuse = func(entries []token.Entry) error {
					if !removal(entries) && w.store.seen(nil)[keys.Record] != "" {
						return errors.New("QuotaExceededError")
					}
					return nil
				}
				w.server.revoke()
				is(t, "status", tab.fetch().status, 200)
				is(t, "stored", w.store.record(t).Access, tab.access())
				same(t, "events", tab.app.heard(), "signin", "refresh")
			})
		})
	}
}

// A refresh token that is used up is not left behind for other tabs.
func TestARecordThatCannotBeReplacedIsRemoved(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		t.Run(fmt.Sprint("a ledger: ", ordered), func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				w.store.ordered = ordered
				tab := w.signedIn()
				w.server.revoke()
				tab.view.refuse = func(entries []token.Entry) error {
					if !removal(entries) {
						return errors.New("QuotaExceededError")
					}
					return nil
				}
				is(t, "status", tab.fetch().status, 200)
				is(t, "stored tokens", w.store.record(t).SignedIn(), false)
				is(t, "access token", tab.access(), "access-token-2-of-ann")
				same(t, "events", tab.app.heard(), "signin", "refresherror", "refresh")
				tab.Look()
				time.Sleep(5 * time.Second)
				is(t, "access token after a look", tab.access(), "access-token-2-of-ann")
			})
		})
	}
}

func TestASignoutThatCannotBeStored(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab, other := w.signedIn(), w.open()
		tab.view.before = fails(errors.New("SecurityError"), "write", "advance")
		failed(t, "Signout", tab.Signout(), CodeStorageFailed, false)
		is(t, "access token", tab.access(), "")
		is(t, "access token elsewhere", other.access(), "")
		same(t, "told the server", w.server.presented(signoutURL), "refresh-token-1-of-ann")
		// What lies in the storage all the same does not sign this tab in again.
		tab.Look()
		time.Sleep(5 * time.Second)
		is(t, "access token after a look", tab.access(), "")
	})
}

func ExampleError() {
	cause := errors.New("the disk is full")
	err := storageError("written", cause, token.Tokens{})
	fmt.Println(err, errors.Is(err, cause))
	// Output: The storage could not be written: the disk is full true
}
