package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// browser is what the tabs share.
type browser struct {
	world     *World
	processes []*process
	area      map[string]string // localStorage as the browser's own process has it
	ledger    ledger
	locks     locks
	worker    worker
	cleared   int // how often the site's data was
}

// process runs tabs. It has a copy of localStorage, as Chromium's renderers do:
// its own writes show in it at once, those of others when they arrive.
type process struct {
	id   int
	copy map[string]string
	// unconfirmed counts this process's writes under a key that the browser has not
	// confirmed yet. Until then what others wrote there is older, and ignored.
	unconfirmed map[string]int
	flows       map[string]time.Duration // when the last event of a flow arrives
	parked      []func()                 // what arrives once a tab of it runs again
}

var (
	errStorage = errors.New("the storage is not accessible")
	errFull    = errors.New("the quota has been exceeded")
	errGone    = errors.New("the page is gone")
)

// open answers a process for a new tab: one that runs, or a new one, which begins
// with what the browser's own process has.
func (b *browser) open() *process {
	w := b.world
	if n := len(b.processes); w.Lag == 0 && n > 0 || n > 0 && w.chance(0.3) {
		p := b.processes[w.rng.IntN(n)]
		b.resume(p)
		return p
	}
	p := &process{
		id:          len(b.processes) + 1,
		copy:        maps.Clone(b.area),
		unconfirmed: map[string]int{},
		flows:       map[string]time.Duration{},
	}
	b.processes = append(b.processes, p)
	return p
}

// inOrder has something arrive over one of a process's pipes, in order.
func (b *browser) inOrder(p *process, flow string, delay time.Duration, run func()) {
	w := b.world
	at := w.momentAfter(p.flows[flow], delay)
	p.flows[flow] = at
	cleared := b.cleared
	w.agenda.push(&event{at: at, run: func() {
		if b.cleared == cleared {
			run()
		}
	}})
}

// write changes localStorage from a tab, at once for its process and later for
// the others.
func (b *browser) write(t *tab, entries []token.Entry) {
	w := b.world
	p := t.process
	for _, e := range entries {
		if w.options.Trace {
			w.note(t, "writes %s", w.describe(e))
		}
		put(p.copy, e)
		for _, other := range w.tabs {
			if other != t && other.process == p {
				other.changed()
			}
		}
		if w.Lag == 0 {
			put(b.area, e)
		} else {
			p.unconfirmed[e.Key]++
		}
	}
	if w.Lag > 0 {
		b.inOrder(p, "out", min(w.lag(), w.between(0, 20*time.Millisecond)), func() {
			for _, e := range entries {
				b.order(p, e)
			}
		})
	}
}

// order is a write's arrival in the browser's own process, which puts all writes
// into one order and passes them on. They wait for a process that is busy.
func (b *browser) order(from *process, e token.Entry) {
	put(b.area, e)
	for _, p := range b.processes {
		if p == from {
			b.inOrder(p, "in", b.world.lag(), func() { p.unconfirmed[e.Key]-- })
			continue
		}
		b.inOrder(p, "in", b.world.lag(), func() { b.show(p, e) })
	}
}

// show has a write of another process arrive in a process's copy. A process that
// is suspended whole gets it when it goes on.
func (b *browser) show(p *process, e token.Entry) {
	w := b.world
	if len(p.parked) > 0 || w.suspended(p) {
		p.parked = append(p.parked, func() { b.show(p, e) })
		return
	}
	if p.unconfirmed[e.Key] > 0 {
		return
	}
	put(p.copy, e)
	for _, t := range w.tabs {
		if t.process == p {
			t.changed()
		}
	}
}

// clear forgets all that is stored, also what is on its way.
func (b *browser) clear() {
	b.ledger.page = page{}
	clear(b.area)
	b.cleared++
	for _, p := range b.processes {
		clear(p.copy)
		clear(p.unconfirmed)
		p.parked = nil
	}
	for _, t := range b.world.tabs {
		t.changed()
	}
}

