package token

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestExpiry(t *testing.T) {
	const now = 1_700_000_000_000
	nan, inf := math.NaN(), math.Inf(1)
	hour := raw(`{"iat":1600000000,"exp":1600003600}`) // by a clock far behind
	later := raw(`{"exp":1700000060}`)
	tests := []struct {
		name      string
		in        float64
		hasIn     bool
		at        int64
		access    string
		now, want int64
	}{
		{"nothing is known", 0, false, 0, "opaque", now, 0},
		{"expires_in", 3600, true, 0, "", now, now + 3_600_000},
		{"expires_in wins", 3600, true, now + 1, later, now, now + 3_600_000},
		{"a fraction of a second", 0.5, true, 0, "", now, now + 500},
		{"expires_in of 0", 0, true, now + 1, later, now, 0},
		{"a negative expires_in", -1, true, now + 1, later, now, 0},
		{"expires_in of -Inf", -inf, true, 0, "", now, 0},
		{"expires_in of NaN is none", nan, true, now + 5, "", now, now + 5},
		{"expires_in of Inf", inf, true, 0, "", now, maxMillis},
		{"a huge expires_in", 1e300, true, 0, "", now, maxMillis},
		{"expires_in of 2^63 ms", 9.3e15, true, 0, "", now, maxMillis},
		{"expires_in by a clock at the end", 1, true, 0, "", math.MaxInt64, maxMillis},
		{"expires_in by a clock before the epoch", 1, true, 0, "", -5000, -4000},
		{"no expires_in, though a number is there", 3600, false, 0, "", now, 0},
		{"expires_at", 0, false, now + 7, later, now, now + 7},
		{"expires_at of now", 0, false, now, later, now, 0},
		{"expires_at just ahead", 0, false, now + 1, later, now, now + 1},
		{"expires_at in the past", 0, false, 5, later, now, 0},
		{"a negative expires_at", 0, false, -5, later, now, 0},
		{"a huge expires_at", 0, false, math.MaxInt64, "", now, maxMillis},
		{"a JWT's lifetime", 0, false, 0, hour, now, now + 3_600_000},
		{"a JWT's exp", 0, false, 0, later, now, now + 60_000},
		{"a JWT's exp of now", 0, false, 0, raw(`{"exp":1700000000}`), now, 0},
		{"a JWT's exp in the past", 0, false, 0, raw(`{"exp":1699999999}`), now, 0},
		{"exp is iat", 0, false, 0, raw(`{"iat":1700000060,"exp":1700000060}`), now, now + 60_000},
		{"exp before iat", 0, false, 0, raw(`{"iat":1700000061,"exp":1700000060}`), now, now + 60_000},
		{"a JWT that lasts for ever", 0, false, 0, raw(`{"iat":1,"exp":1e999}`), now, maxMillis},
		{"a JWT without exp", 0, false, 0, raw(`{"iat":1700000000}`), now, 0},
	}
	for _, test := range tests {
		if got := Expiry(test.in, test.hasIn, test.at, test.access, test.now); got != test.want {
			t.Errorf("%s: got %d; want %d", test.name, got, test.want)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add(3600.0, true, int64(0), `{"exp":5,"iat":3}`, int64(1_700_000_000_000))
	f.Add(math.Inf(1), true, int64(math.MaxInt64), `{}`, int64(math.MaxInt64))
	f.Add(0.0, false, int64(math.MinInt64), `{"exp":1e18,"iat":-1}`, int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, in float64, hasIn bool, at int64, payload string, now int64) {
		got := Expiry(in, hasIn, at, raw(payload), now)
		if got != 0 && got != maxMillis && got < now || got > maxMillis {
			t.Errorf("got %d by a clock at %d; want 0 or the future", got, now)
		}
	})
}

func TestInstant(t *testing.T) {
	tests := []struct {
		number float64
		want   int64
	}{
		{1700000000, 1_700_000_000_000},
		{1700000000.5, 1_700_000_000_500},
		{1700000000123, 1_700_000_000_123},
		{99999999999, 99_999_999_999_000},
		{1e11, 100_000_000_000},
		{0, 0}, {-1, 0}, {math.NaN(), 0}, {math.Inf(-1), 0},
		{math.Inf(1), maxMillis}, {1e300, maxMillis},
	}
	for _, test := range tests {
		if got := Instant(test.number); got != test.want {
			t.Errorf("Instant(%v): got %d; want %d", test.number, got, test.want)
		}
	}
}

func TestParseInstant(t *testing.T) {
	const second = 1_700_000_000_000 // 2023-11-14T22:13:20Z
	tests := []struct {
		text string
		want int64
	}{
		{"1700000000", second},
		{"1700000000.75", second},
		{"1700000000000", second},
		{"1700000000000.", second},
		{"2023-11-14T22:13:20Z", second},
		{"2023-11-14T2:13:20Z", 0},
		{"2023-11-14T22:13:20.000Z", second},
		{"2023-11-14T22:13:20.5Z", second + 500},
		{"2023-11-14T22:13:20.123999Z", second + 123},
		{"2023-11-14t22:13:20z", second},
		{"2023-11-14 22:13:20Z", second},
		{"2023-11-15T00:13:20+02:00", second},
		{"2023-11-14T16:43:20.25-05:30", second + 250},
		{"2024-02-29T00:00:00Z", 1_709_164_800_000},
		{"2000-02-29T23:59:59Z", 951_868_799_000},
		{"2016-12-31T23:59:60Z", 1_483_228_800_000},
		{"9999-12-31T23:59:59.999Z", maxMillis},
		{"9999-12-31T23:59:59-23:59", maxMillis},
		{"1969-12-31T23:59:59Z", 0},
		{"0000-01-01T00:00:00Z", 0},
		{strings.Repeat("9", 400), maxMillis},
		{"", 0}, {".", 0}, {".5", 0}, {"-5", 0}, {"+5", 0}, {"1e9", 0}, {"NaN", 0}, {"0x10", 0}, {" 5", 0},
		{"1700000000.7x", 0}, {"1.2.3", 0},
		{"2023-11-14", 0}, {"2023-11-14T22:13:20", 0}, {"2023-11-14T22:13Z", 0},
		{"2023-11-14T22:13:20.Z", second}, {"2023-11-14T22:13:20 Z", 0}, {"2023-11-14T22:13:20Z ", 0},
		{"2023-13-14T22:13:20Z", 0}, {"2023-00-14T22:13:20Z", 0}, {"2023-11-32T22:13:20Z", 0},
		{"2023-11-00T22:13:20Z", 0}, {"2023-11-14T24:13:20Z", 0}, {"2023-11-14T22:60:20Z", 0},
		{"2023-11-14T22:13:61Z", 0}, {"2023-11-14T22:13:20+24:00", 0}, {"2023-11-14T22:13:20+02:60", 0},
		{"2023-11-14T22:13:20+0200", 0}, {"2023-11-14T22:13:20+0x:00", 0}, {"2023_11-14T22:13:20Z", 0},
		{"Tue, 14 Nov 2023 22:13:20 GMT", 0},
	}
	for _, test := range tests {
		if got := ParseInstant(test.text); got != test.want {
			t.Errorf("ParseInstant(%q): got %d; want %d", test.text, got, test.want)
		}
	}
}

// Every day of four centuries, against the standard library.
func TestUnixMilli(t *testing.T) {
	for day := time.Date(1899, 12, 30, 1, 2, 3, 0, time.UTC); day.Year() < 2301; day = day.AddDate(0, 0, 1) {
		got, ok := UnixMilli(day.Year(), int(day.Month()), day.Day(), 1, 2, 3)
		if !ok || got != day.UnixMilli() {
			t.Fatalf("UnixMilli of %v: got %d, %v; want %d", day, got, ok, day.UnixMilli())
		}
	}
	for _, year := range []int{0, 1, 3, 4, 100, 400, 9999} {
		day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		if got, ok := UnixMilli(year, 1, 1, 0, 0, 0); !ok || got != day.UnixMilli() {
			t.Errorf("UnixMilli of the year %d: got %d, %v; want %d", year, got, ok, day.UnixMilli())
		}
	}
	if _, ok := UnixMilli(10000, 1, 1, 0, 0, 0); ok {
		t.Error("UnixMilli of the year 10000: got ok; want false")
	}
}

func FuzzParseInstant(f *testing.F) {
	for _, text := range []string{"2023-11-14T22:13:20.5-05:30", "1700000000", "9999-12-31T23:59:59-23:59"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := ParseInstant(text)
		if got < 0 || got > maxMillis {
			t.Errorf("ParseInstant(%q): got %d; want a sane instant", text, got)
		}
		// What the standard library takes as a date of our time, we take alike, but for
		// an hour of one digit, which RFC 3339 has not.
		want, err := time.Parse(time.RFC3339, text)
		if err == nil && want.Year() > 1970 && want.Year() < 9999 && !strings.Contains(text, ",") && text[13] == ':' && got != want.UnixMilli() {
			t.Errorf("ParseInstant(%q): got %d; want %d", text, got, want.UnixMilli())
		}
	})
}
