package session

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// leases is a lease in a storage. Its function may be nil.
type leases struct {
	before func() error

	mu     sync.Mutex
	holder string
	until  time.Time
	asked  int
}

func (l *leases) Claim(ctx context.Context, holder string, length int64) (bool, error) {
	if l.before != nil {
		if err := l.before(); err != nil {
			return false, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	now := time.Now()
	if l.holder != "" && l.holder != holder && l.until.After(now) {
		return false, ctx.Err()
	}
	l.holder, l.until = holder, now.Add(time.Duration(length)*time.Millisecond)
	return true, nil
}

func (l *leases) Yield(holder string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder == holder {
		l.holder = ""
	}
}

// lockless is a browser without Web Locks.
type lockless struct{ err error }

func (l lockless) Lock(context.Context, bool) (func(), error) { return nil, l.err }

// leased gives a client a LeaseLock.
func leased(l *leases, next func() float64) func(*Config) {
	return func(c *Config) {
		c.Lock = &LeaseLock{Locks: lockless{ErrNoLocks}, Leases: l, Length: 25 * time.Second, Rand: next}
	}
}

// counted answers numbers that differ.
func counted() func() float64 {
	n := 0.0
	var mu sync.Mutex
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n / 1000
	}
}

// pains.md: no Web Locks on plain http or in an embedded frame
func TestTabsShareOneRefreshWithoutWebLocks(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{}
		change := leased(l, counted())
		w.signedIn(change)
		for range 4 {
			w.open(change)
		}
		w.carries(silent)
		for range 3 {
			w.server.revoke()
			var waiting []*pending
			for _, tab := range w.tabs {
				waiting = append(waiting, tab.start(&Request{URL: api}))
			}
			for _, p := range waiting {
				is(t, "status", p.wait().status, 200)
			}
			time.Sleep(time.Minute)
		}
		is(t, "refreshes", w.server.refreshes(), 3)
		is(t, "reused", w.server.reused, 0)
		synctest.Wait()
		is(t, "the lease's holder", l.holder, "")
	})
}

// pains.md: an orphaned lock hangs every tab
func TestALeaseThatNobodyYields(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{}
		tab := w.signedIn(leased(l, counted()))
		w.server.revoke()
		l.holder, l.until = "a tab that is gone", time.Now().Add(20*time.Second)
		start := time.Now()
		o := tab.fetch()
		is(t, "status", o.status, 200)
		if took := o.at.Sub(start); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("it took %v; want 20s and a little", took)
		}
	})
}

// A lease that runs out while its tab is still at it passes to another tab, and
// what the old one yields later is not the new one's.
func TestALeaseThatRunsOut(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{}
		first := &LeaseLock{Locks: lockless{ErrNoLocks}, Leases: l, Length: 25 * time.Second, Rand: counted()}
		second := *first
		release, err := first.Lock(context.Background(), false)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		again, err := second.Lock(context.Background(), false)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 25*time.Second || took > 26*time.Second {
			t.Errorf("it took %v; want 25s and a little", took)
		}
		holder := l.holder
		release()
		release()
		is(t, "the holder", l.holder, holder)
		again()
		is(t, "the holder in the end", l.holder, "")
	})
}

// Two turns of one tab are two holders.
func TestALeaseIsOneTurns(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{}
		lock := &LeaseLock{Locks: lockless{ErrNoLocks}, Leases: l, Length: time.Second, Rand: counted()}
		release, _ := lock.Lock(context.Background(), false)
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if _, err := lock.Lock(ctx, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second turn: got %v; want %v", err, context.DeadlineExceeded)
		}
		release()
		if _, err := lock.Lock(context.Background(), false); err != nil {
			t.Errorf("a third turn: got %v", err)
		}
	})
}

// It is asked for again after a while that differs, so that tabs do not keep
// meeting.
func TestALeaseIsAskedForAtABearablePace(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{holder: "another", until: time.Now().Add(time.Hour)}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		lock := &LeaseLock{Locks: lockless{ErrNoLocks}, Leases: l, Length: time.Second, Rand: func() float64 { return 0.5 }}
		if _, err := lock.Lock(ctx, true); err == nil {
			t.Error("got a lease that is another's, since it was to be stolen; want to wait until it runs out")
		}
		is(t, "asked", l.asked, 112) // each 90 ms
	})
}

// Web Locks are used where they are, and their errors are theirs.
func TestLeasesAreNotUsedWithWebLocks(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		l := &leases{}
		lock := &LeaseLock{Locks: w.lock, Leases: l, Length: time.Second, Rand: counted()}
		release, err := lock.Lock(context.Background(), false)
		is(t, "error", err, nil)
		is(t, "held", w.lock.held(), true)
		release()
		is(t, "held", w.lock.held(), false)
		refused := errors.New("AbortError")
		lock.Locks = lockless{refused}
		_, err = lock.Lock(context.Background(), false)
		is(t, "error", err, refused)
		is(t, "asked", l.asked, 0)
	})
}

func TestALeaseThatCannotBeHad(t *testing.T) {
	spec(t, func(t *testing.T, w *world) {
		refused := errors.New("SecurityError")
		l := &leases{before: func() error { return refused }}
		tab := w.signedIn(leased(l, counted()))
		w.server.revoke()
		o := tab.fetch()
		failed(t, "the request", o.err, CodeRefreshFailed, true)
		is(t, "cause", errors.Is(o.err, refused), true)
		l.before = nil
		is(t, "status", tab.fetch().status, 200)
		synctest.Wait()
	})
}
