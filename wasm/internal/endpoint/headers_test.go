package endpoint

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	// now is Tue, 14 Nov 2023 22:13:20 GMT.
	tests := []struct {
		value string
		want  int64
	}{
		{"0", 0}, {"1", 1000}, {" 120\t", 120_000}, {"007", 7000}, {"1.5", 1000},
		{"86399", 86_399_000}, {"86400", maxDelay}, {"86401", maxDelay},
		{"9223372036854775808", maxDelay}, {strings.Repeat("9", 400), maxDelay},
		{"", -1}, {" ", -1}, {"-1", -1}, {"+1", -1}, {"1e3", -1}, {"0x1", -1}, {"NaN", -1}, {"Infinity", -1}, {"soon", -1}, {"1, 2", -1},

		{"Tue, 14 Nov 2023 22:13:21 GMT", 1000},
		{"Tue, 14 Nov 2023 22:13:20 GMT", 0},
		{"Tue, 14 Nov 2023 22:13:19 GMT", 0},
		{"Tue, 14 Nov 2023 22:18:20 GMT", maxByDate},
		{"Tue, 14 Nov 2023 22:18:19 GMT", maxByDate - 1000},
		{"Tue, 14 Nov 2023 22:18:21 GMT", maxByDate}, // or a clock that is behind
		{"Fri, 31 Dec 9999 23:59:59 GMT", maxByDate},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Tuesday, 14-Nov-23 22:13:50 GMT", 30_000},
		{"Thursday, 14-Nov-73 22:13:50 GMT", maxByDate}, // 2073
		{"Wednesday, 14-Nov-74 22:13:50 GMT", 0},        // 1974
		{"Sunday, 06-Nov-94 08:49:37 GMT", 0},
		{"Tue Nov 14 22:13:50 2023", 30_000},
		{"Sun Nov  6 08:49:37 1994", 0},

		{"Tue, 14 Nov 2023 22:13:50", -1},
		{"Tue, 14 Nov 2023 22:13:50 PST", -1},
		{"Tue, 14 nov 2023 22:13:50 GMT", -1},
		{"Tue, 01 NoV 0000 00:00:00 GMT", -1}, // which fuzzing has found that package time takes
		{"Tue, 14 anF 2023 22:13:50 GMT", -1},
		{"Tue, 14 Novem 2023 22:13:50 GMT", -1},
		{"Tue, 32 Nov 2023 22:13:50 GMT", -1},
		{"Tue, 14 Nov 2023 24:13:50 GMT", -1},
		{"Tue, 14 Nov 2023 22:13 GMT", -1},
		{"Tue, 14 Nov 2023 2:13:50 GMT", -1},
		{"Tue, 14 Nov 2023 22.13.50 GMT", -1},
		{"Tue, 14 Nov 2023 22:1x:50 GMT", -1},
		{"Tue, 14 Nov 99999999999999999999 22:13:50 GMT", -1},
		{"Tue, x Nov 2023 22:13:50 GMT", -1},
		{"2023-11-14T22:13:50Z", -1},
	}
	for _, test := range tests {
		if got := RetryAfter(test.value, now); got != test.want {
			t.Errorf("RetryAfter(%q): got %d; want %d", test.value, got, test.want)
		}
	}
	for _, clock := range []int64{math.MinInt64, 0, math.MaxInt64} {
		if got := RetryAfter("Tue, 14 Nov 2023 22:13:21 GMT", clock); got != 0 && got != maxByDate {
			t.Errorf("RetryAfter by a clock at %d: got %d; want 0 or five minutes", clock, got)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"120", "Tue, 14 Nov 2023 22:13:21 GMT", "Tuesday, 14-Nov-23 22:13:50 GMT", "Tue Nov 14 22:13:50 2023"} {
		f.Add(value, int64(now))
	}
	f.Add("1", int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, value string, clock int64) {
		if got := RetryAfter(value, clock); got < -1 || got > maxDelay {
			t.Errorf("RetryAfter(%q, %d): got %d", value, clock, got)
		}
		// What the standard library takes for a date, we take alike, but for an
		// hour of one digit and for months in other letters (RFC 9110 has one way).
		date, err := time.Parse(http.TimeFormat, value)
		if err == nil && len(value) == len(http.TimeFormat) && value[8:11] == date.Format("Jan") {
			got := RetryAfter(value, now)
			if want := min(max(date.UnixMilli()-now, 0), maxByDate); got != want {
				t.Errorf("RetryAfter(%q): got %d; want %d", value, got, want)
			}
		}
	})
}
