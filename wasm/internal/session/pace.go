package session

import (
	"github.com/authfetch/authfetch/wasm/internal/mutex"
	"time"
)

// Limits that keep a client from wearing a server out, whatever the server or
// the application does.
const (
	// burst refreshes may succeed at once, and one more each refillMS: a server that
	// refuses every token it grants is asked that often and no more. Those that
	// fail have pauses of their own.
	burst    = 5
	refillMS = 2000
	// A refresh that failed in passing is followed by a pause before the next one
	// may begin, which doubles with each failure in a row.
	firstCoolMS = 500
	maxCoolMS   = 30_000
)

// pace decides how soon the server may be asked again. It is safe for
// concurrent use. Its moments are milliseconds since it began, which no clock
// that is set back or forth can touch.
type pace struct {
	began time.Time
	rand  func() float64
	retry Retry

	mu       mutex.Mutex
	spent    float64 // refreshes made, less those that time has paid back
	spentAt  int64
	coolTo   int64 // no refresh before this moment
	obeyTo   int64 // nor before this one, which the server has asked for: Retry-After
	failures int   // flights that failed in a row
	last     *Error
}

func (p *pace) now() int64 { return time.Since(p.began).Milliseconds() }

// wait answers how many milliseconds to wait before the server may be asked.
func (p *pace) wait() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	return max(0, p.coolTo-now, p.obeyTo-now, int64((p.owed(now)-burst+1)*refillMS))
}

// owed answers how many refreshes of late are not paid back yet.
func (p *pace) owed(now int64) float64 {
	return max(0, p.spent-float64(now-p.spentAt)/refillMS)
}

// spend counts a refresh that the server granted.
func (p *pace) spend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.spent, p.spentAt = p.owed(now)+1, now
}

// failed notes a passing failure and answers how long to wait now. again says
// that the flight goes on trying: exponential backoff with full jitter. Otherwise
// the next flight is kept waiting a while. Retry-After, -1 for none, is obeyed in
// either case.
func (p *pace) failed(err *Error, attempt int, again bool, retryAfter int64) (delay int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = err
	if again {
		delay = p.jitter(doubled(p.retry.MinDelay, attempt-1, p.retry.MaxDelay))
	} else {
		p.failures++
		if p.failures > 1 {
			delay = p.jitter(doubled(firstCoolMS, p.failures-2, maxCoolMS))
		}
	}
	p.rest(delay, false)
	p.rest(retryAfter, true)
	return max(delay, retryAfter)
}

// rest has no refresh begin for some milliseconds, or for as long as was known before:
// an answer that comes late, to a flight that is over, ends no longer rest. mu is held.
func (p *pace) rest(delay int64, obeyed bool) {
	to := &p.coolTo
	if obeyed {
		to = &p.obeyTo
	}
	*to = max(*to, p.now()+delay)
}

// cool is failed for what another tab has met.
func (p *pace) cool(delay int64, obeyed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A message from a broken tab must not stop a client for good.
	if delay <= dayMS {
		p.rest(delay, obeyed)
		if p.last == nil {
			p.last = &Error{Code: CodeRefreshFailed, Message: failedToRefresh + ": another tab has just failed", Transient: true}
		}
	}
}

const dayMS = 24 * 60 * 60 * 1000

func (p *pace) succeeded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.coolTo, p.obeyTo, p.last = 0, 0, 0, nil
}

// revived lets the next flight begin at once: the network is back, or somebody
// looks at the page again. What the server asked for is obeyed all the same.
func (p *pace) revived() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.coolTo = 0, 0
}

// failure answers the error of a refresh that may not begin yet.
func (p *pace) failure() *Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		return &Error{Code: CodeRefreshFailed, Message: failedToRefresh + ": too many refreshes of late", Transient: true}
	}
	again := *p.last
	again.Transient = true
	return &again
}

func (p *pace) jitter(ms int64) int64 { return int64(p.rand() * float64(ms)) }

// doubled answers ms doubled n times, up to a limit.
func doubled(ms int64, n int, limit int64) int64 {
	for ; n > 0 && ms < limit; n-- {
		ms *= 2
	}
	return min(ms, limit)
}
