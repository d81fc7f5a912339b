package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// spec runs a test in virtual time, in a world of its own: one storage, one
// server, and as many tabs as the test opens.
func spec(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { run(t, newWorld(t)) })
}

const (
	origin     = "https://api.example.com"
	api        = origin + "/me"
	signinURL  = origin + "/login"
	refreshURL = origin + "/refresh"
	signoutURL = origin + "/logout"
)

// keys is where the tests keep a session.
var keys = token.Keys{Record: "authfetch"}

// world is a browser and a server.
type world struct {
	t      *testing.T
	server *server
	store  *store
	lock   *locker

	mu sync.Mutex
	// carry, where it is set, decides about a message between tabs: how long it
	// takes, and whether it arrives at all.
	carry  func(text string) (delay time.Duration, ok bool)
	offset time.Duration // of the browser's clock from the server's
	tabs   []*tab
}

func newWorld(t *testing.T) *world {
	return &world{
		t:      t,
		server: newServer(t),
		store:  &store{ordered: true, old: map[string]string{}},
		lock:   &locker{},
	}
}

// now is the browser's clock.
func (w *world) now() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset).UnixMilli()
}

// jump sets the browser's clock.
func (w *world) jump(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += by
}

// carries sets what decides about messages.
func (w *world) carries(carry func(string) (time.Duration, bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carry = carry
}

// open opens one more tab. change alters its configuration.
func (w *world) open(change ...func(*Config)) *tab {
	w.t.Helper()
	tab := &tab{w: w, app: &app{}, view: &view{store: w.store}}
	tab.app.tab = tab
	config := Config{
		Store:         tab.view,
		Lock:          w.lock,
		Doer:          w.server,
		App:           tab.app,
		Keys:          keys,
		Origins:       []string{origin},
		Header:        "Authorization",
		Scheme:        "Bearer",
		Signin:        &Endpoint{Spec: endpoint.Spec{URL: signinURL}},
		Refresh:       &Endpoint{Spec: endpoint.Spec{URL: refreshURL}},
		Signout:       &Endpoint{Spec: endpoint.Spec{URL: signoutURL}},
		RefreshBefore: 60_000,
		TimeoutMS:     10_000,
		Retry:         Retry{Attempts: 3, MinDelay: 300, MaxDelay: 5000},
		AutoRefresh:   true,
		Now:           w.now,
		Rand:          func() float64 { return 0.5 },
	}
	for _, change := range change {
		change(&config)
	}
	tab.Client = New(config)
	tab.Open()
	w.mu.Lock()
	w.tabs = append(w.tabs, tab)
	w.mu.Unlock()
	w.t.Cleanup(tab.Close)
	return tab
}

// signedIn opens a tab in which ann has signed in.
func (w *world) signedIn(change ...func(*Config)) *tab {
	w.t.Helper()
	tab := w.open(change...)
	tab.signin("ann")
	return tab
}

// tab is a Client, and its host: what carries out verdicts.
type tab struct {
	*Client
	w    *world
	app  *app
	view *view
}

func (tab *tab) signin(user string) *token.Tokens {
	tab.w.t.Helper()
	s, err := tab.Signin(object(tab.w.t, `{"username":"`+user+`","password":"the-password-of-`+user+`"}`), "")
	if err != nil {
		tab.w.t.Fatalf("signing %s in: got %v", user, err)
	}
	return s
}

// access answers the current access token, "" when signed out.
func (tab *tab) access() string {
	if s := tab.Session(); s != nil {
		return s.Access
	}
	return ""
}

// outcome is what became of a request.
type outcome struct {
	sent   []string // the credential of each sending; "untouched" for none of ours
	status int      // of the answer that was handed back
	err    *Error
	at     time.Time
}

func (o outcome) String() string {
	text := fmt.Sprintf("%d, sent %q", o.status, o.sent)
	if o.err != nil {
		text += ", " + o.err.Code + ": " + o.err.Message
	}
	return text
}

// pending is a request under way.
type pending struct {
	outcome
	request *Request
	done    chan struct{}
	gone    chan struct{}
}

// wait answers what became of it.
func (p *pending) wait() outcome {
	<-p.done
	return p.outcome
}

// over says whether it is done, once everything that can happen now has.
func (p *pending) over() bool {
	synctest.Wait()
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// fetch sends a request for the API and waits for its outcome.
func (tab *tab) fetch() outcome { return tab.start(&Request{URL: api}).wait() }

// do does that for any request.
func (tab *tab) do(r Request) outcome { return tab.start(&r).wait() }

// start sends a request. It is a copy of js/src/exchange.ts.
func (tab *tab) start(r *Request) *pending {
	return tab.startWith(r, tab.w.server.api)
}

// startWith is start with an API of its own.
func (tab *tab) startWith(r *Request, api func(credential string) int) *pending {
	p := &pending{request: r, done: make(chan struct{}), gone: make(chan struct{})}
	resumed := make(chan Verdict, 1)
	r.Resume = func(v Verdict) {
		select {
		case resumed <- v:
		default:
			tab.w.t.Errorf("a request was resumed twice: %+v", v)
		}
	}
	v := tab.authorize(r)
	go func() {
		defer close(p.done)
		defer func() { p.at = time.Now() }()
		for {
			switch v.Act {
			case Wait:
				select {
				case v = <-resumed:
					if v.Act == Wait || v.Act == Pass {
						tab.w.t.Errorf("a request was resumed with %+v", v)
					}
				case <-p.gone:
					return
				}
			case Pass:
				p.sent = append(p.sent, "untouched")
				p.status = api("")
				return
			case Send:
				p.sent = append(p.sent, v.Credential)
				if p.status = api(v.Credential); p.status != 401 {
					return
				}
				v = tab.Unauthorized(r, v.Credential)
			case Resend:
				p.sent = append(p.sent, v.Credential)
				p.status = api(v.Credential)
				return
			case Deliver:
				return
			case Fail:
				p.status, p.err = 0, v.Err
				return
			}
		}
	}()
	return p
}

// authorize is Authorize, checked against what stands: it must be the same.
func (tab *tab) authorize(r *Request) Verdict {
	tab.w.t.Helper()
	stands := tab.app.standing()
	covered := tab.guards(r.URL) && stands.covers(r, tab.w.now())
	v := tab.Authorize(r)
	// Something else may have changed it meanwhile.
	if covered && stands == tab.app.standing() && (v.Act != Send || v.Credential != stands.credential) {
		tab.w.t.Errorf("a request to %s may set out with %q, and Authorize answers %+v", r.URL, stands.credential, v)
	}
	return v
}

// abort is what a request's signal does while it waits.
func (tab *tab) abort(p *pending) {
	tab.Forget(p.request)
	close(p.gone)
}

// store is a storage that every tab has a copy of, and its ledger.
type store struct {
	ordered bool // there is a ledger

	mu     sync.Mutex
	lag    time.Duration // what another tab wrote is seen that much later
	ledger uint64
	old    map[string]string
	writes []write // after old
}

type write struct {
	by      *view
	at      time.Time
	entries []token.Entry
}

// seen answers what a tab sees: nil stands for a tab that sees everything.
func (s *store) seen(by *view) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts := maps.Clone(s.old)
	for _, w := range s.writes {
		if by == nil || w.by == by || time.Since(w.at) >= s.lag {
			w.apply(texts)
		}
	}
	return texts
}

func (w write) apply(texts map[string]string) {
	for _, e := range w.entries {
		if e.Remove {
			delete(texts, e.Key)
		} else {
			texts[e.Key] = e.Text
		}
	}
}

// lags sets how late things are seen.
func (s *store) lags(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = lag
}

// record answers what is stored for good.
func (s *store) record(t *testing.T) token.Record {
	t.Helper()
	texts := s.seen(nil)
	r, err := keys.Decode(func(key string) (string, bool) {
		text, ok := texts[key]
		return text, ok
	})
	if err != nil {
		t.Fatalf("the stored record: got %v", err)
	}
	return r
}

// clear is a user who empties the storage by hand.
func (s *store) clear() { s.write(nil, []token.Entry{{Key: keys.Record, Remove: true}}) }

func (s *store) write(by *view, entries []token.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, write{by, time.Now(), slices.Clone(entries)})
	for len(s.writes) > 50 { // far more than what any test has on its way
		s.writes[0].apply(s.old)
		s.writes = s.writes[1:]
	}
}

