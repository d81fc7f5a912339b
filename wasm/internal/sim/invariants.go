package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Failure is an invariant that did not hold.
type Failure struct {
	At        time.Duration
	Tab       int // 0 for the world
	Invariant string
	Text      string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%v at %.3f s, tab %d: %s", f.Invariant, f.At.Seconds(), f.Tab, f.Text)
}

// fail notes the first invariant that does not hold, which ends the world.
func (w *World) fail(t *tab, invariant, format string, args ...any) {
	if w.failure != nil {
		return
	}
	w.failure = &Failure{At: w.now(), Invariant: invariant, Text: fmt.Sprintf(format, args...)}
	if t != nil {
		w.failure.Tab = t.id
	}
	w.note(t, "VIOLATES %s: %s", invariant, w.failure.Text)
}

// tracking is what the invariants remember of a tab.
type tracking struct {
	session   *token.Tokens // as of the last step
	grant     *grant        // that the session is
	left      []*family     // sessions that it was signed out of by its user
	pending   []*delivery   // grants that have arrived and may not be stored yet
	setOut    atomic.Int64  // when its flight began
	wanted    bool          // a refresh was asked for since the session came
	inherited *grant        // that it has found in escrow last
	handled   bool          // the handler was called since the session changed
	granted   bucket        // refreshes of late that the server granted
	tried     bucket        // refreshes of late
	refused   map[*family]refusals
	spare     time.Duration // until when the server wants to be left alone
	// signouts counts the sign-outs that began here, leaving those under way.
	signouts, leaving int
}

// refusals counts how often the newest of a session's refresh tokens that was refused
// for good was.
type refusals struct {
	number, times int
}

// bucket counts what happens often, less what time has paid back.
type bucket struct {
	level float64
	at    time.Duration
}

// pour counts one more, and answers how many there are of late.
func (b *bucket) pour(now, refill time.Duration) float64 {
	b.level = max(0, b.level-float64(now-b.at)/float64(refill)) + 1
	b.at = now
	return b.level
}

// orderly says whether tabs can know what other tabs have done before they use a
// refresh token: turns exclude each other, the newest generation is known, and
// the storage is never blocked or full.
//
// Turns by leases need clocks that agree, since a lease is a time. Without a
// ledger, the storage must show at once what was written to it.
func (w *World) orderly() bool {
	turns := w.WebLocks || w.Clock == right || w.Clock == wrong
	return turns && w.ordered() && !w.unread && w.Storage != fails
}

// ordered says whether what is stored has one order: there is a ledger, or one
// storage for all. Turns do not matter to it.
func (w *World) ordered() bool {
	return (w.Ledger == sound || w.Ledger == absent && w.Lag == 0) && !w.spoiled
}

// torn says whether a tab may see a part of what another has written, and not
// know it: where there are several keys, each of which arrives for itself, and
// where the storage is full at times, so that a record has to be removed before
// the next one. It may then take another tab's new session for one without a
// refresh token, or for a sign-out.
func (w *World) torn() bool {
	return w.OwnKeys && w.Lag > 0 && w.Ledger != sound || w.Storage == fails
}

// steady says whether clocks run, right or wrong, without jumps.
func (w *World) steady() bool { return w.Clock == right || w.Clock == wrong }

// kind says whether nothing ever goes wrong in a world.
func (w *World) kind() bool {
	return w.Loss == 0 && w.Slowness == 0 && !w.Freezes && !w.Kills && !w.Outages && w.steady() &&
		w.Storage == holds && w.Ledger != flaky && (w.Handler == ignores || w.Handler == answersTokens)
}

// spoil notes that a record could not be stored.
func (w *World) spoil(t *tab, why string) {
	w.note(t, "%s: what follows is not orderly", why)
	w.spoiled = true
}

