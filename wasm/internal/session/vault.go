package session

import (
	"sync/atomic"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// ErrUnordered is what a Store's ledger answers where it has none, so that the
// storage has to be taken as it is seen.
const ErrUnordered = problem("this storage has no ledger")

// What another tab wrote before it gave its turn away may be seen late. These
// bound how often and how long a tab looks again. Milliseconds are what it
// takes; beyond a few seconds the write was lost.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 50 * time.Millisecond
	catchUp   = 3 * time.Second
	// absence is how long a record that is not there at all is waited for: that is
	// no old record, but one that somebody has removed, or is just replacing.
	absence = 200 * time.Millisecond
	// unorderedLooks is how often a change is looked for where nothing tells whether
	// there is one.
	unorderedLooks = 5
	// storeBound is how long one operation of the vault may take. Storages do hang.
	storeBound = catchUp + 2*time.Second
)

// frozen says whether something that has a bound took so much longer that the page
// must have been frozen meanwhile.
func frozen(began time.Time, bound time.Duration) bool {
	return time.Since(began) > bound+time.Second
}

// vault is the stored session, read as new as it is.
type vault struct {
	store Store
	keys  token.Keys
	// lost is the newest generation that was waited for in vain, and gone the newest
	// that was while there was no record at all. That one counts for nothing once there
	// is a record: then nothing was removed, but the first ones are late.
	lost, gone atomic.Uint64
}

// read answers what this tab sees, which may be late.
func (v *vault) read(ctx context.Context) (token.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, storeBound)
	defer cancel()
	texts, err := v.store.Read(ctx, v.keys.All())
	if err != nil {
		return token.Record{}, err
	}
	return v.keys.Decode(func(key string) (string, bool) {
		text, ok := texts[key]
		return text, ok
	})
}

// newest answers the stored session once it is as new as the ledger, and what the
// tab has heard, say. To be called under the lock, before a refresh token is used.
func (v *vault) newest(ctx context.Context, heard func() uint64) (token.Record, error) {
	record, _, err := v.caughtUp(ctx, heard)
	return record, err
}

// caughtUp is newest, and answers the generation too that it has waited for. A page
// that was frozen meanwhile looks again: what it has read may be as old as that. So
// does one that has waited in vain for what was replaced by then: what it sees may be
// a part of what is on its way.
func (v *vault) caughtUp(ctx context.Context, heard func() uint64) (r token.Record, newest uint64, err error) {
	for {
		began, atLeast := time.Now(), heard()
		r, newest, err = v.wait(ctx, atLeast)
		replaced := r.Generation < newest && heard() > newest
		if !frozen(began, storeBound) && !replaced || ctx.Err() != nil {
			return r, newest, err
		}
	}
}

// wait is caughtUp for a page that is not frozen.
func (v *vault) wait(parent context.Context, atLeast uint64) (r token.Record, newest uint64, err error) {
	ctx, cancel := context.WithTimeout(parent, storeBound)
	defer cancel()
	ledger, ledgerErr := v.store.Newest(ctx)
	newest = max(ledger, atLeast)
	// What counts is the time spent looking: a page that was frozen meanwhile has
	// seen nothing, however long that was.
	waited := time.Duration(0)
	for look, pause := 1, firstLook; ; look++ {
		r, err = v.read(ctx)
		bound, lost := catchUp, &v.lost
		if r.Generation == 0 && !r.SignedIn() {
			bound, lost = absence, &v.gone
		}
		seen := err != nil || r.Generation >= newest || newest <= lost.Load()
		if seen && r.Foreign && ledgerErr == nil {
			// Half of what another tab writes has arrived, or an application's other code
			// has written. A tab writes while it holds the ledger: once that can be read
			// again, it tells which. What is on its way since a moment ago gets its time anew.
			if ledger, ledgerErr = v.store.Newest(ctx); ledger > max(newest, v.lost.Load()) {
				return v.wait(parent, ledger)
			}
		}
		if seen && (ledgerErr == nil || atLeast > 0 || look >= unorderedLooks) {
			return r, newest, err
		}
		if !seen && waited > bound {
			lost.Store(newest)
			return r, newest, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return r, newest, err
		}
		waited += pause
		pause = min(pause*2, lastLook)
	}
}

