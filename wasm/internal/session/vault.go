package session

import (
	"context"
	"errors"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

// ErrUnordered is what a Store's ledger answers where it has none, so that the
// storage has to be taken as it is seen.
var ErrUnordered = errors.New("this storage has no ledger")

// What another tab wrote before it gave its turn away may be seen late. These
// bound how often and how long a tab looks again. Milliseconds are what it
// takes; beyond a few seconds the write was lost, or somebody has cleared the
// storage by hand.
const (
	firstLook = 2 * time.Millisecond
	lastLook  = 50 * time.Millisecond
	catchUp   = 3 * time.Second
	// unorderedLooks is how often a change is looked for where there is no ledger.
	unorderedLooks = 5
)

// vault is the stored session, read as new as it is.
type vault struct {
	store Store
	keys  token.Keys
}

// read answers what this tab sees, which may be late.
func (v vault) read(ctx context.Context) (token.Record, error) {
	texts, err := v.store.Read(ctx, v.keys.All())
	if err != nil {
		return token.Record{}, err
	}
	return v.keys.Decode(func(key string) (string, bool) {
		text, ok := texts[key]
		return text, ok
	})
}

// newest answers the stored session once it is as new as the ledger, and as
// atLeast, says. To be called under the lock, before a refresh token is used.
func (v vault) newest(ctx context.Context, atLeast uint64) (token.Record, error) {
	ledger, ledgerErr := v.store.Newest(ctx)
	want := max(ledger, atLeast)
	deadline := time.Now().Add(catchUp)
	for look, pause := 1, firstLook; ; look++ {
		record, err := v.read(ctx)
		if err != nil || record.Generation >= want || time.Now().After(deadline) {
			return record, err
		}
		if ledgerErr != nil && look >= unorderedLooks {
			return record, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return record, err
		}
		pause = min(pause*2, lastLook)
	}
}

// save stores a record as the one successor of a generation. It answers the
// record's own generation, and false where another successor was there first.
// An error means that the record could not be written.
func (v vault) save(ctx context.Context, from uint64, r token.Record) (uint64, bool, error) {
	r.Generation = from + 1
	ok, err := v.store.Advance(ctx, from, r.Generation, v.keys.Encode(r))
	switch {
	case errors.Is(err, ErrUnordered):
		if seen, readErr := v.read(ctx); readErr == nil && seen.Generation > from {
			return seen.Generation, false, nil
		}
		err = v.write(ctx, r)
	case err != nil:
		err = v.write(ctx, r)
	case !ok:
		return from, false, nil
	}
	return r.Generation, true, err
}

// force stores a record as the successor of whatever is there: what the user
// does counts more than what any tab was about to do.
func (v vault) force(ctx context.Context, from uint64, r token.Record) (uint64, error) {
	const tries = 20 // each is lost to another tab's change only
	for range tries {
		saved, ok, err := v.save(ctx, from, r)
		if ok {
			return saved, err
		}
		ledger, err := v.store.Newest(ctx)
		if err != nil && !errors.Is(err, ErrUnordered) {
			break
		}
		from = max(saved, ledger)
	}
	r.Generation = from + 1
	return r.Generation, v.write(ctx, r)
}

// write stores a record, ledger or not. A record that cannot be written must not
// leave its predecessor behind, whose refresh token is used up; and in a storage
// that is full, removing it makes the room that was missing.
func (v vault) write(ctx context.Context, r token.Record) error {
	err := v.store.Write(ctx, v.keys.Encode(r))
	if err == nil {
		return nil
	}
	removals := make([]token.Entry, 0, 5)
	for _, key := range v.keys.All() {
		removals = append(removals, token.Entry{Key: key, Remove: true})
	}
	if v.store.Write(ctx, removals) == nil && v.store.Write(ctx, v.keys.Encode(r)) == nil {
		return nil
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