// view is one tab's Store. Its functions may be nil.
type view struct {
	store *store
	// before is called with "read", "write", "newest" or "advance" before that is
	// done; it may take its time, or answer with the error to fail with.
	before func(ctx context.Context, what string) error
	// after is called once it is done.
	after func(what string)
	// refuse answers the error with which the storage does not take entries.
	refuse func(entries []token.Entry) error
}

// removal says whether entries need no room.
func removal(entries []token.Entry) bool {
	return !slices.ContainsFunc(entries, func(e token.Entry) bool { return !e.Remove })
}

func (v *view) around(ctx context.Context, what string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if v.before != nil {
		if err := v.before(ctx, what); err != nil {
			return err
		}
	}
	err := do()
	if v.after != nil {
		v.after(what)
	}
	return err
}

// once makes a before that does something the first time that what is done.
func once(what string, do func()) func(context.Context, string) error {
	var done atomic.Bool // not sync.Once: who waits for one keeps virtual time from passing
	return func(_ context.Context, doing string) error {
		if doing == what && done.CompareAndSwap(false, true) {
			do()
		}
		return nil
	}
}

// fails makes a before that fails what is done with an error.
func fails(err error, whats ...string) func(context.Context, string) error {
	return func(_ context.Context, doing string) error {
		if slices.Contains(whats, doing) {
			return err
		}
		return nil
	}
}

