// Package jsx is how Go and JavaScript call each other: counted functions, calls
// that are waited for, errors that keep the JavaScript exception they came from.
// It alone knows safejs and syscall/js, and knows nothing of the browser.
package jsx

import "sync/atomic"

var live atomic.Int64

// Live answers how many Go functions JavaScript can call at the moment. A leak
// shows as a number that grows.
func Live() int { return int(live.Load()) }

// FuncOf makes a Go function that JavaScript can call, and is the one place that
// does. release frees it, once. The function must not block: JavaScript's only
// thread is inside of it. What takes time belongs in a goroutine.
func FuncOf(do func(args []Value) any) (fn Value, release func()) {
	fn, free := funcOf(do)
	live.Add(1)
	released := false
	return fn, func() {
		if !released {
			released = true
			live.Add(-1)
			free()
		}
	}
}
