package endpoint

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

const (
	// maxDelay is a day in milliseconds: no server means a page to wait longer.
	maxDelay = 24 * 60 * 60 * 1000
	// maxByDate is as long as a date is believed, five minutes: it is by the server's
	// clock, and the one here may be hours behind. Then the server is asked again, who
	// may say so again.
	maxByDate = 5 * 60 * 1000
)

// RetryAfter reads a Retry-After header (RFC 9110, section 10.2.3), seconds or a
// date, into a delay in milliseconds from now, the local time in milliseconds.
// It is -1 for a header that is absent or cannot be read, 0 for a date in the
// past, and at most one day, or five minutes by a date.
func RetryAfter(value string, now int64) int64 {
	value = strings.Trim(value, " \t")
	if seconds, ok := token.Decimal(value); ok {
		return int64(min(seconds*1000, maxDelay))
	}
	date, ok := parseHTTPDate(value, now)
	if !ok {
		return -1
	}
	if date <= now {
		return 0
	}
	// Compared so, since the difference may overflow by a broken clock.
	if now < date-maxByDate {
		return maxByDate
	}
	return date - now
}

// parseHTTPDate reads the three formats of RFC 9110, section 5.6.7, into
// milliseconds since the epoch:
//
//	Sun, 06 Nov 1994 08:49:37 GMT
//	Sunday, 06-Nov-94 08:49:37 GMT
//	Sun Nov  6 08:49:37 1994
//
// The day of the week is not compared with the date.
func parseHTTPDate(value string, now int64) (int64, bool) {
	parts := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '-' })
	var day, month, year, clock string
	switch {
	case len(parts) == 6 && parts[5] == "GMT":
		day, month, year, clock = parts[1], parts[2], parts[3], parts[4]
	case len(parts) == 5:
		month, day, clock, year = parts[1], parts[2], parts[3], parts[4]
	default:
		return 0, false
	}
	m := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", month)
	if len(month) != 3 || m < 0 || m%3 != 0 || len(clock) != 8 || clock[2] != ':' || clock[5] != ':' {
		return 0, false
	}
	number := func(text string) int {
		n, ok := token.Digits(text)
		if !ok || n > 9999 {
			return -1 // no part of a date
		}
		return int(n)
	}
	y := number(year)
	if len(year) == 2 && y >= 0 {
		y = fullYear(y, now)
	}
	return token.UnixMilli(y, m/3+1, number(day), number(clock[:2]), number(clock[3:5]), number(clock[6:]))
}

// fullYear completes a year of two digits: one that would be more than fifty
// years ahead is in the past (RFC 9110, section 5.6.7).
func fullYear(year int, now int64) int {
	const averageYear = 31_556_952_000
	current := 1970 + int(now/averageYear)
	year += current - current%100
	if year > current+50 {
		year -= 100
	}
	return year
}