// grantOf answers the grant that a session is.
func (w *World) grantOf(s *token.Tokens) *grant {
	switch {
	case s == nil:
		return nil
	case s.Access != "":
		return w.server.access[s.Access]
	}
	return w.server.refresh[s.Refresh]
}

// check compares every tab with what it was a step before.
func (w *World) check() {
	for _, t := range w.tabs {
		if t.dead || !t.opened {
			continue
		}
		s := t.client.Session()
		if s == t.session {
			continue
		}
		before := t.grant
		t.session, t.grant = s, w.grantOf(s)
		if t.grant == before {
			continue
		}
		t.wanted, t.handled, t.spare = false, false, 0
		t.moved(before, t.grant)
	}
}

// moved checks a tab's step from one session to another; nil is none.
func (t *tab) moved(from, to *grant) {
	w := t.world
	t.pending = slices.DeleteFunc(t.pending, func(d *delivery) bool { return d.grant == to })
	switch {
	case to == nil && t.session != nil:
		w.fail(t, "known tokens", "it has a session that the server never granted")
	case to == nil && from != nil:
		// Nobody is signed out unless the server has refused or the user has signed
		// out. Holds in ordered worlds where no tab sees a part of what another writes, or
		// has died while it wrote. Clearing the site's data is a sign-out.
		if !w.mayEnd(from.family) && !w.torn() && !w.parted && w.ordered() {
			w.fail(t, "signed out for nothing", "session %v ends, but the server has not refused it and nobody signed out", from)
		}
		if from.family.over > 0 {
			t.left = append(t.left, from.family)
		}
	case to != nil && slices.Contains(t.left, to.family) && !w.spoiled && !w.torn():
		// Sign-out is final in a tab that knows of it. Holds where the storage could be
		// written, and no tab sees a part of what another writes.
		w.fail(t, "sign-out is final", "session %v is back after its user signed out", to)
	case to != nil && from != nil && to.family == from.family && to.number < from.number && w.ordered() && !w.torn():
		// The winner's tokens survive: a tab never goes back to older ones, where what
		// is stored has one order and no tab sees a part of what another writes.
		w.fail(t, "winner survives", "session %v gives way to the older %v", from, to)
	}
}

// mayEnd says whether there is a reason for a tab to end a session: its own end,
// or that of one that came after it, which the tab may not have noticed.
func (w *World) mayEnd(f *family) bool {
	for _, g := range w.server.families {
		if g.id < f.id && g.stored <= f.stored {
			continue
		}
		if g.refused || g.bare || g.mayBeOver {
			return true
		}
	}
	return false
}

// delivered notes that a grant has arrived in a tab. A tab gets no more by
// refreshes than its pace allows: six at once, then one each two seconds. Holds
// where clocks do not jump.
func (t *tab) delivered(g *grant) {
	if g.parent != nil && t.granted.pour(t.world.now(), 2*time.Second) > 6.1 && t.world.steady() {
		t.world.fail(t, "few refreshes", "it is granted %v, the %.1fth of late", g, t.granted.level)
	}
	t.has(g)
}

// has notes that a tab has a grant, be it that another one has asked for it.
func (t *tab) has(g *grant) {
	d := &delivery{tab: t, grant: g}
	g.deliveries = append(g.deliveries, d)
	t.pending = append(t.pending, d)
}

// answered notes what the server says to a refresh that it does not grant.
func (t *tab) answered(g *grant, r reply) {
	if g != nil && (r.status == 400 || r.status == 401 || r.status == 403) {
		if t.refused == nil {
			t.refused = map[*family]refusals{}
		}
		r := t.refused[g.family]
		if g.number > r.number {
			r = refusals{number: g.number}
		}
		r.times++
		t.refused[g.family] = r
	}
	if seconds, err := strconv.Atoi(r.retryAfter); err == nil && seconds > 0 {
		t.spare = t.world.now() + time.Duration(seconds)*time.Second
	}
}

// interrupted notes that a tab may not have come to storing what it was granted.
func (t *tab) interrupted() {
	for _, d := range t.pending {
		d.interrupted = true
	}
	t.pending = nil
}

