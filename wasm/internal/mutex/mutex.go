//go:build !tinygo

// Package mutex has the mutex that the rules guard their state with.
package mutex

import "sync"

// Mutex is sync.Mutex wherever goroutines can meet.
type Mutex = sync.Mutex
