// Package espflasher stands in for tinygo.org/x/espflasher, which TinyGo's
// command line uses to write firmware to ESP32 boards. Nothing is flashed here,
// and the real module cannot be downloaded everywhere, so this has only the
// names that TinyGo refers to, and refuses to do anything.
package espflasher

import (
	"errors"
	"io"
)

// StdoutLogger is named by TinyGo and does nothing here.
type StdoutLogger struct{ W io.Writer }

// ResetMode is named by TinyGo and does nothing here.
type ResetMode int

// The reset mode that TinyGo names.
const (
	ResetUSBJTAG ResetMode = iota
)

// Options are the fields that TinyGo sets.
type Options struct {
	Compress  bool
	Logger    *StdoutLogger
	ResetMode ResetMode
}

// DefaultOptions returns empty options.
func DefaultOptions() *Options { return &Options{} }

// Flasher is never made here.
type Flasher struct{}

// New always fails.
func New(string, *Options) (*Flasher, error) {
	return nil, errors.New("flashing is not part of this build of TinyGo")
}

// Close does nothing.
func (*Flasher) Close() error { return nil }

// ChipName returns nothing.
func (*Flasher) ChipName() string { return "" }

// EraseFlash does nothing.
func (*Flasher) EraseFlash(func(current, total int)) error { return nil }

// FlashImage does nothing.
func (*Flasher) FlashImage(data []byte, offset uint32, progress func(current, total int)) error {
	return nil
}

// Reset does nothing.
func (*Flasher) Reset() {}