func (v *view) Read(ctx context.Context, wanted []string) (texts map[string]string, err error) {
	err = v.around(ctx, "read", func() error {
		seen := v.store.seen(v)
		texts = map[string]string{}
		for _, key := range wanted {
			if text, ok := seen[key]; ok {
				texts[key] = text
			}
		}
		return nil
	})
	return texts, err
}

func (v *view) Write(ctx context.Context, entries []token.Entry) error {
	return v.around(ctx, "write", func() error {
		if v.refuse != nil {
			if err := v.refuse(entries); err != nil {
				return err
			}
		}
		v.store.write(v, entries)
		return nil
	})
}

func (v *view) Newest(ctx context.Context) (newest uint64, err error) {
	err = v.around(ctx, "newest", func() error {
		if !v.store.ordered {
			return ErrUnordered
		}
		v.store.mu.Lock()
		defer v.store.mu.Unlock()
		newest = v.store.ledger
		return nil
	})
	return newest, err
}

func (v *view) Advance(ctx context.Context, from, to uint64, entries []token.Entry) (ok bool, err error) {
	err = v.around(ctx, "advance", func() error {
		if !v.store.ordered {
			return ErrUnordered
		}
		if v.refuse != nil {
			if err := v.refuse(entries); err != nil {
				return err // and the transaction is aborted
			}
		}
		v.store.mu.Lock()
		ok = v.store.ledger <= from // as in js/src/host/ledger.ts
		if ok {
			v.store.ledger = to
		}
		v.store.mu.Unlock()
		if ok {
			v.store.write(v, entries)
		}
		return nil
	})
	return ok, err
}

// locker is a lock that goes to whoever of those who wait is quickest.
type locker struct {
	// before, where it is set, is called first, and may answer in its place.
	before func(ctx context.Context, steal bool) error
	// broken says that it lets everybody in at once.
	broken bool

	mu     sync.Mutex
	holder *struct{ _ int }
	queue  []chan struct{}
	turns  int
	stolen int
}

func (l *locker) Lock(ctx context.Context, steal bool) (func(), error) {
	if l.before != nil {
		if err := l.before(ctx, steal); err != nil {
			return nil, err
		}
	}
	me := &struct{ _ int }{}
	for {
		l.mu.Lock()
		if l.holder == nil || steal || l.broken {
			if l.holder != nil {
				l.stolen++
			}
			l.holder = me
			l.turns++
			l.mu.Unlock()
			return func() { l.release(me) }, nil
		}
		turn := make(chan struct{})
		l.queue = append(l.queue, turn)
		l.mu.Unlock()
		select {
		case <-turn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *locker) release(me *struct{ _ int }) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder != me {
		return
	}
	l.holder = nil
	for _, turn := range l.queue {
		close(turn)
	}
	l.queue = nil
}

func (l *locker) held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holder != nil
}

