// Package context is the part of the standard library's context that the rules
// use, under the same names. A context here is one type instead of an interface
// with a family of implementations, which leaves 10 KB out of the module.
package context

import (
	"time"

	"github.com/authfetch/authfetch/wasm/internal/mutex"
)

// Why a Context has ended.
const (
	Canceled         = reason("cancelled")
	DeadlineExceeded = reason("the time is over")
)

type reason string

func (r reason) Error() string { return string(r) }

// Context ends when it is cancelled, when its time is over, or with its parent.
type Context = *scope

// CancelFunc ends a Context, if it has not ended yet, and lets go of its timer.
type CancelFunc func()

type scope struct {
	parent *scope
	done   chan struct{} // nil for the Background, which never ends

	mu       mutex.Mutex // guards what follows
	err      error
	children []*scope
	timer    *time.Timer
}

var background scope

// Background answers the Context that never ends.
func Background() Context { return &background }

// WithCancel answers a Context that ends with its parent, or when cancel is called.
func WithCancel(parent Context) (Context, CancelFunc) {
	s := &scope{parent: parent, done: make(chan struct{})}
	if err := parent.adopt(s); err != nil {
		s.end(err)
	}
	return s, func() { s.end(Canceled) }
}

// WithTimeout answers a Context that ends after some time too.
func WithTimeout(parent Context, d time.Duration) (Context, CancelFunc) {
	s, cancel := WithCancel(parent)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.timer = time.AfterFunc(d, func() { s.end(DeadlineExceeded) })
	}
	return s, cancel
}

// Done answers a channel that is closed when s ends.
func (s *scope) Done() <-chan struct{} { return s.done }

// Err answers why s has ended, or nil.
func (s *scope) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Late says whether s has ended because its time was over.
func (s *scope) Late() bool {
	r, ok := s.Err().(reason)
	return ok && r == DeadlineExceeded
}

// adopt has a child end with s. It answers why s itself has ended, if it has.
func (s *scope) adopt(child *scope) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.done != nil {
		s.children = append(s.children, child)
	}
	return s.err
}

func (s *scope) forget(child *scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.children {
		if c == child {
			last := len(s.children) - 1
			s.children[i] = s.children[last]
			s.children[last] = nil
			s.children = s.children[:last]
			return
		}
	}
}

func (s *scope) end(err error) {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	s.err = err
	close(s.done)
	children := s.children
	s.children = nil
	if s.timer != nil {
		s.timer.Stop()
	}
	s.mu.Unlock()
	for _, child := range children {
		child.end(err)
	}
	s.parent.forget(s)
}
