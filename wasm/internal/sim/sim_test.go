package sim

import (
	"flag"
	"testing"
	"testing/synctest"
)

var (
	oneSeed = flag.Uint64("seed", 0, "the seed that TestSeed runs")
	seeds   = flag.Uint64("seeds", 2000, "how many seeds TestSeeds runs")
)

// runSeed runs a seed in a bubble of its own.
func runSeed(t *testing.T, seed uint64, options Options) (result Result) {
	t.Helper()
	synctest.Test(t, func(*testing.T) { result = Run(seed, options) })
	return result
}

func TestSeed(t *testing.T) {
	if *oneSeed == 0 {
		t.Skip("it replays one world: -seed N")
	}
	result := runSeed(t, *oneSeed, Options{Trace: true})
	t.Logf("\n%s", result.Trace)
	if result.Failure != nil {
		t.Error(result.Failure)
	}
}

func TestSeeds(t *testing.T) {
	for seed := uint64(1); seed <= *seeds; seed++ {
		result := runSeed(t, seed, Options{})
		if result.Failure != nil {
			t.Errorf("seed %d: %v\ngo test ./wasm/internal/sim -run 'TestSeed$' -seed %d -v", seed, result.Failure, seed)
		}
	}
}
