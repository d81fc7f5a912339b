package idtoken

import (
	"sync"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// How long an issuer's keys are used before they are looked up again, which the
// browser's cache may answer; and how soon after a look-up past all caches, which
// an unknown key brings about, there may be another one. A flood of bad tokens is
// not to become a flood of requests.
const (
	freshFor = 10 * time.Minute
	coolDown = 30 * time.Second
)

// Rings are the issuers' keys, by where they are. The zero value knows none yet.
type Rings struct {
	mu    sync.Mutex // guards what follows
	known map[string]*ring
}

func (r *Rings) of(url string) *ring {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]*ring{}
	}
	if r.known[url] == nil {
		r.known[url] = &ring{url: url}
	}
	return r.known[url]
}

// ring is one issuer's keys.
type ring struct {
	url string
	// mu guards what follows, and is held while keys are fetched: who comes meanwhile
	// shares what comes. So it must be a mutex that blocks, which package mutex's is
	// not under TinyGo.
	mu      sync.Mutex
	set     *keySet
	fetched time.Time // when set came
	asked   time.Time // when they were last asked for past the caches
}

// get answers the keys. newer asks the issuer for those that it has now, unless
// that was done a moment ago: then the same set comes back.
func (r *ring) get(ctx context.Context, v *Verifier, newer bool) (*keySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := v.Now()
	// A clock that was set back makes nothing older or younger than it is.
	within := func(since time.Time, span time.Duration) bool {
		age := now.Sub(since)
		return !since.IsZero() && age >= 0 && age < span
	}
	if newer && within(r.asked, coolDown) || !newer && within(r.fetched, freshFor) {
		return r.set, nil
	}
	if newer {
		r.asked = now
	}
	text, err := v.Platform.KeySet(ctx, r.url, newer)
	if err != nil {
		return nil, &NoKeys{"the issuer's keys could not be fetched", err}
	}
	set, err := parseKeySet(text)
	if err != nil {
		return nil, err
	}
	r.set, r.fetched = set, now
	return set, nil
}
