//go:build tinygo

// Package mutex has the mutex that the rules guard their state with.
package mutex

// Mutex does nothing. TinyGo on wasm runs one goroutine until it blocks, and none
// of ours blocks while it holds a mutex, so there is never anyone to keep out. A
// mutex that may block costs far more than itself: whatever locks it can be
// suspended, and carries the code to be resumed (7 KB of the module, compressed).
type Mutex struct{}

// Lock does nothing.
func (*Mutex) Lock() {}

// Unlock does nothing.
func (*Mutex) Unlock() {}
