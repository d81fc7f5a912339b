package session

import (
	"testing"
	"time"
)

// pains.md: an endless refresh loop takes the server down
func TestAServerThatRefusesEveryTokenItGrants(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.latency = time.Millisecond
		w.server.judge = func(string) int { return 401 }
		start := time.Now()
		for time.Since(start) < 20*time.Minute {
			is(t, "status", tab.fetch().status, 401)
			if t.Failed() {
				return
			}
		}
		if got, most := w.server.refreshes(), burst+int((20*time.Minute).Milliseconds()/refillMS); got > most {
			t.Errorf("refreshes in twenty minutes: got %d; want %d at most", got, most)
		}
		same(t, "handler", tab.app.calls())
	})
}

// The first of them follow each other at once, so that nobody notices.
func TestABurstIsFree(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		start := time.Now()
		for i := range burst + 3 {
			if _, err := tab.Refresh(); err != nil {
				t.Fatalf("refresh %d: got %v", i, err)
			}
			took := time.Since(start)
			if i < burst && took > time.Second {
				t.Errorf("%d refreshes took %v; want no waiting", i+1, took)
			}
		}
		took := time.Since(start)
		if want := 3 * refillMS * time.Millisecond; took < want-time.Second || took > want+time.Second {
			t.Errorf("%d refreshes took %v; want about %v", burst+3, took, want)
		}
		time.Sleep(time.Minute)
		start = time.Now()
		for range burst {
			_, _ = tab.Refresh()
		}
		is(t, "after a minute", time.Since(start), burst*w.server.latency)
	})
}

// The tabs share the tokens, and so the breaker's allowance is each tab's own
// only where a tab asks by itself.
func TestManyTabsAndAServerThatRefusesEveryToken(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		w.signedIn()
		for range 4 {
			w.open()
		}
		w.server.judge = func(string) int { time.Sleep(200 * time.Millisecond); return 401 }
		start := time.Now()
		for time.Since(start) < 2*time.Minute {
			for _, tab := range w.tabs {
				tab.fetch()
			}
		}
		if got, most := w.server.refreshes(), 5*(burst+int((2*time.Minute).Milliseconds()/refillMS)); got > most {
			t.Errorf("refreshes in two minutes: got %d; want %d at most", got, most)
		}
	})
}

// pains.md: 429 on the token endpoint signs out, or loops 60 000 times an hour
func TestAServerThatIsBusyForAnHour(t *testing.T) {
	tests := []struct {
		name   string
		answer step
		most   int // refreshes in an hour, of an application that never stops asking
	}{
		{"429", status(429), 1000},
		{"429 with Retry-After", retryAfter(429, "60"), 61},
		{"503", status(503), 1000},
		{"offline", offline, 1000},
		{"404", status(404), 500},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				w.server.keeps(test.answer)
				start := time.Now()
				for time.Since(start) < time.Hour {
					failed(t, "a request", tab.fetch().err, CodeRefreshFailed, true)
					if t.Failed() {
						return
					}
					time.Sleep(time.Second)
				}
				got := w.server.refreshes()
				if got > test.most || got < 30 {
					t.Errorf("refreshes in an hour: got %d; want %d at most", got, test.most)
				}
				is(t, "signed in", tab.Session() != nil, true)
				same(t, "handler", tab.app.calls())
				w.server.keeps(nil)
				time.Sleep(time.Minute)
				is(t, "status", tab.fetch().status, 200)
			})
		})
	}
}

// Ahead of time nobody waits for it, and it is not tried for ever.
func TestAServerThatIsBusyAheadOfTime(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.keeps(status(503))
		time.Sleep(59*time.Minute + 59*time.Second)
		got := w.server.refreshes()
		if got < 3 || got > 40 {
			t.Errorf("refreshes in the last minute: got %d; want 3 to 40", got)
		}
		is(t, "status", tab.fetch().status, 200)
		time.Sleep(time.Hour)
		if now := w.server.refreshes(); now > got+3 {
			t.Errorf("refreshes of an expired token that nobody uses: got %d; want none", now-got)
		}
	})
}

// Shown again, or online again, a page need not wait; what the server asked for
// counts all the same.
func TestWhatAWakeRevives(t *testing.T) {
	tests := []struct {
		name   string
		answer step
		wake   bool
		want   int
	}{
		{"offline, asleep", offline, false, 0},
		{"offline, awake", offline, true, 200},
		{"429, asleep", status(429), false, 0},
		{"429, awake", status(429), true, 200},
		{"Retry-After, asleep", retryAfter(429, "60"), false, 0},
		{"Retry-After, awake", retryAfter(429, "60"), true, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab := w.signedIn()
				w.server.revoke()
				w.server.keeps(test.answer)
				pauseLong(t, tab)
				w.server.keeps(nil)
				if test.wake {
					tab.Wake()
				}
				start := time.Now()
				o := tab.fetch()
				is(t, "status", o.status, test.want)
				if took := o.at.Sub(start); took > 3*time.Second {
					t.Errorf("it took %v; want no long waiting", took)
				}
			})
		})
	}
}

