package sim

import (
	"slices"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

// workerPatience is js/src/host/escrow.ts's: how long a tab waits for a worker to wake
// up, and a worker for the call.
const workerPatience = 2 * time.Second

// escrow is what lies in the ledger for whoever comes after a tab: a note that a worker
// is at a refresh, and then its answer.
type escrow struct {
	key    string
	answer *reply // nil until it has come
	grant  *grant
	at     int64
}

// worker is the application's service worker with js/src/worker/service-worker.ts. It
// is one, outlives tabs, and does one thing at a time, under a Web Lock that who wants
// to know whether it is at something takes too.
type worker struct {
	tab   *tab // stands for it where something happens in a tab: never frozen, never dead
	held  *errand
	queue []*errand
}

// errand is what somebody wants the worker's lock for.
type errand struct {
	by  *tab // nil for the worker's own
	run func(done func())
}

// enter has an errand wait for its turn.
func (k *worker) enter(e *errand) {
	k.queue = append(k.queue, e)
	k.next()
}

func (k *worker) next() {
	if k.held != nil || len(k.queue) == 0 {
		return
	}
	e := k.queue[0]
	k.held, k.queue = e, k.queue[1:]
	e.run(func() { k.end(e) })
}

// end ends an errand, whether it has begun or not.
func (k *worker) end(e *errand) {
	k.queue = slices.DeleteFunc(k.queue, func(queued *errand) bool { return queued == e })
	if k.held == e {
		k.held = nil
		k.next()
	}
}

// leave ends the errands of a tab that is gone.
func (k *worker) leave(t *tab) {
	for _, e := range append(slices.Clone(k.queue), k.held) {
		if e != nil && e.by == t {
			k.end(e)
		}
	}
}

// job is a call that a tab has asked the worker to make.
type job struct {
	call         endpoint.Call
	page, worker *tab
	ready        func()                   // tells the page that the call may come
	answers      func(r *reply, g *grant) // tells it what came; nil for nothing
	done         func()                   // ends the worker's errand
	// begun says that the call has come, or will not; cancelled that the page wants no
	// answer any more, and over that there will be none, or was.
	begun, cancelled, over bool
}

// handOver has the worker make a call, as js/src/host/escrow.ts does. A worker that
// does not answer leaves it to the tab.
func (t *tab) handOver(c *asking, call endpoint.Call, got *session.Reply) {
	w := t.world
	w.note(t, "hands its refresh to the worker")
	heard, closed := false, false
	j := &job{call: call, page: t, worker: w.browser.worker.tab}
	message := func(run func()) { w.after(w.latency(0, 0), run) } // to the worker
	c.aborted = func() {
		closed = true
		message(j.cancel)
		c.end(context.Canceled)
	}
	j.ready = func() {
		t.after(w.latency(0, 0), "", func() {
			if !closed {
				heard = true
				message(j.begin)
			}
		})
	}
	j.answers = func(r *reply, g *grant) {
		t.after(w.latency(0, 0), "", func() {
			switch {
			case closed:
				return
			case r == nil:
				w.note(t, "hears that the worker got no answer")
				c.end(errNetwork)
			default:
				t.receives(call, *r, g)
				*got = r.judged()
				c.end(nil)
			}
			closed, heard = true, true
		})
	}
	t.after(workerPatience, "", func() {
		if !heard && !closed {
			closed = true
			w.note(t, "makes its refresh itself")
			t.sendItself(c, call, got)
		}
	})
	delay := w.latency(0, 0)
	if w.chance(0.05) {
		delay += w.between(0, 2*workerPatience) // it has to be started first
	}
	w.after(delay, func() { w.browser.worker.enter(&errand{run: j.serve}) })
}

// serve makes a tab's call in the worker, and puts the answer in escrow before the tab
// gets it.
func (j *job) serve(done func()) {
	j.done = done
	j.worker.transact(func(p page) (*page, error) {
		p.escrow = &escrow{key: j.call.Escrow}
		return &p, nil
	}, func(err error) {
		if err != nil {
			done()
			return
		}
		if j.cancelled {
			j.begun = true
			j.settle(nil, nil)
			return
		}
		j.ready()
		j.worker.after(workerPatience, "", func() {
			if !j.begun {
				j.begun = true
				j.settle(nil, nil)
			}
		})
	}, done)
}

// begin is the call's arrival in the worker.
func (j *job) begin() {
	if j.begun {
		return
	}
	j.begun = true
	w := j.worker.world
	w.travel(traveller{
		by:      j.worker,
		over:    func() bool { return j.over },
		gone:    func() bool { return false },
		arrives: func(r reply, g *grant) { j.settle(&r, g) },
		fails:   func(string) { j.settle(nil, nil) },
	}, j.call)
	j.worker.after(w.Timeout, "", func() { j.settle(nil, nil) })
	if w.Kills && w.fates.Float64() < 0.03 {
		j.worker.after(w.latency(10*time.Millisecond, 0), "", j.crash)
	}
}

// cancel is the tab's word that it wants no answer any more.
func (j *job) cancel() {
	j.cancelled = true
	if j.done != nil {
		j.begun = true
		j.settle(nil, nil)
	}
}

// crash is the end of the worker: nobody hears of its call again.
func (j *job) crash() {
	if !j.over {
		j.worker.world.note(nil, "the worker crashes")
		j.over = true
		j.done()
	}
}

// settle keeps what came, if it is of use, and tells the tab.
func (j *job) settle(r *reply, g *grant) {
	if j.over {
		return
	}
	j.over = true
	w := j.worker.world
	if g != nil && w.Kills && !j.page.dead && w.fates.Float64() < 0.3 {
		j.page.kill() // at the moment that matters most
		w.openAnother()
	}
	end := func() {
		j.answers(r, g)
		j.done()
	}
	j.worker.transact(func(p page) (*page, error) {
		if p.escrow == nil || p.escrow.key != j.call.Escrow {
			return nil, nil
		}
		p.escrow = nil
		if r != nil && r.status >= 200 && r.status < 300 {
			w.note(nil, "the worker keeps %s", nameOfGrant(g))
			p.escrow = &escrow{key: j.call.Escrow, answer: r, grant: g, at: j.worker.now() + w.offset}
		}
		return &p, nil
	}, func(error) { end() }, end)
}

// Left implements session.Escrow.
func (t *tab) Left(ctx context.Context, key string) (left *session.Reply, at int64, err error) {
	w := t.world
	k := &w.browser.worker
	err = t.ask(ctx, "left", func(c *asking) {
		if !t.escrows {
			c.end(nil)
			return
		}
		e := &errand{by: t, run: func(done func()) {
			t.after(w.latency(0, 0), "", func() {
				w.after(w.latency(0, 0), done)
				if c.over {
					return
				}
				t.transact(func(p page) (*page, error) {
					if x := p.escrow; x != nil && x.key == key && x.answer != nil {
						if x.grant != nil {
							w.note(t, "finds %s in escrow", nameOfGrant(x.grant))
							t.inherited = x.grant
							t.has(x.grant)
						}
						reply := x.answer.judged()
						left, at = &reply, x.at
					}
					return nil, nil
				}, c.end, func() { c.end(nil) })
			})
		}}
		c.aborted = func() {
			k.end(e)
			c.end(context.Canceled)
		}
		w.after(w.latency(0, 0), func() {
			if !t.dead {
				k.enter(e)
			}
		})
	})
	return left, at, err
}
