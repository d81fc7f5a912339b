// Package sim runs the real core, session.Client, as many tabs of one browser
// against one authorization server, in virtual time and out of one seed. What a
// seed does it does again: the order of all that happens, every delay and every
// mishap are drawn from it.
//
// What goes wrong, and where it is made up:
//
//	latency and reordering            World.latency; each message is on its own (server.go, tab.go)
//	lost requests, lost answers       tab.send: before the server has rotated, or after
//	5xx, 429 with Retry-After         tab.send, World.weather, World.retryAfter
//	truncated answers                 tab.send
//	tabs frozen, thawed, killed,      freezeOne, thawOne, kill, openAnother (life.go), at any
//	reopened                          time, and between any two steps: strikeSoon
//	back/forward cache                tab.freeze(cached): messages and storage events are missed
//	clocks wrong, jumping, apart      World.clockOf, World.jump
//	storage throws, is full,          breakStorage, clear (life.go), tab.store (browser.go)
//	is cleared
//	storage stale in another tab      process: each has a copy, which lags (browser.go)
//	a service worker that refreshes   worker (worker.go): it outlives tabs, crashes, and is
//	                                  late
//	no Web Locks, no ledger           Profile.WebLocks, Profile.Ledger: leases, in either storage
//	sign-in and sign-out at any time  World.act, strikeSoon
//
// What is checked after every step, in invariants.go, which says for each in which
// worlds it holds:
//
//	no refresh token is presented once its successor    "single use", checkPresentation
//	has reached a tab that lives
//	nor once a service worker has put it in escrow      "what a tab leaves is inherited", checkPresentation
//	no request is sent more than twice                  "two sendings", checkSend
//	every request settles within its bound              "ends in time", bound
//	nobody is signed out unless the server refused      "signed out for nothing", moved
//	sign-out is final, and heard                        "sign-out is final", "sign-out is heard"
//	what sets out unasked is the session's token        "what stands is the session's", check
//	the winner's tokens survive every loser             "winner survives", moved, checkAdvance
//	refreshes are few, and obey the server              "few refreshes", "Retry-After is obeyed", "a refusal is final"
//	a token goes to no other origin, and into no text   "no stranger gets a token", "no token is told"
//	it works again once all trouble has ended           "it works again", "tabs agree"
//
// A seed that fails prints its last steps and the command that replays it whole.
//
// It is an ordinary package that only tests import, rather than test files, so
// that its own tests can build it once more with a core that has a fault
// (faults_test.go), and that vet and staticcheck see it whole.
package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"testing/synctest"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Options say how a world is run.
type Options struct {
	// Trace has it write down what happens.
	Trace bool
	// Wrap changes what a tab's core is made of, to break it on purpose.
	Wrap func(*session.Config)
}

// Result is what became of a world.
type Result struct {
	Seed      uint64
	Profile   Profile
	Steps     int // events, and answers to the core
	Tabs      int
	Requests  int
	Refreshes int
	Length    time.Duration
	Failure   *Failure // nil where every invariant held
	Trace     Trace
}

// World is all there is: a browser with its tabs, a server and what happens.
type World struct {
	Profile
	options   Options
	seed      uint64
	rng       *rand.Rand // the scheduler's alone
	fates     *rand.Rand // draws what worlds have learned since, so that a seed stays what it was
	began     time.Time
	keys      token.Keys
	browser   browser
	server    server
	tabs      []*tab
	requests  int
	calls     int
	signedOut bool          // somebody signed out, or cleared the site's data
	stored    *grant        // by the ledger's newest generation
	occupied  time.Duration // when its session's first grant was stored
	orphaned  bool          // the storage has it, but the ledger does not know: its tab died
	parted    bool          // that was so at any time: some tabs may have followed it
	steps     int
	moments   int64
	agenda    agenda
	struck    []strike
	inbox     []asked
	kick      chan struct{}
	failure   *Failure

	online   bool
	full     bool // localStorage has no room
	throwing bool // localStorage throws
	spoiled  bool // a record could not be stored
	unread   bool // a record could not be read
	healed   bool // nothing goes wrong any more
	offset   int64

	signoutURL string

	mu      sync.Mutex // guards what follows
	arrived []asked
	lines   Trace
}

// Run runs the world of a seed. It must be called in a bubble of synctest.
func Run(seed uint64, options Options) Result {
	w := &World{
		options: options,
		seed:    seed,
		rng:     rand.New(rand.NewPCG(seed, 0x5eed)),
		fates:   rand.New(rand.NewPCG(seed, 0xfaa3)),
		began:   time.Now(),
		kick:    make(chan struct{}, 1),
		online:  true,
	}
	w.Profile = w.draw()
	w.keys = token.Keys{Record: "authfetch"}
	if w.OwnKeys {
		w.keys = token.Keys{Record: "authfetch", Access: "app.access", Refresh: "app.refresh"}
	}
	w.signoutURL = w.anyText(apiOrigin+"/logout", "https://login.example.net/logout")
	w.browser = browser{world: w, area: map[string]string{}}
	w.browser.worker.tab = &tab{world: w, flows: map[string]time.Duration{}}
	w.server = server{world: w, access: map[string]*grant{}, refresh: map[string]*grant{}}
	w.note(nil, "%+v", w.Profile)

	w.live()
	w.heal()
	w.close()
	return Result{
		Seed: seed, Profile: w.Profile, Steps: w.steps, Tabs: len(w.tabs), Requests: w.requests,
		Refreshes: w.server.asked, Length: w.now(), Failure: w.failure, Trace: w.lines,
	}
}

// close ends all tabs, so that nothing is left in the bubble.
func (w *World) close() {
	for _, t := range w.tabs {
		if !t.dead {
			t.kill()
		}
	}
	w.settle()
	synctest.Wait()
}

func (w *World) chance(p float64) bool { return w.rng.Float64() < p }

// pick answers one of several numbers.
func (w *World) pick(numbers ...int) int { return numbers[w.rng.IntN(len(numbers))] }

func (w *World) anyText(texts ...string) string { return texts[w.rng.IntN(len(texts))] }

// between answers a time, any as likely as any other.
func (w *World) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.rng.Float64()*float64(most-least))
}

// latency answers how long something takes that takes at least some time, and
// with some probability up to half as long again as the client waits.
func (w *World) latency(least time.Duration, slow float64) time.Duration {
	switch {
	case w.healed:
		return least
	case w.chance(slow):
		return w.between(least, w.Timeout*3/2)
	case w.chance(0.05):
		return least + w.between(0, 20*least+50*time.Millisecond)
	}
	return least + time.Duration(w.rng.ExpFloat64()*float64(2*least+time.Millisecond))
}

// lag answers how long a write takes to another process.
func (w *World) lag() time.Duration {
	if w.chance(0.5) {
		return w.between(0, min(w.Lag, 5*time.Millisecond))
	}
	return w.between(0, w.Lag)
}
