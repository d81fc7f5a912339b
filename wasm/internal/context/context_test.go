package context

import (
	"testing"
	"testing/synctest"
	"time"
)

func ended(t *testing.T, what string, c Context, want error) {
	t.Helper()
	if got := c.Err(); got != want {
		t.Errorf("%s: got %v; want %v", what, got, want)
	}
	if got, want := c.Late(), want == DeadlineExceeded; got != want {
		t.Errorf("%s, late: got %t; want %t", what, got, want)
	}
	select {
	case <-c.Done():
		if want == nil {
			t.Errorf("%s: got a closed channel; want an open one", what)
		}
	default:
		if want != nil {
			t.Errorf("%s: got an open channel; want a closed one", what)
		}
	}
}

func TestACancelledParentEndsItsChildrenAndNobodyElse(t *testing.T) {
	root, cancel := WithCancel(Background())
	child, _ := WithCancel(root)
	grandchild, _ := WithCancel(child)
	other, _ := WithCancel(Background())
	ended(t, "before", grandchild, nil)
	cancel()
	cancel() // twice is once
	ended(t, "the root", root, Canceled)
	ended(t, "a child", child, Canceled)
	ended(t, "a grandchild", grandchild, Canceled)
	ended(t, "a stranger", other, nil)
	ended(t, "the background", Background(), nil)
	late, _ := WithCancel(root)
	ended(t, "a child that is born late", late, Canceled)
	timed, _ := WithTimeout(root, time.Hour)
	ended(t, "a late one with a time", timed, Canceled)
}

func TestTimeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outer, cancelOuter := WithTimeout(Background(), 2*time.Second)
		defer cancelOuter()
		short, cancelShort := WithTimeout(outer, time.Second)
		defer cancelShort()
		long, cancelLong := WithTimeout(outer, time.Hour)
		defer cancelLong()
		stopped, stop := WithTimeout(outer, time.Second)
		stop()
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		ended(t, "the short one", short, DeadlineExceeded)
		ended(t, "the one that was cancelled first", stopped, Canceled)
		ended(t, "the outer one", outer, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		ended(t, "the outer one", outer, DeadlineExceeded)
		ended(t, "the long one inside", long, DeadlineExceeded)
	})
}

// A client lives long and makes many: what has ended must not be kept.
func TestAParentForgetsWhatHasEnded(t *testing.T) {
	root, cancelRoot := WithCancel(Background())
	defer cancelRoot()
	keep, cancelKeep := WithCancel(root)
	for range 1000 {
		_, cancel := WithTimeout(root, time.Hour)
		cancel()
	}
	if got := len(root.children); got != 1 {
		t.Errorf("children: got %d; want 1", got)
	}
	cancelKeep()
	ended(t, "the one that was kept", keep, Canceled)
	if got := len(root.children) + len(background.children); got != 0 {
		t.Errorf("children: got %d; want 0", got)
	}
}