// app is the application in one tab. Its functions may be nil.
type app struct {
	tab     *tab
	handler func(ctx context.Context, err *Error) (Given, error)
	emitted func(Event)
	tracing func(Trace)

	mu       sync.Mutex
	hidden   bool
	looks    int // calls of Visible
	events   []Event
	traces   []Trace
	posts    []string
	stands   []standing
	failures []*Error // what the handler was called with
}

func (a *app) Emit(e Event) {
	a.mu.Lock()
	a.events = append(a.events, e)
	a.mu.Unlock()
	if a.emitted != nil {
		a.emitted(e)
	}
}

func (a *app) Failed(ctx context.Context, err *Error) (Given, error) {
	a.mu.Lock()
	a.failures = append(a.failures, err)
	a.mu.Unlock()
	if a.handler == nil {
		return Given{}, nil
	}
	type answer struct {
		given Given
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		given, err := a.handler(ctx, err)
		answered <- answer{given, err}
	}()
	select {
	case a := <-answered:
		return a.given, a.err
	case <-ctx.Done(): // as package dom does
		return Given{}, ctx.Err()
	}
}

func (a *app) Post(text string) {
	a.mu.Lock()
	a.posts = append(a.posts, text)
	a.mu.Unlock()
	w := a.tab.w
	delay, ok := time.Duration(0), true
	w.mu.Lock()
	if w.carry != nil {
		delay, ok = w.carry(text)
	}
	others := slices.DeleteFunc(slices.Clone(w.tabs), func(other *tab) bool { return other == a.tab || !ok })
	w.mu.Unlock()
	for _, other := range others {
		if delay > 0 {
			time.AfterFunc(delay, func() { other.Hear(text) })
		} else {
			other.Hear(text)
		}
	}
}

func (a *app) Trace(t Trace) {
	a.mu.Lock()
	a.traces = append(a.traces, t)
	a.mu.Unlock()
	if a.tracing != nil {
		a.tracing(t)
	}
}

func (a *app) Visible() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looks++
	return !a.hidden
}

// standing is what an app was told to send ordinary requests with.
type standing struct {
	credential string
	until      int64
}

func (a *app) Stand(credential string, until int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stands = append(a.stands, standing{credential, until})
}

// standing answers what the app was told last.
func (a *app) standing() standing {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.stands) == 0 {
		return standing{}
	}
	return a.stands[len(a.stands)-1]
}

// covers says whether a request that may carry the token may set out so at some time.
func (s standing) covers(r *Request, now int64) bool {
	return s.credential != "" && !r.Own && !r.Force && now < s.until
}

func (a *app) looked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.looks
}

func (a *app) hide(hidden bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hidden = hidden
}

// heard lists the events so far by their types, "change" apart, with a "+" for
// those of another tab, and forgets them.
func (a *app) heard() []string {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	types := []string{}
	for _, e := range a.events {
		if e.Type == "change" {
			continue
		}
		if e.Remote {
			e.Type += "+"
		}
		types = append(types, e.Type)
	}
	a.events = nil
	return types
}

// last answers the event that was told last.
func (a *app) last() Event {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.events[len(a.events)-1]
}

// calls answers how often the handler was called, by the codes of the errors.
func (a *app) calls() []string {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	codes := []string{}
	for _, err := range a.failures {
		codes = append(codes, err.Code)
	}
	return codes
}

// traced answers the traces of a type.
func (a *app) traced(kind string) []Trace {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.traces), func(t Trace) bool { return t.Type != kind })
}

// server is an authorization server that rotates refresh tokens and takes the
// second use of one for theft, and the API behind it. Its functions may be nil.
type server struct {
	t        *testing.T
	lifetime time.Duration // of an access token
	grace    time.Duration // in which a used refresh token is still taken
	latency  time.Duration
	jwt      bool // access tokens are JWTs
	stable   bool // refresh tokens do not rotate, and are not sent again
	// body, where it is set, writes an answer with tokens.
	body func(g grant) string
	// signin answers in place of the server, where it is set.
	signin step
	// judge decides about a credential at the API in place of the server.
	judge func(credential string) int

	mu       sync.Mutex
	serial   int
	access   map[string]grant
	refresh  map[string]*grant
	next     []step // what answers the next refreshes in place of the server
	always   step   // and, where it is set, all after them
	calls    []called
	accepted int // refreshes that were granted
	reused   int // refresh tokens that were presented twice: theft
}

