package sim

import (
	"strings"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

// live has people, browsers and servers do things, as many as the profile says.
func (w *World) live() {
	w.open()
	for range w.Actions {
		w.act()
		w.run(time.Duration(w.rng.ExpFloat64() * float64(w.Pause)))
		if w.failure != nil {
			return
		}
	}
}

// act does one thing.
func (w *World) act() {
	deeds := []struct {
		weight int
		do     func(t *tab)
	}{
		{30, func(t *tab) { t.request(w.someRequest()) }},
		{8, w.burst},
		{w.signinWeight(), func(t *tab) { t.signin(w.user(), "right", nil) }},
		{1, func(t *tab) { t.signin(w.user(), "wrong", nil) }},
		{w.when(w.Signouts, 3), (*tab).signout},
		{2, func(t *tab) { t.setTokens() }},
		{6, func(t *tab) { t.get(w.between(0, time.Minute), w.chance(0.3)) }},
		{5, (*tab).abortOne},
		{4, func(t *tab) { w.openAnother() }},
		{w.when(w.Kills, 5), func(t *tab) { t.kill(); w.openAnother() }},
		{w.when(w.Freezes, 6), w.freezeOne},
		{w.when(w.Freezes, 8), w.thawOne},
		{3, func(t *tab) { t.wake() }},
		{3, func(t *tab) { t.hidden = !t.hidden }},
		{w.when(w.Outages, 4), w.weather},
		{w.when(w.Revocations, 3), w.mischief},
		{w.when(w.Clock == jumping || w.Clock == apart, 4), w.jump},
		{w.when(w.Storage == fails, 4), w.breakStorage},
		{w.when(w.Storage == cleared, 2), w.clear},
		{4, w.untilExpiry},
		{8, w.strikeSoon},
	}
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	n := w.rng.IntN(sum)
	for _, d := range deeds {
		if n -= d.weight; n < 0 {
			if t := w.someone(); t != nil {
				d.do(t)
			} else {
				w.openAnother()
				w.thawOne(nil)
			}
			return
		}
	}
}

// strikeSoon has something happen to some tab in a few events' time, so that it
// comes between any two steps of what goes on, also where these are close together.
func (w *World) strikeSoon(*tab) {
	strikes := []func(t *tab){(*tab).wake, (*tab).abortOne}
	add := func(may bool, run func(t *tab)) {
		if may {
			strikes = append(strikes, run, run)
		}
	}
	add(w.Kills, func(t *tab) { t.kill(); w.openAnother() })
	add(w.Freezes, w.freezeOne)
	add(w.Signouts, (*tab).signout)
	add(w.Signouts, func(t *tab) { t.signin(w.user(), "right", nil) })
	add(w.Outages, w.weather)
	add(w.Revocations, w.mischief)
	add(w.Clock == jumping || w.Clock == apart, w.jump)
	add(w.Storage == fails, w.breakStorage)
	run := strikes[w.rng.IntN(len(strikes))]
	w.struck = append(w.struck, strike{1 + w.rng.IntN(40), func() {
		if t := w.someone(); t != nil {
			run(t)
		}
	}})
}

func (w *World) when(may bool, weight int) int {
	if may {
		return weight
	}
	return 0
}

// signinWeight has somebody sign in where nobody is.
func (w *World) signinWeight() int {
	for _, t := range w.tabs {
		if !t.dead && t.session != nil {
			return 1
		}
	}
	return 60
}

// someone answers a tab that runs, or nil.
func (w *World) someone() *tab {
	var running []*tab
	for _, t := range w.tabs {
		if !t.dead && !t.frozen {
			running = append(running, t)
		}
	}
	if len(running) == 0 {
		return nil
	}
	return running[w.rng.IntN(len(running))]
}

func (w *World) openAnother() {
	living := 0
	for _, t := range w.tabs {
		if !t.dead {
			living++
		}
	}
	if living < w.Tabs {
		w.open()
	}
}

func (w *World) user() string {
	if w.JWT && w.chance(0.3) {
		return "bob"
	}
	return "ann"
}

// someRequest makes up a request: mostly to the API, at times to where no token
// may go.
func (w *World) someRequest() *request {
	r := &request{url: apiOrigin + "/me?page=1"}
	switch w.rng.IntN(16) {
	case 0:
		r.url = "https://elsewhere.example/collect"
	case 1:
		r.url = []string{
			apiOrigin + ".evil.example/", "https://api.example.com@evil.example/", "http://api.example.com/me",
			"https://api.example.com:8443/me", "https://evil.example/?https://api.example.com/",
		}[w.rng.IntN(5)]
	case 2:
		r.url = []string{refreshURL, signinURL + "?next=1", w.signoutURL}[w.rng.IntN(3)]
	case 3:
		r.Own = true
	case 4:
		r.Refresh = session.Never
	case 5:
		r.Force, r.Refresh = true, session.Always
	case 6:
		r.url = "https://app.example.com/api"
	}
	return r
}

// burst has every tab that runs send some requests at once, or as good as: what
// happens at one moment in a core has no order.
func (w *World) burst(*tab) {
	for _, t := range w.tabs {
		if !t.dead && !t.frozen {
			for range 1 + w.rng.IntN(4) {
				t.after(0, "", func() { t.request(&request{url: apiOrigin + "/burst"}) })
			}
		}
	}
}

// untilExpiry lets time pass until about the moment that a session's access
// token expires, when everybody wants a new one.
func (w *World) untilExpiry(t *tab) {
	if g := t.grant; g != nil {
		at := g.expires + w.between(-2*time.Second, time.Second)
		if wait := at - w.now(); wait > 0 && wait < 10*time.Minute {
			w.run(wait)
			w.burst(nil)
		}
	}
}

func (w *World) freezeOne(t *tab) {
	holds := w.browser.locks.holder
	if w.chance(0.5) && holds != nil && !holds.tab.dead && !holds.tab.frozen {
		t = holds.tab // the moment that matters most
	}
	// No browser keeps a page that holds or awaits a Web Lock in its cache.
	cached := w.chance(0.3) && !w.browser.locks.has(t)
	t.freeze(cached)
	if w.chance(0.7) {
		w.after(w.anyOf(200*time.Millisecond, 5*time.Second, 40*time.Second, 2*time.Minute), func() {
			if t.frozen && !t.dead {
				t.thaw()
			}
		})
	}
}

func (w *World) thawOne(*tab) {
	var frozen []*tab
	for _, t := range w.tabs {
		if !t.dead && t.frozen {
			frozen = append(frozen, t)
		}
	}
	if len(frozen) > 0 {
		frozen[w.rng.IntN(len(frozen))].thaw()
	}
}

// weather changes how the network and the server are.
func (w *World) weather(*tab) {
	s := &w.server
	switch w.rng.IntN(6) {
	case 0:
		w.online = !w.online
	case 1:
		s.down = !s.down
	case 2:
		s.busy = !s.busy
	case 3:
		s.mute = !s.mute
	default:
		w.online, s.down, s.busy, s.mute = true, false, false, false
	}
	w.note(nil, "online %v, server down %v, busy %v, mute %v", w.online, s.down, s.busy, s.mute)
}

// offline says whether the network of a tab is gone.
func (w *World) offline(*tab) bool { return !w.online }

// mischief has the server take something back.
func (w *World) mischief(t *tab) {
	if g := t.grant; g != nil {
		if w.chance(0.7) {
			w.note(nil, "the API takes the access token %v no more", g)
			g.rejected = true
		} else {
			w.server.revoke(g.family, "an administrator did it")
		}
	}
}

func (w *World) jump(*tab) {
	by := func() int64 {
		far := w.anyOf(30*time.Second, 10*time.Minute, 5*time.Hour)
		return w.between(-far, far).Milliseconds()
	}
	all := by()
	for _, t := range w.tabs {
		if w.Clock == apart {
			all = by()
		}
		t.clock.Add(all)
	}
	w.offset += all
	w.note(nil, "the clocks jump")
}

// clockOf answers how far a new tab's clock is off.
func (w *World) clockOf(*tab) int64 {
	switch {
	case w.Clock == apart:
		return w.between(-10*time.Minute, 10*time.Minute).Milliseconds()
	case w.Clock != right && w.offset == 0:
		w.offset = w.between(-5*time.Hour, 5*time.Hour).Milliseconds()
	}
	return w.offset
}

func (w *World) breakStorage(*tab) {
	switch w.rng.IntN(4) {
	case 0:
		w.throwing = !w.throwing
	case 1:
		w.full = !w.full
	default:
		w.throwing, w.full = false, false
	}
	w.note(nil, "the storage throws %v, is full %v", w.throwing, w.full)
}

// blocked says whether any access to the storage throws.
func (w *World) blocked(*tab) bool { return w.throwing }

// clear is a user who clears the site's data.
func (w *World) clear(*tab) {
	w.note(nil, "the site's data is cleared")
	w.siteCleared()
	w.spoiled = true // tabs remember generations that do not count any more
	w.browser.clear()
}

func (t *tab) abortOne() {
	for _, r := range t.requests {
		if !r.over && t.world.chance(0.5) {
			r.abort()
			return
		}
	}
}

// call runs one of the client's methods that block, and then what follows, which
// may be nil.
func (t *tab) call(name string, do func() *session.Error, then func()) {
	w := t.world
	if !t.opened {
		return
	}
	w.calls++
	id := w.calls
	w.note(t, "call %d: %s", id, name)
	over, epoch := false, t.signouts
	t.bound(w.callBound(), func() bool { return over }, "call %d", id)
	go func() {
		err := do()
		w.arrive(t, "result", func() {
			over = true
			w.note(t, "call %d ends%s", id, t.describeError(err))
			t.checkError(err)
			if err == nil && t.signouts != epoch && strings.HasPrefix(name, "signin") {
				// Holds in every world.
				w.fail(t, "sign-out is final", "call %d signs in, although its user has signed out since it began", id)
			}
			if then != nil {
				then()
			}
		})
	}()
}

// signin signs a user in.
func (t *tab) signin(user, password string, then func()) {
	credentials, _ := doc.Parse(`{"user":"` + user + `","password":"` + password + `"}`)
	t.call("signin "+user, func() *session.Error {
		_, err := t.client.Signin(credentials, "")
		return err
	}, then)
}

func (t *tab) signout() {
	if t.opened {
		t.signingOut()
	}
	t.call("signout", t.client.Signout, t.signedOut)
}

// setTokens has the application bring tokens of its own.
func (t *tab) setTokens() {
	if !t.opened {
		return
	}
	w := t.world
	g := w.server.signin(w.user())
	t.delivered(g)
	var given session.Given
	if g.family.bare = w.chance(0.3); g.family.bare {
		given.Access = g.access
	} else {
		given.Doc, _ = doc.Parse(w.server.answer(g).body)
	}
	t.call("setTokens "+g.String(), func() *session.Error { return t.client.SetTokens(given) }, nil)
}

func (t *tab) get(validity time.Duration, force bool) {
	if !t.opened {
		return
	}
	t.wanted = t.wanted || force || validity > 0
	t.call("getToken", func() *session.Error {
		_, err := t.client.Get(validity.Milliseconds(), force)
		return err
	}, nil)
}

// heal ends all trouble and lets things calm down, so that what must hold in the
// end can be checked.
func (w *World) heal() {
	if w.failure != nil {
		return
	}
	w.note(nil, "all trouble ends")
	w.healed = true
	w.struck = nil
	w.Loss, w.Slowness = 0, 0
	w.online, w.throwing, w.full = true, false, false
	w.server.down, w.server.busy, w.server.mute = false, false, false
	for _, t := range w.tabs {
		t.hidden = true // nothing is refreshed that nobody needs, here or in a tab that is opened yet
		if t.frozen && !t.dead {
			t.thaw()
		}
	}
	w.run(w.calmDown())
	w.checkCalm()
	for _, t := range w.tabs {
		t.after(0, "", t.tryOut)
	}
	w.run(w.requestBound() + time.Second)
	w.checkProbes()
}

// tryOut has a tab show whether it still works.
func (t *tab) tryOut() {
	t.probe = &request{url: apiOrigin + "/probe"}
	if t.grant != nil {
		t.probe.session = t.grant.family
	}
	t.request(t.probe)
}
