package sim
import "testing"
func TestTmpDeterminism(t *testing.T) {
	for seed := uint64(1); seed <= 1200; seed++ {
		a := runSeed(t, seed, Options{Trace: true}).Trace.Canonical()
		b := runSeed(t, seed, Options{Trace: true}).Trace.Canonical()
		if a != b { t.Errorf("seed %d: %s", seed, difference(a, b)) }
	}
}
