package session

import (
	"strconv"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// ErrNoLocks is what a Locker answers where the browser has no Web Locks: a page
// on plain http, some embedded frames, old browsers.
const ErrNoLocks = problem("this browser has no Web Locks")

// Leases is a turn among the tabs that ends by itself, kept in the storage.
type Leases interface {
	// Claim makes the lease a holder's for some milliseconds from the moment that it
	// is made, in one step, unless it is somebody else's and has not run out.
	Claim(ctx context.Context, holder string, length int64) (bool, error)
	// Yield ends a holder's lease, if it is still theirs.
	Yield(holder string)
}

// LeaseLock is a Locker that falls back from Web Locks to leases. A lease that
// nobody yields, because its tab is gone, runs out after Length: longer than the
// two tries that a turn is for.
type LeaseLock struct {
	Locks  Locker
	Leases Leases
	Length time.Duration
	Rand   func() float64
}

// leasePause is how long a tab waits before it asks for a taken lease again.
const leasePause = 60 * time.Millisecond

// Lock implements Locker. A lease needs no stealing: it runs out.
func (l *LeaseLock) Lock(ctx context.Context, steal bool) (func(), error) {
	release, err := l.Locks.Lock(ctx, steal)
	if !ErrNoLocks.is(err) {
		return release, err
	}
	// A holder is one turn, not one tab: what an old turn still yields is not the
	// new one's.
	holder := strconv.FormatInt(int64(l.Rand()*(1<<53)), 36)
	for {
		ok, err := l.Leases.Claim(ctx, holder, l.Length.Milliseconds())
		if err != nil {
			return nil, err
		}
		if ok {
			return func() { l.Leases.Yield(holder) }, nil
		}
		if err := sleep(ctx, leasePause+time.Duration(l.Rand()*float64(leasePause))); err != nil {
			return nil, err
		}
	}
}
