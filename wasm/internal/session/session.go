// Package session holds the rules: which request carries which token, which
// waits, which is sent again, when the one refresh runs and how it ends, and who
// is told. It is pure Go: time comes from package time, everything else through
// the small interfaces of ports.go, so that tests and the simulator run it whole
// and natively.
//
// A request asks the Client at most twice, Authorize before it is sent and
// Unauthorized when it was refused (request.go). Neither blocks. What must wait
// joins the flight, the one refresh under way (flight.go), which takes its turn
// among the tabs, reads the storage as new as it is (vault.go), asks the server
// at a bearable pace (pace.go) and resumes all who wait.
package session

import (
	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/mutex"
	"math/rand/v2"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Client is one session of one tab. Its methods may be called from any
// goroutine.
type Client struct {
	Config
	vault *vault
	pace  *pace

	ctx    context.Context
	cancel context.CancelFunc

	// storing is held, by who has put something in, while what the user does in this
	// tab is stored: signing in and out have one order. It is taken before mu.
	storing chan struct{}

	mu mutex.Mutex // guards what follows
	// after holds what must be done once mu is free: calls of the application.
	after   []func()
	session *token.Tokens // never changed in place; nil when signed out
	// standing is the session whose credential the host may use without asking.
	standing *token.Tokens
	// generation is the newest that this tab knows, announced the newest that another
	// tab has told of, and since the one that the session began with.
	generation uint64
	announced  uint64
	since      uint64
	// epoch counts the sign-outs in this tab: a sign-in that began in another is
	// thrown away. out is the generation of the newest sign-out in any tab, or what comes
	// after it: the sessions that began before are over, wherever they may still show.
	// A refresh needs no number: sign-ins and sign-outs land its flight, and what
	// comes for a flight that is over is thrown away.
	epoch  uint64
	out    uint64
	flight *flight
	// refused remembers the refresh that ended the last session, for requests that
	// come back late with its token.
	refused struct {
		token string
		err   *Error
	}
	told      bool   // the handlers have been called since the session ended
	anonymous bool   // the server has said that its cookie holds no session
	private   bool   // the storage could not be written: only this tab has the session
	hopeless  string // the access token of a session whose refresh was refused ahead of time
	unread    *Error
	timer     *time.Timer
	looking   bool
	lookMore  bool
	closed    bool
}

// New makes a client. Open reads its session.
func New(config Config) *Client {
	if config.Now == nil {
		config.Now = func() int64 { return time.Now().UnixMilli() }
	}
	if config.Rand == nil {
		config.Rand = rand.Float64
	}
	c := &Client{Config: config}
	c.vault = &vault{store: config.Store, keys: config.Keys}
	c.pace = &pace{began: time.Now(), rand: config.Rand, retry: config.Retry}
	c.storing = make(chan struct{}, 1)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Open reads the stored session. It blocks until that is done, and never fails:
// a session that cannot be read is none, and the reason becomes the cause of the
// next not_signed_in.
func (c *Client) Open() {
	record, err := c.vault.read(c.ctx)
	if err == nil && record.Foreign {
		record, err = c.vault.newest(c.ctx, c.heard)
	}
	c.mu.Lock()
	defer c.unlock()
	if err != nil {
		c.unread = storageError("read", err, record.Tokens)
		c.trace(Trace{Type: "storage.unreadable", Reason: c.unread.Message})
	}
	if c.session == nil && c.generation <= record.Generation {
		c.generation = record.Generation
		c.since = record.Since
		c.session = sessionOf(record)
		c.schedule()
	}
}

// unlock frees mu and then does what was put off until it is free.
func (c *Client) unlock() {
	c.stand()
	after := c.after
	c.after = nil
	c.mu.Unlock()
	for _, do := range after {
		do()
	}
}

// later puts a call of the application off until mu is free. It must not block:
// under TinyGo nothing can be suspended there (.ci/tinygo/nonblocking.txt).
func (c *Client) later(do func()) { c.after = append(c.after, do) }

func (c *Client) emit(e Event) {
	c.later(func() { c.App.Emit(e) })
}

func (c *Client) trace(t Trace) {
	c.later(func() { c.App.Trace(t) })
}

// become makes a session, or nil, the current one and tells the listeners; kind
// is the event's type. A new session is what a flight was for, whoever got it,
// so it lands the flight. mu is held.
func (c *Client) become(s *token.Tokens, generation uint64, kind string, remote bool) {
	if generation > c.generation {
		c.generation = generation
	}
	c.session = s
	c.hopeless = ""
	if s != nil {
		c.told, c.anonymous = false, false
		c.unread = nil
		c.refused.token, c.refused.err = "", nil
		c.pace.succeeded()
	}
	c.trace(Trace{Type: "session." + kind, Remote: remote})
	c.emit(Event{Type: kind, Remote: remote, Session: s})
	c.emit(Event{Type: "change", Remote: remote, Session: s})
	if s != nil && c.flight != nil {
		c.land(c.flight, nil)
	}
	c.schedule()
}

// amend replaces the session by one that nobody waits for: its access token is the same,
// or is over already and only its refresh token of use. mu is held.
func (c *Client) amend(s *token.Tokens, remote bool) {
	if *s == *c.session {
		return
	}
	c.session = s
	c.hopeless = "" // its refresh token may be another one
	c.emit(Event{Type: "change", Remote: remote, Session: s})
	c.schedule()
}

// drop makes the tab signed out because the user is: what waits for a refresh
// ends with signed_out. mu is held.
func (c *Client) drop(generation uint64, remote bool) {
	c.out = max(c.out, generation)
	if c.session != nil {
		c.become(nil, generation, "signout", remote)
		c.told = false
	} else if generation > c.generation {
		c.generation = generation
	}
	// Where the handler runs, the session had ended before, and its outcome counts. Who
	// waits for a look at the storage has not been signed in.
	if f := c.flight; f != nil && !f.handling && (f.session != nil || c.renewable(nil)) {
		c.land(f, errSignedOut())
	}
}

// configured says whether there is any way to refresh.
func (c *Client) configured() bool { return c.Config.Refresh != nil }

// renewable says whether a session has what a refresh needs.
func (c *Client) renewable(s *token.Tokens) bool {
	switch e := c.Config.Refresh; {
	case e == nil:
		return false
	case e.Func == nil && e.Spec.Cookie:
		return s != nil || !c.anonymous
	case s == nil:
		return false
	default:
		return e.Func != nil && !e.OAuth || s.Refresh != ""
	}
}

// kept answers what is kept of tokens: with a cookie, no refresh token.
func (c *Client) kept(t token.Tokens) token.Tokens {
	if e := c.Config.Refresh; e != nil && e.Func == nil && e.Spec.Cookie {
		t.Refresh = ""
	}
	return t
}

// Session answers the current session, or nil when signed out.
func (c *Client) Session() *token.Tokens {
	c.mu.Lock()
	defer c.unlock()
	return c.session
}

// Close stops timers and ends what waits with code closed. It is idempotent.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.cancel()
	c.schedule()
	if f := c.flight; f != nil {
		c.land(f, errClosed())
	}
}

func errSignedOut() *Error {
	return &Error{Code: CodeSignedOut, Message: "The user has signed out"}
}

func errRefusedElsewhere() *Error {
	return &Error{Code: CodeRefreshFailed, Message: failedToRefresh + ": the server refused it to another tab"}
}

func errClosed() *Error {
	return &Error{Code: CodeClosed, Message: "The client has been closed"}
}

// storageError makes the error of a storage. tokens are what may be in its words.
func storageError(verb string, err error, tokens token.Tokens) *Error {
	return &Error{
		Code:    CodeStorageFailed,
		Message: "The storage could not be " + verb + ": " + endpoint.Scrub(err.Error(), secretsIn(&tokens)...),
		Cause:   err,
	}
}
