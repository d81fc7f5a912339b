package jsx

import (
	"errors"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// object evaluates a JavaScript expression.
func object(t *testing.T, expression string) safejs.Value {
	t.Helper()
	function, err := safejs.Global().Get("Function")
	if err != nil {
		t.Fatal(err)
	}
	made, err := function.New("settle", "return ("+expression+")")
	if err != nil {
		t.Fatal(err)
	}
	settle, release := FuncOf(func(args []safejs.Value) any {
		Settle(int(Number(args[0])), Bool(args[1]), args[2])
		return nil
	})
	t.Cleanup(release)
	value, err := made.Invoke(settle)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAskIsAnsweredOnce(t *testing.T) {
	host := Host{object(t, `{
		ask(id, name, a, b) {
			setTimeout(() => { settle(id, true, name + a + b); settle(id, true, 'again') }, 1)
		},
	}`)}
	answer, err := host.Ask(context.Background(), "sum", 1, "x")
	if got, want := Text(answer), "sum1x"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got := Asks(); got != 0 {
		t.Errorf("asks left behind: got %d; want 0", got)
	}
}

func TestARejectionKeepsItsObject(t *testing.T) {
	reason := object(t, `globalThis.reason = new TypeError('no network')`)
	host := Host{object(t, `{ ask(id) { queueMicrotask(() => settle(id, false, globalThis.reason)) } }`)}
	_, err := host.Ask(context.Background(), "post")
	var thrown *Thrown
	if !errors.As(err, &thrown) || !thrown.Value.Equal(reason) {
		t.Fatalf("got %v; want the exception itself", err)
	}
	if got, want := err.Error(), "no network"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestACancelledAskWaitsForItsSettlement(t *testing.T) {
	host := Host{object(t, `{
		ask(id) { this.id = id },
		cancel(id) { this.cancelled = id; setTimeout(() => settle(id, false, 'aborted'), 5) },
	}`)}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := host.Ask(ctx, "slow")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want the deadline", err)
	}
	if got, want := Number(Get(host.Value, "cancelled")), Number(Get(host.Value, "id")); got != want {
		t.Errorf("cancelled: got %v; want %v", got, want)
	}
	if got := Asks(); got != 0 {
		t.Errorf("asks left behind: got %d; want 0", got)
	}
}

// An answer that came although its call was cancelled is an answer: a lock that
// was granted has to be freed by somebody.
func TestAnAnswerInTheMomentOfCancelling(t *testing.T) {
	host := Host{object(t, `{ ask() {}, cancel(id) { setTimeout(() => settle(id, true, 7), 1) } }`)}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	answer, err := host.Ask(ctx, "lock")
	if got := Number(answer); err != nil || got != 7 {
		t.Errorf("got %v, %v; want 7", got, err)
	}
}

func TestFunctionsAreCounted(t *testing.T) {
	before := Live()
	releases := []func(){}
	for range 1000 {
		_, release := FuncOf(func([]safejs.Value) any { return nil })
		releases = append(releases, release)
	}
	if got, want := Live(), before+1000; got != want {
		t.Errorf("got %d; want %d", got, want)
	}
	for _, release := range releases {
		release()
		release()
	}
	if got := Live(); got != before {
		t.Errorf("after their release: got %d; want %d", got, before)
	}
}

func TestReadingWhatIsNotThere(t *testing.T) {
	for _, expression := range []string{"undefined", "null", "7", "true", "'text'", "{}", "[]"} {
		v := object(t, expression)
		if got := Get(v, "nothing"); !got.IsUndefined() {
			t.Errorf("%s: got a property", expression)
		}
		if got := Text(Get(v, "nothing")) + Text(v); got != "" && got != "text" {
			t.Errorf("%s: got the text %q", expression, got)
		}
		_, _, _ = Number(v), Bool(v), Items(v)
	}
}