// pauseLong has a tab's requests fail until it pauses for longer than they wait.
func pauseLong(t *testing.T, tab *tab) {
	t.Helper()
	for range 300 {
		tab.fetch()
		if tab.pace.wait() > 8000 {
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatal("got no long pause after 300 seconds of failures; want one")
}

// A page that another tab's failures have paced is revived too, unless they were
// the server's wish.
func TestAWakeRevivesWhatOtherTabsTold(t *testing.T) {
	tests := []struct {
		name   string
		answer step
		want   int
	}{
		{"offline", offline, 200},
		{"Retry-After", retryAfter(429, "60"), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec(t, func(t *testing.T, w *world) {
				tab, other := w.signedIn(), w.open()
				w.server.revoke()
				w.server.keeps(test.answer)
				pauseLong(t, tab)
				w.server.keeps(nil)
				failed(t, "a request in another tab", other.fetch().err, CodeRefreshFailed, true)
				other.Wake()
				is(t, "status once awake", other.fetch().status, test.want)
			})
		})
	}
}

// What a request hears that may not ask the server yet is what the last one did.
func TestARefreshThatMayNotBeginYet(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(retryAfter(429, "60"))
		first := tab.fetch().err
		second := tab.fetch().err
		failed(t, "the second", second, CodeRefreshFailed, true)
		is(t, "message", second.Message, first.Message)
		is(t, "status", second.Status, 429)
		_, err := tab.Refresh()
		failed(t, "Refresh", err, CodeRefreshFailed, true)
		is(t, "refreshes", w.server.refreshes(), 1)
	})
}

// A sign-in ends every pause.
func TestASigninEndsAPause(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		tab := w.signedIn()
		w.server.revoke()
		w.server.answers(retryAfter(429, "3600"))
		failed(t, "a request", tab.fetch().err, CodeRefreshFailed, true)
		tab.signin("ann")
		w.server.revoke()
		is(t, "status", tab.fetch().status, 200)
	})
}

// A refresh whose turn another tab has taken over may fail after the server has asked the
// next one for a rest.
func TestALateFailureEndsNoRest(t *testing.T) {
	spec(t, func(t *testing.T, _ *world) {
		p := pace{began: time.Now(), rand: func() float64 { return 0.5 }, retry: Retry{Attempts: 3, MinDelay: 300, MaxDelay: 5000}}
		p.failed(&Error{}, 1, true, 20_000)
		p.failed(&Error{}, 1, true, -1)
		is(t, "the rest", p.wait(), 20_000)
		p.revived()
		is(t, "the rest after a wake", p.wait(), 20_000)
	})
}

// A wake ends a rest that nobody has asked for, and not the shorter one within it that
// the server has.
func TestAWakeWithinTwoRests(t *testing.T) {
	spec(t, func(t *testing.T, _ *world) {
		p := pace{began: time.Now(), rand: func() float64 { return 0.5 }, retry: Retry{Attempts: 3, MinDelay: 300, MaxDelay: 5000}}
		p.cool(20_000, false)
		p.failed(&Error{}, 1, true, 10_000)
		is(t, "the rest", p.wait(), 20_000)
		p.revived()
		is(t, "the rest after a wake", p.wait(), 10_000)
		p.succeeded()
		is(t, "the tab's own pause", p.failed(&Error{}, 1, true, 100), 150)
		p.revived()
		is(t, "the rest within it after a wake", p.wait(), 100)
	})
}

func TestDoubled(t *testing.T) {
	tests := []struct {
		ms    int64
		n     int
		limit int64
		want  int64
	}{
		{300, 0, 5000, 300}, {300, 1, 5000, 600}, {300, 4, 5000, 4800}, {300, 5, 5000, 5000}, {300, 1 << 30, 5000, 5000},
		{300, 0, 100, 100}, {0, 63, 5000, 0}, {1, 62, 1 << 62, 1 << 62}, {500, -1, 30_000, 500},
	}
	for _, test := range tests {
		if got := doubled(test.ms, test.n, test.limit); got != test.want {
			t.Errorf("doubled(%d, %d, %d): got %d; want %d", test.ms, test.n, test.limit, got, test.want)
		}
	}
}