// save stores a record as the one successor of a generation. It answers the
// record's own generation, and false where another successor was there first.
// An error means that the record could not be written.
func (v *vault) save(parent context.Context, from uint64, r token.Record) (uint64, bool, error) {
	ctx, cancel := context.WithTimeout(parent, storeBound)
	defer cancel()
	began, signin := time.Now(), r.SignedIn() && r.Since == 0
	r.Generation = from + 1
	if r.SignedIn() && r.Since == 0 {
		r.Since = r.Generation
	}
	ok, err := v.store.Advance(ctx, from, r.Generation, v.keys.Encode(r))
	if err == nil {
		if !ok {
			return from, false, nil
		}
		return r.Generation, true, nil
	}
	// There is no ledger, or it failed, or the storage is full. Nothing orders the
	// write then, so that a look must do.
	seen, readErr := v.read(ctx)
	// The first record of a sign-out has the generation that it hides.
	signedOut := seen.Generation == from && !seen.SignedIn() && r.SignedIn() && !signin
	if readErr == nil && (seen.Generation > from || signedOut) {
		return seen.Generation, false, nil
	}
	switch {
	case ctx.Err() == nil:
	case frozen(began, storeBound) && !signin && parent.Err() == nil:
		// A sign-in is not tried again: it may have been stored, and what followed it
		// would be undone.
		return v.save(parent, from, r)
	default:
		return r.Generation, true, ctx.Err()
	}
	unordered := ErrUnordered.is(err)
	if err = v.write(ctx, r); err == nil && !unordered {
		_, _ = v.store.Advance(ctx, from, r.Generation, v.keys.Encode(r))
	}
	return r.Generation, true, err
}

// force stores a record as the successor of whatever is there, for as long as
// still says so of that: what the user does counts more than what any tab was
// about to do. ok is false where still has ended it.
func (v *vault) force(parent context.Context, from uint64, r token.Record, still func(seen token.Record) bool) (saved uint64, ok bool, err error) {
	ctx, cancel := context.WithTimeout(parent, 2*storeBound)
	defer cancel()
	began := time.Now()
	defer func() {
		if err != nil && !r.SignedIn() && frozen(began, 2*storeBound) && parent.Err() == nil {
			saved, ok, err = v.force(parent, from, r, still)
		}
	}()
	const tries = 20 // each is lost to another tab's change only
	for range tries {
		// Writes of two tabs can arrive in another order than they were made in, unless
		// the second waits until it sees the first.
		looked := time.Now()
		seen, newest, readErr := v.caughtUp(ctx, func() uint64 { return from })
		from = max(from, newest, seen.Generation)
		if readErr != nil && ctx.Err() != nil {
			return from, true, ctx.Err()
		}
		if readErr != nil && time.Since(looked) >= storeBound {
			continue // it hangs, or the page was frozen for a moment
		}
		if readErr == nil && !still(seen) {
			return from, false, nil
		}
		if saved, ok, err = v.save(ctx, from, r); ok {
			return saved, true, err
		}
		from = saved
	}
	r.Generation = from + 1
	return r.Generation, true, v.write(ctx, r)
}

// write stores a record, ledger or not.
func (v *vault) write(ctx context.Context, r token.Record) error {
	err := v.store.Write(ctx, v.keys.Encode(r))
	if err == nil {
		return nil
	}
	v.makeRoom(ctx)
	if v.store.Write(ctx, v.keys.Encode(r)) == nil {
		return nil
	}
	return err
}

// makeRoom removes the stored session, since another one could not be written. In
// a storage that is full that makes the room that was missing; and a session
// whose refresh token is used up must not be left behind.
func (v *vault) makeRoom(ctx context.Context) {
	keys := v.keys.All()
	removals := make([]token.Entry, len(keys))
	for i, key := range keys {
		removals[i] = token.Entry{Key: key, Remove: true}
	}
	_ = v.store.Write(ctx, removals)
}

func sleep(ctx context.Context, d time.Duration) error {
	pause, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-pause.Done()
	return ctx.Err()
}
