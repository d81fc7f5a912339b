package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// tab is a page with one client. It is the core's store, lock, server and
// application all in one; most of these ports are in browser.go and server.go.
type tab struct {
	world   *World
	id      int
	process *process
	client  *session.Client
	// opened says that the module has started and the stored session was read.
	opened bool
	hidden bool
	frozen bool
	cached bool // frozen in the back/forward cache, where nothing is heard
	dead   bool
	thaws  int // how often it was frozen
	// controlled says that a service worker may make its refreshes, and escrows that
	// the ledger had something in escrow when it was last read.
	controlled, escrows bool

	parked   []*event // what waits for it to be thawed
	flows    map[string]time.Duration
	clock    atomic.Int64 // how far its clock is off, in milliseconds
	requests []*request
	held     []*asking // what its core waits for
	probe    *request
	standing atomic.Pointer[standing]

	randMu sync.Mutex
	rand   *rand.Rand

	tracking
}

// asking is what a core has asked of a port and waits for.
type asking struct {
	aborted func() // what else happens when its context ends, nil for nothing
	done    chan struct{}
	over    bool
	err     error
}

// end has the core go on.
func (c *asking) end(err error) {
	if !c.over {
		c.over, c.err = true, err
		close(c.done)
	}
}

// ask has the world do something for a core, and waits for it. Where the context
// ends first, what was asked is cut short, and its end still waited for: like
// jsx.Host.Ask. A tab that is frozen is told nothing of either.
func (t *tab) ask(ctx context.Context, kind string, begin func(*asking)) error {
	w := t.world
	c := &asking{done: make(chan struct{})}
	w.arriveFor(t, kind, c, func() {
		t.held = append(slices.DeleteFunc(t.held, func(c *asking) bool { return c.over }), c)
		t.whenRunning(func() { begin(c) })
	})
	select {
	case <-c.done:
	case <-ctx.Done():
		w.arrive(t, "cancel "+kind, func() {
			t.whenRunning(func() {
				switch {
				case c.over:
				case c.aborted != nil:
					c.aborted()
				default:
					c.end(ctx.Err())
				}
			})
		})
		<-c.done
	}
	return c.err
}

// whenRunning does something now, or once the tab is thawed.
func (t *tab) whenRunning(do func()) {
	if t.frozen {
		t.parked = append(t.parked, &event{tab: t, run: do})
		return
	}
	do()
}

// open opens a tab.
func (w *World) open() *tab {
	t := &tab{
		world:   w,
		id:      len(w.tabs) + 1,
		process: w.browser.open(),
		flows:   map[string]time.Duration{},
		hidden:  w.chance(0.3) || w.healed,
	}
	t.rand = rand.New(rand.NewPCG(w.seed, uint64(t.id)))
	t.clock.Store(w.clockOf(t))
	w.tabs = append(w.tabs, t)
	config := session.Config{
		Store: t,
		Lock: &session.LeaseLock{
			Locks:  t,
			Leases: t,
			Length: 2*w.Timeout + leaseMargin,
			Rand:   t.random,
		},
		Doer:          t,
		App:           t,
		Keys:          w.keys,
		Origins:       []string{apiOrigin, appOrigin},
		Header:        "Authorization",
		Scheme:        "Bearer",
		Signin:        &session.Endpoint{Spec: endpoint.Spec{URL: signinURL}},
		Refresh:       &session.Endpoint{Spec: endpoint.Spec{URL: refreshURL}},
		Signout:       &session.Endpoint{Spec: endpoint.Spec{URL: w.signoutURL}},
		RefreshBefore: w.RefreshBefore.Milliseconds(),
		TimeoutMS:     w.Timeout.Milliseconds(),
		Retry:         session.Retry{Attempts: 3, MinDelay: 300, MaxDelay: 5000},
		AutoRefresh:   true,
		Now:           t.now,
		Rand:          t.random,
	}
	if w.Worker {
		config.Escrow = t
		t.controlled = w.fates.Float64() < 0.8
	}
	if w.options.Wrap != nil {
		w.options.Wrap(&config)
	}
	t.client = session.New(config)
	w.note(t, "opens in process %d", t.process.id)
	go func() {
		t.client.Open()
		w.arrive(t, "opened", func() {
			t.opened = true
			w.note(t, "is open: %s", w.nameOfSession(t.client.Session()))
			for _, r := range t.requests {
				t.after(0, "", r.authorize)
			}
		})
	}()
	return t
}

// leaseMargin is that of wasm/config_js.go.
const leaseMargin = 5 * time.Second

// now is the tab's clock.
func (t *tab) now() int64 { return time.Now().UnixMilli() + t.clock.Load() }

func (t *tab) random() float64 {
	t.randMu.Lock()
	defer t.randMu.Unlock()
	return t.rand.Float64()
}