// resume has what has arrived for a process meanwhile show in its copy.
func (b *browser) resume(p *process) {
	if len(p.parked) == 0 {
		return
	}
	b.world.after(b.world.latency(0, 0), func() {
		parked := p.parked
		p.parked = nil
		for _, arrive := range parked {
			arrive()
		}
	})
}

// suspended says whether no tab of a process runs, though it has some.
func (w *World) suspended(p *process) bool {
	some := false
	for _, t := range w.tabs {
		if t.process == p && !t.dead {
			if !t.frozen {
				return false
			}
			some = true
		}
	}
	return some
}

func put(area map[string]string, e token.Entry) {
	if e.Remove {
		delete(area, e.Key)
	} else {
		area[e.Key] = e.Text
	}
}

// describe shows an entry in a trace.
func (w *World) describe(e token.Entry) string {
	if e.Remove {
		return e.Key + " away"
	}
	if e.Key != w.keys.Record {
		return e.Key
	}
	r, _ := w.keys.Decode(func(key string) (string, bool) { return e.Text, key == e.Key })
	return w.describeRecord(r)
}

func (w *World) describeRecord(r token.Record) string {
	text := fmt.Sprintf("generation %d: ", r.Generation)
	switch {
	case r.SignedIn():
		return text + w.nameOf(r.Access)
	case r.Refused:
		return text + "refused"
	}
	return text + "signed out"
}

// changed fires the storage event.
func (t *tab) changed() {
	if t.dead || t.cached {
		return
	}
	t.inOrder(t.world.latency(0, 0), "storage", func() {
		if t.opened && !t.cached {
			t.client.Look()
		}
	})
}

// Read implements session.Store. localStorage answers within the same task.
func (t *tab) Read(ctx context.Context, keys []string) (texts map[string]string, err error) {
	err = t.ask(ctx, "read", func(c *asking) {
		if t.world.blocked(t) {
			t.world.unread = true
			c.end(errStorage)
			return
		}
		texts = map[string]string{}
		for _, key := range keys {
			if text, ok := t.process.copy[key]; ok {
				texts[key] = text
			}
		}
		c.end(nil)
	})
	return texts, err
}

// Write implements session.Store.
func (t *tab) Write(ctx context.Context, entries []token.Entry) error {
	return t.ask(ctx, "write", func(c *asking) {
		err := t.store(entries)
		if err == nil {
			t.world.checkWrite(entries)
		}
		c.end(err)
	})
}

// store writes entries, or throws as localStorage does where it is blocked or
// full. A full one takes what it holds already, and has room again once something
// is removed. What was written before it throws stays.
func (t *tab) store(entries []token.Entry) error {
	w := t.world
	for i, e := range entries {
		var err error
		if w.blocked(t) {
			err = errStorage
			w.spoil(t, "its storage throws")
		}
		if text, replaces := t.process.copy[e.Key]; w.full && replaces && !e.Remove && text != e.Text {
			err = errFull
			w.note(t, "finds the storage full")
		}
		if err != nil {
			w.browser.write(t, entries[:i])
			return err
		}
	}
	w.browser.write(t, entries)
	return nil
}

// page is a client's object in the ledger.
type page struct {
	generation uint64
	holder     string
	until      int64
	escrow     *escrow
}

// ledger is an IndexedDB object store: transactions exclude each other.
type ledger struct {
	page
	busy  bool
	queue []*transaction
}

type transaction struct {
	tab *tab
	// step runs in the tab. It answers the page to store, nil for none, or an error
	// that aborts the transaction.
	step func(page) (*page, error)
	done func(error)
}

// transact runs a step in a transaction, then done; or none where there is no
// ledger.
func (t *tab) transact(step func(page) (*page, error), done func(error), none func()) {
	w := t.world
	switch {
	case w.Ledger == absent:
		none()
		return
	case w.Ledger == flaky && !w.healed && w.chance(0.1):
		// A database that does not open in time counts as none.
		t.after(2*time.Second, "", none)
		return
	}
	t.after(w.latency(time.Millisecond, 0), "", func() {
		w.browser.enter(&transaction{t, step, func(err error) {
			t.after(w.latency(0, 0), "", func() { done(err) })
		}})
	})
}

