package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// These tests break something on purpose, and want the simulator to notice. A
// fault in what a core is made of is a wrapped port. A fault in the core itself
// is a patched copy of a file, with which this package's tests are built again.

// faultSeeds is within how many seeds a fault has to be found.
const faultSeeds = 2000

// search runs worlds until an invariant does not hold that held without the
// fault. (TestSeeds sees to that where the fault is in the core.)
func search(t *testing.T, options Options) {
	t.Helper()
	for seed := *first; seed < *first+faultSeeds; seed++ {
		result := runSeed(t, seed, options)
		if result.Failure == nil || options.Wrap != nil && runSeed(t, seed, Options{}).Failure != nil {
			continue
		}
		t.Logf("found with seed %d: %v", seed, result.Failure)
		return
	}
	t.Errorf("not found with %d seeds", faultSeeds)
}

func TestFaultsAround(t *testing.T) {
	faults := []struct {
		name string
		wrap func(*session.Config)
	}{
		{"a lock that does not lock", func(c *session.Config) { c.Lock = openLock{} }},
		{"a lease that never ends", func(c *session.Config) { c.Lock.(*session.LeaseLock).Length = 1e6 * time.Hour }},
		{"a lock that is never given back", func(c *session.Config) { c.Lock = lostLock{c.Lock} }},
		{"a ledger that knows no more than the storage", func(c *session.Config) { c.Store = ownView{c.Store, c.Keys} }},
		{"a ledger that does not compare", func(c *session.Config) { c.Store = blindLedger{c.Store} }},
		{"a storage that loses refusals", func(c *session.Config) { c.Store = lossyStore{c.Store} }},
		{"a channel that drops sign-outs", func(c *session.Config) { c.App = mutedApp{c.App} }},
		{"a server call that is made twice", func(c *session.Config) { c.Doer = doubleDoer{c.Doer} }},
		{"an escrow that is inherited twice", func(c *session.Config) {
			if c.Escrow != nil {
				c.Escrow = &heirloom{Escrow: c.Escrow}
			}
		}},
		{"an escrow that outlives its session", func(c *session.Config) {
			if c.Escrow != nil {
				h := &hoard{Escrow: c.Escrow, Doer: c.Doer}
				c.Escrow, c.Doer = h, h
			}
		}},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			search(t, Options{Wrap: fault.wrap})
		})
	}
}

type openLock struct{}

func (openLock) Lock(context.Context, bool) (func(), error) { return func() {}, nil }

type lostLock struct{ session.Locker }

func (l lostLock) Lock(ctx context.Context, steal bool) (func(), error) {
	_, err := l.Locker.Lock(ctx, steal)
	return func() {}, err
}

type ownView struct {
	session.Store
	keys token.Keys
}

func (s ownView) Newest(ctx context.Context) (uint64, error) {
	texts, err := s.Read(ctx, s.keys.All())
	r, _ := s.keys.Decode(func(key string) (string, bool) { text, ok := texts[key]; return text, ok })
	return r.Generation, err
}

type blindLedger struct{ session.Store }

func (s blindLedger) Advance(ctx context.Context, _, to uint64, entries []token.Entry) (bool, error) {
	return s.Store.Advance(ctx, math.MaxUint64, to, entries)
}

type lossyStore struct{ session.Store }

func (s lossyStore) Advance(ctx context.Context, from, to uint64, entries []token.Entry) (bool, error) {
	if last := entries[len(entries)-1]; strings.Contains(last.Text, `"refused":true`) {
		return true, nil
	}
	return s.Store.Advance(ctx, from, to, entries)
}

type mutedApp struct{ session.App }

func (a mutedApp) Post(text string) {
	if !strings.HasPrefix(text, "signout") {
		a.App.Post(text)
	}
}

type doubleDoer struct{ session.Doer }

func (d doubleDoer) Do(ctx context.Context, call endpoint.Call) (session.Reply, error) {
	reply, err := d.Doer.Do(ctx, call)
	if err == nil && call.URL == refreshURL {
		_, _ = d.Doer.Do(ctx, call)
	}
	return reply, err
}

// heirloom gives what it has given once again and again.
type heirloom struct {
	session.Escrow
	mu    sync.Mutex
	reply *session.Reply
	at    int64
}

func (h *heirloom) Left(ctx context.Context, key string) (*session.Reply, int64, error) {
	reply, at, err := h.Escrow.Left(ctx, key)
	h.mu.Lock()
	defer h.mu.Unlock()
	if reply != nil {
		h.reply, h.at = reply, at
	}
	return h.reply, h.at, err
}

// hoard keeps what was stored long ago, and gives it for another session's.
type hoard struct {
	session.Escrow
	session.Doer
	mu    sync.Mutex
	reply *session.Reply
}

func (h *hoard) Do(ctx context.Context, call endpoint.Call) (session.Reply, error) {
	reply, err := h.Doer.Do(ctx, call)
	if err == nil && call.Escrow != "" && reply.Status == 200 {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reply = &reply
	}
	return reply, err
}

func (h *hoard) Left(ctx context.Context, key string) (*session.Reply, int64, error) {
	reply, at, err := h.Escrow.Left(ctx, key)
	h.mu.Lock()
	defer h.mu.Unlock()
	if reply == nil {
		reply, at = h.reply, time.Now().UnixMilli()
	}
	return reply, at, err
}