type step func(ctx context.Context, s *server, call endpoint.Call) (Reply, error)

type called struct {
	endpoint.Call
	at time.Time
}

// grant is what one answer gave.
type grant struct {
	user, access, refresh string
	family                *bool // true once revoked
	at                    time.Time
	used                  time.Time
}

func newServer(t *testing.T) *server {
	return &server{t: t, lifetime: time.Hour, latency: 20 * time.Millisecond, access: map[string]grant{}, refresh: map[string]*grant{}}
}

// Do implements Doer.
func (s *server) Do(ctx context.Context, call endpoint.Call) (Reply, error) {
	s.mu.Lock()
	s.calls = append(s.calls, called{call, time.Now()})
	var override step
	switch {
	case call.URL == signinURL:
		override = s.signin
	case call.URL == refreshURL && len(s.next) > 0:
		override, s.next = s.next[0], s.next[1:]
	case call.URL == refreshURL:
		override = s.always
	}
	s.mu.Unlock()
	if err := sleep(ctx, s.latency); err != nil {
		return Reply{}, err
	}
	if override != nil {
		return override(ctx, s, call)
	}
	return s.answer(call)
}

// answer is what the server says by itself.
func (s *server) answer(call endpoint.Call) (Reply, error) {
	sent, err := doc.Parse(call.Body)
	if call.HasBody && err != nil {
		s.t.Errorf("the body of %s: got %v", call.URL, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch call.URL {
	case signinURL:
		return s.grant(sent.Lookup("username").Text, new(bool)), nil
	case refreshURL:
		return s.renew(sent.Lookup("refresh_token").Text), nil
	case signoutURL:
		if g := s.refresh[sent.Lookup("refresh_token").Text]; g != nil {
			*g.family = true
		}
		return s.reply(204, "", ""), nil
	}
	s.t.Errorf("a call of %s; want a known endpoint", call.URL)
	return Reply{}, errors.New("no such endpoint")
}

func (s *server) renew(presented string) Reply {
	g := s.refresh[presented]
	switch {
	case g == nil || *g.family:
		return s.reply(400, `{"error":"invalid_grant"}`, "")
	case s.stable:
		s.accepted++
		return s.grantAccess(g.user, g.family, "")
	case !g.used.IsZero() && time.Since(g.used) >= s.grace:
		s.reused++
		*g.family = true
		return s.reply(400, `{"error":"invalid_grant","error_description":"refresh token reuse"}`, "")
	}
	if g.used.IsZero() {
		g.used = time.Now()
	}
	s.accepted++
	return s.grant(g.user, g.family)
}

func (s *server) grant(user string, family *bool) Reply {
	return s.grantAccess(user, family, "refresh-token-"+strconv.Itoa(s.serial+1)+"-of-"+user)
}

func (s *server) grantAccess(user string, family *bool, refresh string) Reply {
	s.serial++
	g := grant{user: user, refresh: refresh, family: family, at: time.Now()}
	g.access = "access-token-" + strconv.Itoa(s.serial) + "-of-" + user
	if s.jwt {
		g.access = mint(s.t, user, time.Now(), s.lifetime, s.serial)
	}
	s.access[g.access] = g
	if refresh != "" {
		s.refresh[refresh] = &g
	}
	if s.body != nil {
		return s.reply(200, s.body(g), "")
	}
	body := `{"access_token":"` + g.access + `","token_type":"Bearer"`
	if refresh != "" {
		body += `,"refresh_token":"` + refresh + `"`
	}
	if s.lifetime > 0 && !s.jwt {
		body += `,"expires_in":` + strconv.Itoa(int(s.lifetime/time.Second))
	}
	return s.reply(200, body+"}", "")
}

// api is what the resource server answers to a credential.
func (s *server) api(credential string) int {
	time.Sleep(s.latency)
	if s.judge != nil {
		return s.judge(credential)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.access[strings.TrimPrefix(credential, "Bearer ")]
	if !ok || *g.family || s.lifetime > 0 && time.Since(g.at) >= s.lifetime {
		return 401
	}
	return 200
}

// lateTo is an api that takes its time over one credential.
func (s *server) lateTo(credential string, by time.Duration) func(credential string) int {
	return func(sent string) int {
		if sent == credential {
			time.Sleep(by)
		}
		return s.api(sent)
	}
}

// revoke makes access tokens worthless, and leaves refresh tokens alone.
func (s *server) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// end makes refresh tokens worthless too.
func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
	clear(s.refresh)
}

// answers has the next refreshes answered by steps, and then by the server.
func (s *server) answers(steps ...step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = steps
}

// keeps has all refreshes answered by a step from now on; nil ends that.
func (s *server) keeps(answering step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = answering
}

// asked answers the calls of an endpoint so far.
func (s *server) asked(url string) []called {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c called) bool { return c.URL != url })
}