// checkPresentation checks the use of a refresh token, at the moment at which a
// tab sends it.
func (w *World) checkPresentation(t *tab, refresh string) {
	g := w.server.refresh[refresh]
	if g == nil {
		w.fail(t, "known tokens", "it presents a refresh token that the server never granted")
		return
	}
	// No refresh token is presented once its successor has arrived in a tab that
	// lives. Holds in orderly worlds where refresh tokens rotate, unless that tab was
	// frozen before it could store the successor.
	if w.Rotates && w.orderly() {
		for _, child := range g.children {
			for _, d := range child.deliveries {
				if !d.tab.dead && !d.interrupted {
					w.fail(t, "single use", "it presents refresh token %v, whose successor %v tab %d has got", g, child, d.tab.id)
				}
			}
		}
	}
	// What a tab has left in escrow is inherited: while it lies there, its refresh token's
	// predecessor is presented no more. Holds in orderly worlds where refresh tokens rotate.
	if e := w.browser.ledger.escrow; e != nil && e.grant != nil && e.grant.parent == g && w.Rotates && w.orderly() {
		w.fail(t, "what a tab leaves is inherited", "it presents refresh token %v, whose successor %v lies in escrow", g, e.grant)
	}
	// A refusal is final. A tab whose refresh was refused ahead of time asks once more
	// when it needs a token, and then no more, unless a newer refresh token has come
	// meanwhile: it cannot know that the server has given up on that one too. Holds in
	// orderly worlds.
	if r := t.refused[g.family]; r.times > 1 && g.number <= r.number && w.orderly() {
		w.fail(t, "a refusal is final", "it presents refresh token %v, which was refused twice", g)
	}
	// Retry-After is obeyed, to the millisecond, unless another session has come
	// meanwhile. Holds in every world.
	if w.now()+time.Millisecond <= t.spare {
		w.fail(t, "Retry-After is obeyed", "it refreshes %v too soon", t.spare-w.now())
	}
	// Refreshes are few. However often they fail, a tab makes no more than thirty of
	// them at once, then one each second, where clocks do not jump.
	if n := t.tried.pour(w.now(), time.Second); n > 30 && w.steady() {
		w.fail(t, "few refreshes", "it refreshes for the %.1fth time of late", n)
	}
	// And each has a reason: the access token is about to expire, the API has
	// refused it, or somebody asked; or it tells no time and has lain in escrow, or tells
	// that of a tab that was frozen. Holds where clocks do not jump and agree.
	s := t.client.Session()
	held := w.grantOf(s)
	if held == nil || held.rejected || t.wanted || !w.steady() || held == t.inherited && (s.ExpiresAt == 0 || w.Freezes) {
		return
	}
	if margin := min(w.RefreshBefore, w.Lifetime/2).Milliseconds(); s.Access != "" && s.ExpiresAt == 0 || t.now() < s.ExpiresAt-margin {
		w.fail(t, "few refreshes", "it refreshes session %v for no reason", held)
	}
}

// checkCall checks where a call to the authorization server takes tokens.
func (w *World) checkCall(t *tab, call endpoint.Call, refresh string) {
	known := call.URL == refreshURL || call.URL == signinURL || call.URL == w.signoutURL
	if !known || refresh != "" && call.URL == signinURL || strings.Contains(call.URL, "secret") {
		w.fail(t, "no stranger gets a token", "it calls %s", call.URL)
	}
	for _, h := range call.Headers {
		if strings.Contains(h.Value, "secret") && !allowed(call.URL) {
			w.fail(t, "no stranger gets a token", "it sends an access token to %s", call.URL)
		}
	}
}

// allowed says whether a request may carry a token, as a browser would read its
// URL.
func allowed(url string) bool {
	for _, origin := range [...]string{apiOrigin, appOrigin} {
		if strings.HasPrefix(url, origin+"/") {
			return true
		}
	}
	return false
}

