package sim

import "time"

// Profile is what a world is like. The invariants say which of them they need.
type Profile struct {
	// WebLocks: tabs take turns by Web Locks; otherwise by leases.
	WebLocks bool
	// Ledger is how the store's ledger is.
	Ledger ledgerKind
	// Lag is the longest that a write to localStorage takes to show in another
	// process; 0 where all tabs are in one.
	Lag time.Duration
	// Worker: a service worker may make refreshes, and keeps their answers in escrow.
	Worker bool
	// Channel: tabs can tell each other something.
	Channel bool
	// OwnKeys: the tokens lie under keys of the application's own.
	OwnKeys bool
	// Clock is how the clocks are.
	Clock clockKind
	// Storage is what may go wrong with localStorage.
	Storage storageKind

	// Rotates: a refresh token works once. Grace is how long it works once more for
	// a client that has not got the answer; Siblings: it then gets other tokens,
	// otherwise the same. Revokes: a sign-out revokes.
	Rotates, Siblings, Revokes bool
	Grace                      time.Duration
	// Lifetime is how long access tokens last, and TellsExpiry whether the server
	// says so.
	Lifetime      time.Duration
	TellsExpiry   bool
	JWT           bool // access tokens name their user, and there are two
	RefreshBefore time.Duration
	Timeout       time.Duration

	// Loss and Slowness are how likely a message of the network is lost, or takes up
	// to one and a half time-outs.
	Loss, Slowness float64
	Handler        handlerKind
	// Tabs is how many there are at most at a time, Actions how many things are
	// done, and Pause the mean time between.
	Tabs, Actions int
	Pause         time.Duration
	// What may happen to tabs and to the server.
	Freezes, Kills, Signouts, Outages, Revocations bool
}

type ledgerKind int

const (
	sound  ledgerKind = iota
	flaky             // it fails at times, or is late and counts as none
	absent            // there is none
)

type clockKind int

const (
	right   clockKind = iota
	wrong             // all tabs' clocks are off alike
	jumping           // and are set now and then
	apart             // each tab's clock is off in its own way, and jumps
)

type storageKind int

const (
	holds   storageKind = iota
	fails               // it throws at times, or is full
	cleared             // somebody clears it now and then, with the ledger
)

type handlerKind int

const (
	ignores handlerKind = iota
	signsIn
	answersTokens
	fetches
	hangs
)

// draw makes up a world. Half of all worlds are kind in most respects, so that
// each trouble is met alone as well as together with others.
func (w *World) draw() Profile {
	some := func(p float64) bool { return w.chance(p) }
	p := Profile{
		WebLocks:      some(0.7),
		Channel:       some(0.9),
		OwnKeys:       some(0.25),
		Rotates:       some(0.9),
		Siblings:      some(0.5),
		Revokes:       some(0.5),
		Lifetime:      w.anyOf(10*time.Second, 30*time.Second, time.Minute, 5*time.Minute),
		TellsExpiry:   some(0.8),
		JWT:           some(0.3),
		RefreshBefore: w.anyOf(0, 10*time.Second, time.Minute),
		Timeout:       w.anyOf(3*time.Second, 10*time.Second),
		Tabs:          1 + w.rng.IntN(5),
		Actions:       20 + w.rng.IntN(80),
		Pause:         w.anyOf(20*time.Millisecond, 300*time.Millisecond, 3*time.Second, 10*time.Second),
		Signouts:      some(0.5),
	}
	if some(0.4) {
		p.Grace = w.anyOf(2*time.Second, 10*time.Second, time.Minute)
	}
	if some(0.7) {
		p.Lag = w.anyOf(10*time.Millisecond, 100*time.Millisecond, time.Second, 2500*time.Millisecond)
	}
	if some(0.5) {
		p.Loss = []float64{0.02, 0.1, 0.3}[w.rng.IntN(3)]
	}
	if some(0.5) {
		p.Slowness = []float64{0.02, 0.1, 0.3}[w.rng.IntN(3)]
	}
	p.Freezes, p.Kills, p.Outages, p.Revocations = some(0.4), some(0.4), some(0.4), some(0.4)
	if some(0.3) {
		p.Ledger = ledgerKind(w.pick(int(flaky), int(absent), int(absent)))
	}
	if some(0.3) {
		p.Clock = clockKind(w.pick(int(wrong), int(jumping), int(apart)))
	}
	if some(0.15) {
		p.Storage = storageKind(w.pick(int(fails), int(cleared)))
	}
	p.Worker = p.WebLocks && p.Ledger != absent && w.fates.Float64() < 0.4
	if some(0.5) {
		p.Handler = handlerKind(w.pick(int(signsIn), int(answersTokens), int(fetches), int(hangs)))
	}
	return p
}

func (w *World) anyOf(times ...time.Duration) time.Duration { return times[w.rng.IntN(len(times))] }
