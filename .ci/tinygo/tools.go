//go:build tools

// Package tools pins the TinyGo compiler that ./install builds. It is never
// compiled: it makes `go mod tidy` keep what TinyGo's command needs in go.sum.
package tools

import _ "github.com/tinygo-org/tinygo"