// checkSend checks a request as it goes out.
func (w *World) checkSend(r *request, access string) {
	t := r.tab
	// No request is sent more than twice. Holds in every world; that the answer to
	// the second sending is handed back is up to the host (js/src/exchange.ts), which
	// type request stands for.
	if r.sends > 2 {
		w.fail(t, "two sendings", "request %d goes out for the %dth time", r.id, r.sends)
	}
	if access == "" {
		return
	}
	// A token goes to no other origin, and not to the client's own endpoints. Holds
	// in every world.
	resource, _, _ := strings.Cut(r.url, "?")
	if !allowed(r.url) || r.Own || resource == refreshURL || resource == signinURL || resource == w.signoutURL {
		w.fail(t, "no stranger gets a token", "request %d to %s carries %s", r.id, r.url, w.nameOf(access))
	}
	g := w.server.access[access]
	switch {
	case g == nil:
		w.fail(t, "known tokens", "request %d carries a token that the server never granted", r.id)
	case r.user == "":
		r.user = g.family.user
	case w.JWT && r.user != g.family.user:
		// A request of one user is never sent again as another. Holds where tokens name
		// their user.
		w.fail(t, "one user", "request %d of %s goes out again as %s", r.id, r.user, g.family.user)
	}
}

// check looks at what a request sets out with unasked: it is the session's, so that
// none stands after a sign-out. Holds in every world.
func (s *standing) check(r *request) {
	if now := r.tab.client.Session(); now == nil || "Bearer "+now.Access != s.credential {
		r.tab.world.fail(r.tab, "what stands is the session's", "request %d carries %s while the session is %s",
			r.id, r.tab.world.nameOf(strings.TrimPrefix(s.credential, "Bearer ")), r.tab.world.nameOfSession(now))
	}
}

// checkText checks that what others may read holds no token. Holds in every
// world.
func (w *World) checkText(t *tab, what, text string) {
	if strings.Contains(text, "secret") {
		w.fail(t, "no token is told", "%s says %q", what, text)
	}
}

// checkAdvance checks what is about to be stored as the next generation: the
// successor of what is stored now. Holds in ordered worlds where no tab sees a
// part of what another writes.
func (w *World) checkAdvance(t *tab, entries []token.Entry) {
	r := w.recordIn(entries)
	before := w.stored
	w.stores(w.grantOf(r.session()))
	if w.orphaned || !w.ordered() || w.torn() {
		w.orphaned = false // some may have followed it, and some not
		return
	}
	switch g := w.stored; {
	case g != nil && g.parent != nil && before != g && before != g.parent && (before == nil || before.refresh != g.parent.refresh):
		w.fail(t, "winner survives", "it stores %v, successor of %v, over %s", g, g.parent, nameOrNobody(before))
	case g == nil && r.Refused && before != nil && !before.family.refused && !before.family.bare:
		w.fail(t, "winner survives", "it stores that session %v was refused, which it was not", before)
	case g == nil && !r.Refused && before != nil && !before.family.mayBeOver && t.leaving == 0:
		w.fail(t, "winner survives", "it stores a sign-out of session %v, which nobody made", before)
	}
}

// checkWrite notes a session that was stored without the ledger. A sign-out that
// is stored so does not count: its ordered one follows.
func (w *World) checkWrite(entries []token.Entry) {
	if g := w.grantOf(w.recordIn(entries).session()); g != nil {
		w.stores(g)
	}
}

// stores notes what is stored now, and since when that is a user's session.
func (w *World) stores(g *grant) {
	if w.stored == nil || g == nil || w.stored.family != g.family {
		w.occupied = w.now()
	}
	if g != nil {
		g.family.stored = w.now()
	}
	w.stored = g
}

// record is a stored record.
type record struct{ token.Record }

