package session

import (
	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Store keeps the session where every tab of the origin finds it. It knows two
// places. The storage proper (localStorage) is fast, and a tab may see it late:
// browsers give each process a copy. The ledger holds one number, the newest
// generation of the session, in a place whose reads and writes all tabs see in
// one order (IndexedDB).
//
// Methods are called from several goroutines, never two writes at a time.
type Store interface {
	// Read answers what this tab sees under the keys. A key that is not there is
	// not in the map.
	Read(ctx context.Context, keys []string) (map[string]string, error)
	// Write stores the entries at once, in their order, whatever the ledger says.
	Write(ctx context.Context, entries []token.Entry) error
	// Newest answers the ledger's number: 0 when nothing was ever stored. It
	// answers ErrUnordered where there is no ledger.
	Newest(ctx context.Context) (uint64, error)
	// Advance moves the ledger from one number to another and writes the entries,
	// in one step that no other tab comes between. It answers false, and writes
	// nothing, where the ledger holds a newer number than from by now. It may hold an
	// older one: a storage that outlived its ledger is not to be stuck.
	Advance(ctx context.Context, from, to uint64, entries []token.Entry) (bool, error)
}

// Locker lets one tab at a time into the token endpoint.
type Locker interface {
	// Lock waits for its turn or for ctx. steal takes the turn from a tab that is
	// stuck in it. release may be called more than once.
	Lock(ctx context.Context, steal bool) (release func(), err error)
}

// Doer sends a call to an authorization server. It must not use the wrapped
// fetch: a refresh would wait for itself.
type Doer interface {
	// Do answers with an error only where no HTTP answer came.
	Do(ctx context.Context, call endpoint.Call) (Reply, error)
}

// Escrow is where the answer to a refresh lies whose tab did not live to store it:
// something that outlives tabs, the application's service worker, has made the
// call. It holds one answer at most, and none beyond the next Advance of the
// Store: what has been stored, or belongs to a session that is over, must not
// lie there.
type Escrow interface {
	// Left answers what has come for the call that was made under a key, and when it
	// came, once nobody is at it any more; nil where nothing has. It answers an error
	// only where somebody is still at it when ctx ends. To be called under the lock,
	// after Newest.
	Left(ctx context.Context, key string) (reply *Reply, at int64, err error)
}

// Reply is a server's answer: what the core judges, and the response itself for
// whoever receives an Error.
type Reply struct {
	endpoint.Answer
	Response any
}

// App is the application: its callbacks and its other tabs. Its methods are
// called outside of every mutex, after the state is settled, but for Stand.
type App interface {
	// Emit tells the listeners. It must not block.
	Emit(Event)
	// Failed calls the application's handlers, which may answer with new tokens.
	// An error means that the client is being closed.
	Failed(ctx context.Context, err *Error) (Given, error)
	// Post tells the other tabs.
	Post(text string)
	// Trace tells a debugger.
	Trace(Trace)
	// Visible says whether somebody may be looking at the page.
	Visible() bool
	// Stand replaces what every request may be sent with that is not Own, forces no
	// refresh, and goes where Authorize has sent one before: the credential, until a
	// moment of the wall clock in milliseconds. "" takes it back. It is called under
	// the mutex, before anybody learns of the new session, and must only note it.
	Stand(credential string, until int64)
}

// Given is what an application gives in place of a server's answer: a bare
// access token, or a document like a server's.
type Given struct {
	Access string
	Doc    doc.Doc
}

// Event is a change that listeners hear of.
type Event struct {
	Type    string // "signin", "refresh", "refresherror", "signout", "change"
	Remote  bool   // another tab made it
	Session *token.Tokens
	Err     *Error
}

// Trace is a step that a debugger hears of. It holds no token.
type Trace struct {
	Type      string // "refresh.start", "session.signin", …
	Reason    string // why: "expired", "rejected", "ahead", "asked"; or an Error's code
	Attempt   int    // counted from 1
	DelayMS   int64
	Status    int
	Transient bool
	Remote    bool
}

// Endpoint is how one of the three calls is made: as Spec says, or by a function
// of the application.
type Endpoint struct {
	Spec endpoint.Spec
	// Func, where it is set, is called with the refresh token, or with the name by
	// which the host knows the credentials.
	Func func(ctx context.Context, argument string) (Reply, error)
	// OAuth says that Func is the OAuth client beside this module (wasm/oauth): it
	// cannot refresh without a refresh token, and to sign out it takes both tokens.
	OAuth bool
}

// Retry says how a passing failure is tried again.
type Retry struct {
	Attempts           int   // in all, at least 1
	MinDelay, MaxDelay int64 // milliseconds
}

// Config is what a Client is made of. Every field but the optional ones is set.
type Config struct {
	Store Store
	Lock  Locker
	Doer  Doer
	App   App
	// Escrow is nil where nothing outlives a tab.
	Escrow Escrow

	Keys    token.Keys
	Origins []string // scheme://host[:port], whole
	Header  string   // "Authorization"
	Scheme  string   // "Bearer"; "" sends the bare token
	Paths   endpoint.Paths

	Signin, Refresh, Signout *Endpoint // nil where there is none

	// IsFinal is the application's own rule for whether a failed refresh ends the
	// session; nil for the default one. Like every callback it may block.
	IsFinal func(ctx context.Context, err *Error) bool

	RefreshBefore int64 // milliseconds
	TimeoutMS     int64 // of one attempt
	Retry         Retry
	AutoRefresh   bool

	// Now is the wall clock in milliseconds since the Unix epoch, and Rand answers
	// numbers in [0, 1). Both may be nil.
	Now  func() int64
	Rand func() float64
}
