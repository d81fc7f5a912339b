package sim

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// line is one thing that happened.
type line struct {
	at   time.Duration
	step int
	tab  int // 0 for the world
	text string
}

// note writes a line of the trace, if there is one. It may be called from any
// goroutine; t is nil for what happens outside of all tabs.
func (w *World) note(t *tab, format string, args ...any) {
	if !w.options.Trace {
		return
	}
	id := 0
	if t != nil {
		id = t.id
	}
	text := fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line{w.now(), w.steps, id, text})
}

// Trace is what happened in a world.
type Trace []line

// String shows a trace to people: virtual time, tab, what happened.
func (t Trace) String() string {
	var b strings.Builder
	for _, l := range t {
		who := "world"
		if l.tab > 0 {
			who = fmt.Sprintf("tab %d", l.tab)
		}
		fmt.Fprintf(&b, "%12.6f  %-6s  %s\n", l.at.Seconds(), who, l.text)
	}
	return b.String()
}

// Canonical is the trace in a form that is the same for each run of a seed. What
// happens in one step happens at one moment, and two goroutines of a core that
// run in it may write their lines in either order; so these are sorted.
func (t Trace) Canonical() string {
	sorted := append(Trace(nil), t...)
	sort.SliceStable(sorted, func(i, j int) bool {
		a, b := sorted[i], sorted[j]
		if a.at != b.at {
			return a.at < b.at
		}
		if a.tab != b.tab {
			return a.tab < b.tab
		}
		return a.text < b.text
	})
	return sorted.String()
}

// Last is the end of a trace.
func (t Trace) Last(lines int) Trace { return t[max(0, len(t)-lines):] }