// session answers the session that it holds, or nil.
func (r record) session() *token.Tokens {
	if !r.SignedIn() {
		return nil
	}
	return &r.Tokens
}

// recordIn reads the record that entries write.
func (w *World) recordIn(entries []token.Entry) record {
	texts := map[string]string{}
	for _, e := range entries {
		put(texts, e)
	}
	return w.recordOf(texts)
}

// recordOf reads the record in an area.
func (w *World) recordOf(area map[string]string) record {
	r, _ := w.keys.Decode(func(key string) (string, bool) { text, ok := area[key]; return text, ok })
	return record{r}
}

func nameOrNobody(g *grant) string {
	if g == nil {
		return "nobody"
	}
	return g.String()
}

// emitted checks what listeners hear.
func (t *tab) emitted(e session.Event) {
	if e.Err != nil {
		t.checkError(e.Err)
	}
}

// checkError checks that an error is true: a refresh that failed for good was
// refused by the server, and who is told of a sign-out was signed out. Holds
// where no tab sees a part of what another writes.
func (t *tab) checkError(err *session.Error) {
	w := t.world
	switch {
	case err == nil:
		return
	case err.Code == session.CodeStorageFailed:
		// A freeze while a session is stored may look like a storage that hangs: then the
		// tab has a session of its own until it stores the next one.
		if w.Storage == holds && w.Ledger != flaky && t.thaws == 0 {
			w.fail(t, "errors are true", "it is told %s: %s", err.Code, err.Message)
		}
		w.spoil(t, "it has not stored its session")
		return
	case w.torn():
		return
	}
	refused := func(f *family) bool { return f.refused || f.bare }
	if err.Code == session.CodeSignedOut && !w.signedOut ||
		err.Code == session.CodeRefreshFailed && !err.Transient && !slices.ContainsFunc(w.server.families, refused) {
		w.fail(t, "errors are true", "it is told %s: %s", err.Code, err.Message)
	}
}

// handlerCalled checks that the failed-refresh handlers are called once for each
// session that ends, and once for requests that find nobody signed in. Holds in
// every world.
func (t *tab) handlerCalled(err *session.Error) {
	w := t.world
	w.check() // the session may have ended in this very step
	if t.handled {
		w.fail(t, "one call of the handler", "the handler is called once more: %s", err.Message)
	}
	t.handled = true
	// Nobody is sent to the sign-in page while there is a session, which another tab had
	// stored before this one met its refusal and whose user has not begun to sign out. Holds
	// where a ledger tells of it, what is stored is seen before a record that is not there
	// counts for none, and no tab sees a part of what another writes.
	known := w.Ledger == sound && w.Lag < absence && w.ordered() && !w.torn() && !w.unread
	if err.Code == session.CodeNotSignedIn && known && w.stored != nil && !w.stored.family.mayBeOver &&
		w.occupied < time.Duration(t.setOut.Load()) {
		w.fail(t, "no sign-in for nothing", "nobody seems to be signed in, although session %v has been stored for %v", w.stored, w.now()-w.occupied)
	}
}

// signingOut notes that a user signs out: of the session of this tab, and of
// whatever else is stored until that is done.
func (t *tab) signingOut() {
	w := t.world
	w.check()
	if t.grant != nil && t.grant.family.over == 0 {
		t.grant.family.over = w.now()
	}
	t.leaving++
	t.signouts++
	w.siteCleared()
	t.handled = false
	if over := t.grant; over != nil && w.Channel && !w.spoiled {
		w.promptly(over.family)
	}
}

// hearsay is how long a message may take to a tab that runs.
const hearsay = time.Second

// promptly checks that tabs hear of a sign-out at once, not only when the storage
// shows it: soon none that runs keeps the session. Holds where there is a channel,
// and the storage has kept what was written.
func (w *World) promptly(over *family) {
	for _, t := range w.tabs {
		thaws := t.thaws
		if t.frozen || !t.opened {
			continue
		}
		t.after(hearsay, "", func() {
			if t.thaws == thaws && !w.spoiled && t.grant != nil && t.grant.family == over {
				w.fail(t, "sign-out is heard", "it has session %v, although its user has signed out", t.grant)
			}
		})
	}
}