// mutations are faults of the core: each replaces a text that stands once in a
// file.
var mutations = []struct{ name, file, before, after string }{
	{
		"the storage is not read again under the lock", "session/renew.go",
		"if done, err := c.overtaken(f); done {", "if done, err := false, (*Error)(nil); done {",
	},
	{
		"nobody looks whether somebody has signed in elsewhere", "session/renew.go",
		"if _, _ = c.overtaken(f); c.isOver(f) {", "if false {",
	},
	{
		"what a worker has left is not looked for", "session/renew.go",
		"if done, err := c.inherit(f); done {", "if done, err := false, (*Error)(nil); done {",
	},
	{
		"a waiting request is resumed twice", "session/flight.go",
		"c.later(func() { w.request.Resume(verdict) })", "c.later(func() { w.request.Resume(verdict); w.request.Resume(verdict) })",
	},
	{
		"only the first of those who wait is resumed", "session/flight.go",
		"for _, w := range waiters {", "for _, w := range waiters[:min(1, len(waiters))] {",
	},
	{
		"a late refusal of an old token refreshes", "session/request.go",
		"case s.Access != sent && !(c.expired(s) && c.renewable(s) && token.SameSubject(sent, s.Access)):", "case false:",
	},
	{
		"origins are compared by prefix", "session/request.go",
		`if origin != "" && origin == known {`, `if origin != "" && len(url) >= len(known) && url[:len(known)] == known {`,
	},
	{
		"a request goes out again as another user", "session/request.go",
		"if !token.SameSubject(sent, c.session.Access) {", "if token.SameSubject(sent, c.session.Access) && false {",
	},
	{
		"a broken server ends the session", "endpoint/answer.go",
		"return r.Status == 400 ||", "return r.Status >= 500 || r.Status == 400 ||",
	},
	{
		"the storage is not waited for", "session/vault.go",
		"seen := err != nil || r.Generation >= newest || newest <= lost.Load()", "seen := true || lost == nil",
	},
	{
		"a sign-out does not end sign-ins under way", "session/signin.go",
		"c.epoch++", "",
	},
	{
		"a refusal is asked about again", "session/renew.go",
		"if c.final(refusal, err) {", "if false && c.final(refusal, err) {",
	},
	{
		"a sign-out is forgotten once something else is stored", "session/tabs.go",
		"if 0 < r.Since && r.Since < c.out {", "if false && r.Since < c.out {",
	},
	{
		"a tab is told of sign-outs and does not listen", "session/tabs.go",
		"c.drop(m.generation, true)", "",
	},
	{
		"a page that was frozen trusts what it read before", "session/vault.go",
		"if !frozen(began, storeBound) && !replaced || ctx.Err() != nil {", "if (!frozen(began, storeBound) || true) && !replaced || ctx.Err() != nil {",
	},
	{
		"any URL gets the token", "session/request.go",
		"if r.Own || !c.guards(r.URL) {", "if r.Own {",
	},
	{
		"a credential stands although its session has ended", "session/standing.go",
		"if s == c.standing {", "if s == c.standing || s == nil {",
	},
	{
		"a request's own credential is replaced", "session/request.go",
		"if r.Own || !c.guards(r.URL) {", "if !c.guards(r.URL) {",
	},
	{
		"the handlers are called for each request", "session/flight.go",
		"c.told = true", "",
	},
	{
		"Retry-After is not obeyed", "session/pace.go",
		"p.rest(retryAfter, true)", "",
	},
	{
		"a request is sent as often as it is refused", "sim/tab.go", // as a host would
		"case status != 401 || r.sends > 1 || r.untouched:", "case status != 401 || r.untouched:",
	},
	{
		"refreshes know no pace", "session/pace.go",
		"return max(0, p.coolTo-now,", "return 0 * max(0, p.coolTo-now,",
	},
}

// rare says from which seed on a fault is searched for that the other rules make up for
// nearly always.
var rare = map[string]uint64{"a page that was frozen trusts what it read before": 6500}

func TestFaultsInside(t *testing.T) {
	if raceEnabled {
		return // it builds the tests many times; `make test-go` runs it without the detector
	}
	command, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	two := make(chan struct{}, 2)
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			two <- struct{}{}
			defer func() { <-two }()
			overlay := mutated(t, m.file, m.before, m.after)
			out, err := exec.Command(command, "test", "-tags", "mutant", "-overlay", overlay, "-run", "^TestMutant$", "-first", fmt.Sprint(max(1, rare[m.name])), "-v", ".").CombinedOutput()
			for line := range strings.Lines(string(out)) {
				if err != nil || strings.Contains(line, "found") {
					t.Log(strings.TrimSpace(line))
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// mutated writes an overlay in which a file of the core has one text replaced.
func mutated(t *testing.T, file, before, after string) (overlay string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), before); n != 1 {
		t.Fatalf("%q stands %d times in %s; want once", before, n, file)
	}
	dir := t.TempDir()
	patched := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(patched, []byte(strings.Replace(string(text), before, after, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	description, err := json.Marshal(map[string]any{"Replace": map[string]string{path: patched}})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, description, 0o666); err != nil {
		t.Fatal(err)
	}
	return overlay
}