// freeze stops a tab: what it waits for happens, but it does not get to know.
func (t *tab) freeze(cached bool) {
	t.world.note(t, "is frozen%s", map[bool]string{true: " in the back/forward cache"}[cached])
	t.frozen, t.cached = true, cached
	t.thaws++
	t.interrupted()
}

// thaw has a tab go on with all that came meanwhile, in some order.
func (t *tab) thaw() {
	w := t.world
	w.note(t, "is thawed")
	wake := t.cached || w.chance(0.5)
	t.frozen, t.cached = false, false
	parked := t.parked
	t.parked = nil
	for _, e := range parked {
		if e.flow == "" {
			t.after(w.latency(0, 0), "", e.run)
		} else {
			t.inOrder(w.latency(0, 0), e.flow, e.run)
		}
	}
	w.browser.resume(t.process)
	if wake {
		t.after(w.latency(0, 0), "", t.wake)
	}
}

// wake tells the client to look around.
func (t *tab) wake() {
	if t.opened {
		t.world.note(t, "wakes")
		t.tried.level = max(0, t.tried.level-6) // it may try again at once
		t.client.Wake()
	}
}

// kill ends a tab at once.
func (t *tab) kill() {
	w := t.world
	w.note(t, "is killed")
	t.dead = true
	if t.leaving > 0 {
		w.spoil(t, "its sign-out is stored without the ledger only")
	}
	t.client.Close()
	for _, c := range t.held {
		c.end(errGone)
	}
	w.browser.leave(t)
}

// Emit implements session.App.
func (t *tab) Emit(e session.Event) {
	t.world.arrive(t, "emit", func() {
		t.world.note(t, "event %s%s: %s%s", e.Type, map[bool]string{true: " (remote)"}[e.Remote], t.world.nameOfSession(e.Session), t.describeError(e.Err))
		t.emitted(e)
	})
}

func (t *tab) describeError(err *session.Error) string {
	if err == nil {
		return ""
	}
	t.world.checkText(t, "an error", err.Message+err.Description+err.ServerCode)
	text := ", " + err.Code
	if err.Transient {
		text += " (transient)"
	}
	return text + ": " + err.Message
}

// Trace implements session.App.
func (t *tab) Trace(s session.Trace) {
	if s.Type == "refresh.start" {
		t.setOut.Store(int64(t.world.now()))
	}
	if t.world.options.Trace {
		t.world.note(t, "%s %s attempt %d, delay %d, status %d", s.Type, s.Reason, s.Attempt, s.DelayMS, s.Status)
	}
}

// Visible implements session.App. It is what a timer of the core does first, so
// a tab that is frozen has none go off.
func (t *tab) Visible() bool {
	visible := false
	_ = t.ask(context.Background(), "visible", func(c *asking) {
		visible = !t.hidden
		c.end(nil)
	})
	return visible
}

// Stand implements session.App, as js/src/client.ts does.
func (t *tab) Stand(credential string, until int64) {
	t.standing.Store(&standing{credential: credential, until: until, origins: map[string]bool{}})
}

// standing is what requests may be sent with, until a moment of the tab's clock, to
// the origins that the rules have once sent a request to with it (js/src/standing.ts).
type standing struct {
	credential string
	until      int64
	origins    map[string]bool
}

// covers says whether the rules need not be asked how a request sets out.
func (s *standing) covers(r *request) bool {
	if s == nil || s.credential == "" || r.tab.now() >= s.until {
		return false
	}
	for _, own := range [...]string{signinURL, refreshURL, r.tab.world.signoutURL} {
		if endpoint.SameResource(r.url, own) {
			return false
		}
	}
	return !r.Own && !r.Force && s.origins[endpoint.Origin(r.url)]
}

// Failed implements session.App: the failed-refresh handlers of an application.
func (t *tab) Failed(ctx context.Context, failure *session.Error) (session.Given, error) {
	var given session.Given
	err := t.ask(ctx, "failed", func(c *asking) {
		w := t.world
		w.note(t, "calls the failed-refresh handler%s", t.describeError(failure))
		t.handlerCalled(failure)
		c.aborted = func() { c.end(context.DeadlineExceeded) }
		switch w.Handler {
		case ignores:
			c.end(nil)
		case hangs:
		case signsIn:
			// The handler waits for auth.signin, as a dialog does.
			t.after(w.latency(100*time.Millisecond, 0.2), "", func() {
				t.signin(w.user(), "right", func() { c.end(nil) })
			})
		case answersTokens:
			t.after(w.latency(100*time.Millisecond, 0.2), "", func() {
				g := w.server.signin(w.user())
				t.delivered(g)
				given.Doc, _ = doc.Parse(w.server.answer(g).body)
				w.note(t, "the handler answers %v", g)
				c.end(nil)
			})
		case fetches:
			// It asks the API something, through auth.fetch, and waits for it.
			t.after(w.latency(0, 0), "", func() {
				t.request(&request{url: apiOrigin + "/handler", settled: func() { c.end(nil) }})
			})
		}
	})
	return given, err
}

