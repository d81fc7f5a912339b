package sim

import (
	"sort"
	"time"

	"testing/synctest"
)

// event is something that happens at a moment of virtual time.
type event struct {
	at   time.Duration
	run  func()
	tab  *tab   // it happens in this tab, which must be running; nil for the world
	flow string // events of one flow of a tab that is frozen keep their order
}

// heard says whether it is something that a page in the back/forward cache
// misses: a message or a storage event.
func (e *event) heard() bool { return e.flow != "" }

// agenda is a heap of events, the earliest first. No two are at one moment.
type agenda []*event

func (a *agenda) push(e *event) {
	*a = append(*a, e)
	h := *a
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if h[parent].at <= h[i].at {
			return
		}
		h[parent], h[i] = h[i], h[parent]
		i = parent
	}
}

func (a *agenda) pop() *event {
	h := *a
	first := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h[last] = nil
	h = h[:last]
	*a = h
	for i := 0; ; {
		least := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < last && h[child].at < h[least].at {
				least = child
			}
		}
		if least == i {
			return first
		}
		h[least], h[i] = h[i], h[least]
		i = least
	}
}

// residues is how many events in a row have moments that differ below the
// millisecond.
const residues = int64(time.Millisecond)

// moment answers a moment about delay from now at which nothing else happens.
//
// The core's timers run for whole milliseconds, so they inherit what the event
// that set them has below the millisecond. As that is different for each event,
// timers of different tabs never fire together, and whatever they wake runs
// alone.
func (w *World) moment(delay time.Duration) time.Duration {
	now := w.now()
	w.moments = (w.moments + 7919) % residues
	at := (now + delay).Truncate(time.Millisecond) + time.Duration(w.moments)
	if at <= now {
		at += time.Millisecond
	}
	return at
}

// momentAfter is moment for what must not come before something else.
func (w *World) momentAfter(earlier, delay time.Duration) time.Duration {
	at := w.moment(delay)
	if at <= earlier {
		at += (earlier - at).Truncate(time.Millisecond) + time.Millisecond
	}
	return at
}

// after has something happen in the world.
func (w *World) after(delay time.Duration, run func()) {
	w.agenda.push(&event{at: w.moment(delay), run: run})
}

// after has something happen in a tab: not while it is frozen, and not once it
// is gone.
func (t *tab) after(delay time.Duration, flow string, run func()) {
	t.world.agenda.push(&event{at: t.world.moment(delay), run: run, tab: t, flow: flow})
}

// inOrder is after for a flow whose events keep their order on their way.
func (t *tab) inOrder(delay time.Duration, flow string, run func()) {
	at := t.world.momentAfter(t.flows[flow], delay)
	t.flows[flow] = at
	t.world.agenda.push(&event{at: at, run: run, tab: t, flow: flow})
}

// asked is what a core has asked of its ports, or told them, and the world has
// not looked at yet.
type asked struct {
	tab  *tab
	kind string
	wait *asking // nil for what it is told
	do   func()
}

// arrive takes what a core tells. Cores call it from their goroutines.
func (w *World) arrive(t *tab, kind string, do func()) { w.arriveFor(t, kind, nil, do) }

// arriveFor takes what a core asks and waits for.
func (w *World) arriveFor(t *tab, kind string, wait *asking, do func()) {
	w.mu.Lock()
	w.arrived = append(w.arrived, asked{t, kind, wait, do})
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// settle lets everything that can run do so, until all wait for the world. It
// releases one waiting goroutine at a time.
func (w *World) settle() {
	for {
		synctest.Wait()
		w.check()
		w.mu.Lock()
		arrived := w.arrived
		w.arrived = nil
		w.mu.Unlock()
		if len(arrived) == 0 && len(w.inbox) == 0 {
			return
		}
		// Two goroutines of one tab may have come here in either order. What one
		// tells keeps its order, and the rest has one that does not depend on theirs.
		sort.SliceStable(arrived, func(i, j int) bool {
			a, b := arrived[i], arrived[j]
			if a.tab.id != b.tab.id {
				return a.tab.id < b.tab.id
			}
			return a.kind < b.kind
		})
		w.inbox = append(w.inbox, arrived...)
		first := w.inbox[0]
		w.inbox = w.inbox[1:]
		switch {
		case !first.tab.dead:
			w.steps++
			first.do()
		case first.wait != nil:
			first.wait.end(errGone)
		}
	}
}

// strike is something that happens after a number of events, wherever that is in
// what the tabs are about.
type strike struct {
	events int
	run    func()
}

// strikes counts one more event, and says whether something has happened by it.
func (w *World) strikes() bool {
	if w.failure != nil || len(w.struck) == 0 {
		return false
	}
	next := &w.struck[0]
	if next.events--; next.events > 0 {
		return false
	}
	w.struck = w.struck[1:]
	next.run()
	return true
}

// run lets the world go on for a while, and ends early when an invariant is
// broken.
func (w *World) run(length time.Duration) {
	end := w.now() + length
	timer := time.NewTimer(0)
	defer timer.Stop()
	for w.failure == nil {
		w.settle()
		if w.strikes() {
			continue
		}
		now := w.now()
		if now >= end {
			return
		}
		next := end
		if len(w.agenda) > 0 {
			next = min(next, w.agenda[0].at)
		}
		if next > now {
			timer.Reset(next - now)
			select {
			case <-timer.C:
			case <-w.kick:
				// A timer of a core came first.
			}
			continue
		}
		w.happen(w.agenda.pop())
	}
}

// happen runs an event, unless its tab cannot.
func (w *World) happen(e *event) {
	switch t := e.tab; {
	case t == nil:
	case t.dead, t.cached && e.heard():
		return
	case t.frozen:
		t.parked = append(t.parked, e)
		return
	}
	w.steps++
	e.run()
}

// now answers the virtual time since the world began.
func (w *World) now() time.Duration { return time.Since(w.began) }
