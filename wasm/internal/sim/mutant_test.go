//go:build mutant

package sim

import "testing"

// TestMutant runs in the builds that TestFaultsInside makes, whose core has a
// fault.
func TestMutant(t *testing.T) { search(t, Options{}) }