func (w *World) nameOfSession(s *token.Tokens) string {
	if s == nil {
		return "nobody"
	}
	return w.nameOf(s.Access)
}

// request is one call of auth.fetch, as js/src/exchange.ts makes it.
type request struct {
	session.Request
	tab        *tab
	id         int
	url        string
	started    bool
	waiting    bool
	untouched  bool // the rules have no say in it
	answered   bool // its first answer is here, and was a refusal
	over       bool
	sends      int
	credential string
	user       string  // whose token it carried first
	status     int     // of the answer
	session    *family // of a probe: what it is to show
	settled    func()  // tells whoever waits for it, may be nil
}

// request begins a request.
func (t *tab) request(r *request) {
	w := t.world
	w.requests++
	r.tab, r.id = t, w.requests
	r.URL = r.url
	r.Resume = func(v session.Verdict) { w.arrive(t, "resume", func() { r.resume(v) }) }
	t.requests = append(t.requests, r)

	w.note(t, "request %d to %s", r.id, strings.TrimPrefix(r.url, "https://"))
	t.bound(w.requestBound(), func() bool { return r.over }, "request %d", r.id)
	if t.opened {
		r.authorize()
	}
}

// authorize has it set out, once the module has started.
func (r *request) authorize() {
	r.started = true
	r.tab.wanted = r.tab.wanted || r.Force
	if s := r.tab.standing.Load(); s.covers(r) {
		s.check(r)
		r.obey(session.Verdict{Act: session.Send, Credential: s.credential})
		return
	}
	v := r.tab.client.Authorize(&r.Request)
	if s := r.tab.standing.Load(); s != nil && v.Act == session.Send && v.Credential == s.credential {
		s.origins[endpoint.Origin(r.url)] = true
	}
	r.obey(v)
}

// resume continues a request that waits; one that was aborted has forgotten.
func (r *request) resume(v session.Verdict) {
	if r.over {
		return
	}
	if !r.waiting {
		r.tab.world.fail(r.tab, "resume", "request %d is resumed although it does not wait", r.id)
		return
	}
	r.obey(v)
}

func (r *request) obey(v session.Verdict) {
	r.waiting = v.Act == session.Wait
	switch v.Act {
	case session.Wait:
		r.tab.world.note(r.tab, "request %d waits", r.id)
	case session.Pass, session.Deliver:
		r.untouched = !r.answered
		if r.answered {
			r.end("is answered 401")
		} else {
			r.send("")
		}
	case session.Send, session.Resend:
		r.send(v.Credential)
	case session.Fail:
		r.failed(v.Err)
	}
}

func (r *request) failed(err *session.Error) {
	r.tab.checkError(err)
	r.end("fails" + r.tab.describeError(err))
}

// send puts it on the network, which brings an answer, or an error, or nothing
// until the browser gives up.
func (r *request) send(credential string) {
	t, w := r.tab, r.tab.world
	r.sends++
	access := strings.TrimPrefix(credential, "Bearer ")
	w.note(t, "request %d goes out with %q", r.id, w.nameOf(access))
	w.checkSend(r, access)
	r.credential = credential
	attempt := r.sends
	arrive := func(delay time.Duration, status int) {
		t.after(delay, "", func() {
			if !r.over && r.sends == attempt {
				r.receive(status)
			}
		})
	}
	there, back := w.latency(5*time.Millisecond, w.Slowness), w.latency(5*time.Millisecond, w.Slowness)
	lost := w.offline(t) || w.chance(w.Loss/2)
	if lost {
		arrive(there, 0)
		return
	}
	w.after(there, func() {
		status := 200
		if !w.server.admit(access) {
			status = 401
		}
		arrive(back, status)
	})
}

// receive takes an answer; status 0 is a network error.
func (r *request) receive(status int) {
	t, w := r.tab, r.tab.world
	switch {
	case status == 0:
		r.end("fails: no network")
	case status != 401 || r.sends > 1 || r.untouched:
		r.status = status
		r.end("is answered " + map[int]string{200: "200", 401: "401"}[status])
	default:
		w.note(t, "request %d is refused", r.id)
		r.answered = true
		r.obey(t.client.Unauthorized(&r.Request, r.credential))
	}
}

func (r *request) end(how string) {
	r.over, r.waiting = true, false
	r.tab.world.note(r.tab, "request %d %s", r.id, how)
	if r.settled != nil {
		r.settled()
	}
}

// abort is its signal.
func (r *request) abort() {
	if r.over || !r.started {
		return
	}
	if r.waiting {
		r.tab.client.Forget(&r.Request)
	}
	r.end("is aborted")
}