// signedOut notes that a sign-out is done.
func (t *tab) signedOut() {
	t.leaving--
	t.world.siteCleared()
}

// siteCleared notes that no session that exists needs to go on.
func (w *World) siteCleared() {
	w.signedOut = true
	for _, f := range w.server.families {
		f.mayBeOver = true
	}
}

// bound checks that something ends in time. The time that its tab is frozen
// counts for nothing: then it begins anew. Holds in every world.
func (t *tab) bound(limit time.Duration, over func() bool, format string, args ...any) {
	thaws := t.thaws
	t.after(limit, "", func() {
		switch {
		case over():
		case t.thaws != thaws:
			t.bound(limit, over, format, args...)
		default:
			t.world.fail(t, "ends in time", fmt.Sprintf(format, args...)+" has not ended after %v", limit)
		}
	})
}

// absence is package session's.
const absence = 200 * time.Millisecond

// handlerBound is package session's.
const handlerBound = 5 * time.Minute

// flightBound is the longest that a refresh takes: three turns among the tabs,
// each after a pause, with two lost answers and three looks at a storage that
// lags.
func (w *World) flightBound() time.Duration {
	if w.kind() {
		return w.Timeout + 15*time.Second
	}
	bound := 3 * (5*w.Timeout + 30*time.Second)
	if w.Worker {
		bound += 3 * 2 * (w.Timeout + workerPatience) // before either call
	}
	if w.Handler != ignores {
		bound += handlerBound
	}
	return bound
}

// requestBound is the longest that a request takes: two sendings and one
// refresh.
func (w *World) requestBound() time.Duration {
	return w.flightBound() + 6*w.Timeout
}

// callBound is the longest that a method of the client takes: a sign-in also
// stores its session, and a sign-out is told to the server.
func (w *World) callBound() time.Duration {
	return w.flightBound() + 2*w.Timeout + 20*time.Second
}

// calmDown is how long everything may take to end once all trouble has.
func (w *World) calmDown() time.Duration {
	return w.flightBound() + w.requestBound() + maxByDate
}

// maxByDate is package endpoint's: how long a date in Retry-After is believed.
const maxByDate = 5 * time.Minute

// checkCalm checks what must hold once all has come to rest: every tab has what
// is stored, and nothing is stored that its user has signed out of. Holds in
// ordered worlds where the storage could always be read.
func (w *World) checkCalm() {
	if w.failure != nil || !w.ordered() || w.unread {
		return
	}
	stored := w.grantOf(w.recordOf(w.browser.area).session())
	if stored != nil && stored.family.over > 0 {
		w.fail(nil, "sign-out is final", "session %v is stored although its user signed out", stored)
	}
	for _, t := range w.tabs {
		if !t.dead && t.grant != stored {
			w.fail(t, "tabs agree", "it has %s in the end, while %s is stored", nameOrNobody(t.grant), nameOrNobody(stored))
		}
	}
}

// checkProbes checks that a tab with a session can use it once all trouble has
// ended, unless the server has revoked it. Holds in ordered worlds where all tabs
// have one clock, whatever it shows, and the storage could always be read.
func (w *World) checkProbes() {
	if w.failure != nil || !w.ordered() || w.unread || w.Clock == apart {
		return
	}
	for _, t := range w.tabs {
		r := t.probe
		if t.dead || r == nil {
			continue
		}
		switch f := r.session; {
		case !r.over:
			w.fail(t, "it works again", "request %d has not ended", r.id)
		case f != nil && !f.revoked && !f.bare && !f.mayBeOver && r.status != 200:
			w.fail(t, "it works again", "request %d of session %d does not get through", r.id, f.id)
		}
	}
}