// unordered ends what was asked where there is no ledger.
func (c *asking) unordered() { c.end(session.ErrUnordered) }

func (b *browser) enter(x *transaction) {
	if b.ledger.busy {
		b.ledger.queue = append(b.ledger.queue, x)
		return
	}
	w := b.world
	if x.tab.dead {
		return
	}
	if x.tab.frozen {
		x.tab.after(0, "", func() { b.enter(x) })
		return
	}
	before := w.stored
	stored, err := x.step(b.ledger.page)
	if err == nil && w.Ledger == flaky && !w.healed && w.chance(0.05) {
		err = errors.New("the transaction was aborted")
		w.spoil(x.tab, "its ledger fails")
	}
	b.ledger.busy = true
	w.after(w.latency(time.Millisecond, 0), func() {
		b.ledger.busy = false
		// A process that dies may take its transaction with it.
		switch {
		case err == nil && stored != nil && (!x.tab.dead || w.chance(0.5)):
			b.ledger.page = *stored
		case stored != nil && w.stored != before:
			w.orphaned, w.parted = true, true
		}
		x.done(err)
		queue := b.ledger.queue
		b.ledger.queue = nil
		for _, next := range queue {
			b.enter(next)
		}
	})
}

// Newest implements session.Store.
func (t *tab) Newest(ctx context.Context) (generation uint64, err error) {
	err = t.ask(ctx, "newest", func(c *asking) {
		t.transact(func(p page) (*page, error) {
			generation, t.escrows = p.generation, p.escrow != nil
			return nil, nil
		}, c.end, c.unordered)
	})
	return generation, err
}

// Advance implements session.Store.
func (t *tab) Advance(ctx context.Context, from, to uint64, entries []token.Entry) (free bool, err error) {
	err = t.ask(ctx, "advance", func(c *asking) {
		t.transact(func(p page) (*page, error) {
			if free = p.generation <= from; !free {
				return nil, nil
			}
			if err := t.store(entries); err != nil {
				return nil, err
			}
			t.world.checkAdvance(t, entries)
			p.generation, p.escrow = to, nil
			return &p, nil
		}, c.end, c.unordered)
	})
	return free, err
}

// settling is how long a lease in the storage waits for others to show.
const settling = 50 * time.Millisecond

// Claim implements session.Leases, as js/src/host/lock.ts does.
func (t *tab) Claim(ctx context.Context, holder string, length int64) (free bool, err error) {
	err = t.ask(ctx, "claim", func(c *asking) {
		t.transact(func(p page) (*page, error) {
			now := t.now()
			if free = p.holder == "" || p.holder == holder || over(p.until, now, length); !free {
				return nil, nil
			}
			p.holder, p.until = holder, now+length
			return &p, nil
		}, c.end, func() { t.claimInStorage(c, holder, length, &free) })
	})
	return free, err
}

const leaseKey = "authfetch:authfetch.lease"

// over says whether a lease has run out: it has ended, or it ends later than one
// of its length can, by a clock that has been set back since.
func over(until, now, length int64) bool { return until <= now || until > now+length+1000 }

// claimInStorage is Claim where there is no ledger.
func (t *tab) claimInStorage(c *asking, holder string, length int64, free *bool) {
	now := t.now()
	found := t.process.copy[leaseKey]
	owner, end, _ := strings.Cut(found, " ")
	ends, _ := strconv.ParseInt(end, 10, 64)
	if found != "" && owner != holder && !over(ends, now, length) {
		c.end(nil)
		return
	}
	mine := fmt.Sprint(holder, " ", now+length)
	if err := t.store([]token.Entry{{Key: leaseKey, Text: mine}}); err != nil {
		c.end(err)
		return
	}
	t.after(settling, "", func() {
		*free = t.process.copy[leaseKey] == mine
		c.end(nil)
	})
}