// first answers the first of them.
func (s *server) first(url string) called {
	s.t.Helper()
	calls := s.asked(url)
	if len(calls) == 0 {
		s.t.Fatalf("calls of %s: got none; want one", url)
	}
	return calls[0]
}

func (s *server) refreshes() int { return len(s.asked(refreshURL)) }

// presented answers the refresh tokens that were sent to an endpoint.
func (s *server) presented(url string) []string {
	found := []string{}
	for _, call := range s.asked(url) {
		found = append(found, object(s.t, call.Body).Lookup("refresh_token").Text)
	}
	return found
}

func (s *server) reply(status int, body, retryAfter string) Reply {
	r := Reply{Answer: endpoint.Answer{Status: status, Empty: body == "", RetryAfter: retryAfter}, Response: "response"}
	if body != "" {
		if d, err := doc.Parse(body); err == nil {
			r.JSON, r.Doc = true, d
		}
	}
	return r
}

// status answers with a status and nothing else that matters.
func status(code int) step { return retryAfter(code, "") }

func retryAfter(code int, after string) step {
	return func(_ context.Context, s *server, _ endpoint.Call) (Reply, error) {
		return s.reply(code, `{"error":"some_error"}`, after), nil
	}
}

// text answers with a status and a body.
func text(code int, body string) step {
	return func(_ context.Context, s *server, _ endpoint.Call) (Reply, error) {
		return s.reply(code, body, ""), nil
	}
}

var errOffline = errors.New("Failed to fetch")

// offline answers not at all.
func offline(context.Context, *server, endpoint.Call) (Reply, error) { return Reply{}, errOffline }

// lose does what was asked for, and loses the answer.
func lose(_ context.Context, s *server, call endpoint.Call) (Reply, error) {
	if _, err := s.answer(call); err != nil {
		return Reply{}, err
	}
	return Reply{}, errOffline
}

// hang never answers.
func hang(ctx context.Context, _ *server, _ endpoint.Call) (Reply, error) {
	<-ctx.Done()
	return Reply{}, ctx.Err()
}

// slow answers in the end.
func slow(by time.Duration) step {
	return func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
		if err := sleep(ctx, by); err != nil {
			return Reply{}, err
		}
		return s.answer(call)
	}
}

// late answers at once, and the answer takes its time.
func late(by time.Duration) step {
	return func(ctx context.Context, s *server, call endpoint.Call) (Reply, error) {
		r, err := s.answer(call)
		if err := sleep(ctx, by); err != nil {
			return Reply{}, err
		}
		return r, err
	}
}

// mint makes a JWT.
func mint(t testing.TB, user string, at time.Time, lifetime time.Duration, serial int) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": origin, "sub": user, "jti": strconv.Itoa(serial), "iat": at.Unix()}
	if lifetime > 0 {
		claims["exp"] = at.Add(lifetime).Unix()
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("a secret of the server"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// object parses what a test takes for JSON.
func object(t testing.TB, text string) doc.Doc {
	t.Helper()
	d, err := doc.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// given is what an application gives.
func given(t testing.TB, tokens map[string]any) Given {
	t.Helper()
	text, err := json.Marshal(tokens)
	if err != nil {
		t.Fatal(err)
	}
	return Given{Doc: object(t, string(text))}
}

// same compares lists.
func same[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v; want %v", what, got, want)
	}
}

// is compares anything else.
func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v; want %v", what, got, want)
	}
}

// failed checks how a request or a call failed.
func failed(t *testing.T, what string, err *Error, code string, transient bool) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: got no error; want %s", what, code)
	case err.Code != code || err.Transient != transient:
		t.Errorf("%s: got %s, transient %v (%s); want %s, transient %v", what, err.Code, err.Transient, err.Message, code, transient)
	}
}
