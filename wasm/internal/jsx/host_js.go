package jsx

import (
	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/mutex"
)

// Thrown is a JavaScript exception, or what a promise was rejected with. It goes
// back to JavaScript as the same object.
type Thrown struct{ Value Value }

// Error answers the exception's own message.
func (t *Thrown) Error() string {
	if text := Text(Get(t.Value, "message")); text != "" {
		return text
	}
	if text := Text(t.Value); text != "" {
		return text
	}
	return "an exception without a message"
}

// Host is an object of functions that JavaScript keeps for Go. They never throw,
// since TinyGo cannot recover from that: the JavaScript side catches.
type Host struct{ Value Value }

// Tell calls a function that answers at once.
func (h Host) Tell(name string, args ...any) Value {
	return Call(h.Value, name, args...)
}

var (
	asking  mutex.Mutex // guards what follows
	lastAsk int
	asks    = map[int]chan settlement{}
)

type settlement struct {
	value Value
	err   error
}

// Ask calls a function that answers a promise, and waits for it. When ctx ends
// first, the call is cancelled, and its settlement still waited for: nothing is
// left behind.
//
// The promise is settled through Settle, one function for all of them, which
// costs half as much as two fresh functions for each.
func (h Host) Ask(ctx context.Context, name string, args ...any) (Value, error) {
	settled := make(chan settlement, 1)
	asking.Lock()
	lastAsk++
	id := lastAsk
	asks[id] = settled
	asking.Unlock()

	h.Tell("ask", append([]any{id, name}, args...)...)
	select {
	case s := <-settled:
		return s.value, s.err
	case <-ctx.Done():
		h.Tell("cancel", id)
		s := <-settled
		if s.err != nil {
			return s.value, ctx.Err()
		}
		return s.value, nil
	}
}

// Settle ends an Ask. ok is false where the promise was rejected.
func Settle(id int, ok bool, value Value) {
	asking.Lock()
	settled := asks[id]
	delete(asks, id)
	asking.Unlock()
	switch {
	case settled == nil:
	case ok:
		settled <- settlement{value: value}
	default:
		settled <- settlement{err: &Thrown{value}}
	}
}

// Asks answers how many calls of Ask are waited for at the moment.
func Asks() int {
	asking.Lock()
	defer asking.Unlock()
	return len(asks)
}