// Yield implements session.Leases.
func (t *tab) Yield(holder string) {
	w := t.world
	w.arrive(t, "yield", func() {
		inStorage := func() {
			if strings.HasPrefix(t.process.copy[leaseKey], holder+" ") {
				_ = t.store([]token.Entry{{Key: leaseKey, Remove: true}})
			}
		}
		t.transact(func(p page) (*page, error) {
			if p.holder != holder {
				return nil, nil
			}
			p.holder = ""
			return &p, nil
		}, func(error) { inStorage() }, inStorage)
	})
}

// locks are the browser's Web Locks, of which the clients use one.
type locks struct {
	holder *lockRequest
	queue  []*lockRequest
}

type lockRequest struct {
	tab     *tab
	granted func() // in the browser; tells the tab
	gone    bool
}

// Lock implements session.Locker with the browser's Web Lock.
func (t *tab) Lock(ctx context.Context, steal bool) (release func(), err error) {
	w := t.world
	if !w.WebLocks {
		return nil, session.ErrNoLocks
	}
	b := &w.browser
	r := &lockRequest{tab: t}
	err = t.ask(ctx, "lock", func(c *asking) {
		r.granted = func() {
			t.after(w.latency(0, 0), "", func() {
				if c.over {
					b.release(r)
					return
				}
				w.note(t, "has the lock")
				c.end(nil)
			})
		}
		c.aborted = func() {
			b.release(r)
			c.end(context.Canceled)
		}
		w.after(w.latency(0, 0), func() {
			if r.gone || t.dead {
				return
			}
			if steal {
				w.note(t, "steals the lock")
				b.locks.holder = r
				r.granted()
				return
			}
			b.locks.queue = append(b.locks.queue, r)
			b.next()
		})
	})
	if err != nil {
		return nil, err
	}
	return func() {
		w.arrive(t, "unlock", func() {
			w.after(w.latency(0, 0), func() { b.release(r) })
		})
	}, nil
}

// release ends a request for the lock, granted or not.
func (b *browser) release(r *lockRequest) {
	r.gone = true
	if i := slices.Index(b.locks.queue, r); i >= 0 {
		b.locks.queue = slices.Delete(b.locks.queue, i, i+1)
	}
	if b.locks.holder == r {
		b.locks.holder = nil
		b.next()
	}
}

// next grants the lock to whoever waits longest.
func (b *browser) next() {
	if b.locks.holder == nil && len(b.locks.queue) > 0 {
		b.locks.holder = b.locks.queue[0]
		b.locks.queue = b.locks.queue[1:]
		b.locks.holder.granted()
	}
}

// leave frees what a tab that is gone still holds.
func (b *browser) leave(t *tab) {
	w := b.world
	w.after(w.latency(0, 0), func() {
		for _, r := range slices.Clone(b.locks.queue) {
			if r.tab == t {
				b.release(r)
			}
		}
		if h := b.locks.holder; h != nil && h.tab == t {
			b.release(h)
		}
		b.worker.leave(t)
	})
}

// Post implements session.App with a BroadcastChannel.
func (t *tab) Post(text string) {
	w := t.world
	w.arrive(t, "post", func() {
		w.checkText(t, "a message", text)
		w.note(t, "tells the others %q", text)
		if !w.Channel {
			return
		}
		for _, other := range w.tabs {
			if other == t || other.dead {
				continue
			}
			other.inOrder(w.latency(0, 0), "channel "+strconv.Itoa(t.id), func() {
				// What comes before the module has started is lost, and so is what comes
				// while the page is in the back/forward cache.
				if other.opened {
					w.note(other, "hears %q", text)
					other.client.Hear(text)
				}
			})
		}
	})
}

// has says whether a tab holds or awaits the lock.
func (l *locks) has(t *tab) bool {
	return l.holder != nil && l.holder.tab == t || slices.ContainsFunc(l.queue, func(r *lockRequest) bool { return r.tab == t })
}
