package token

import (
	"strings"
)

// Instant reads a point in time as servers and applications write it into
// JSON: seconds or milliseconds since the Unix epoch. It answers milliseconds,
// 0 for what is no instant after the epoch. Numbers below 1e11 are seconds,
// since as milliseconds they would lie before March 1973.
func Instant(number float64) int64 {
	if !(number > 0) { // so written for NaN
		return 0
	}
	if number < 1e11 {
		number *= 1000
	}
	return int64(min(number, maxMillis))
}

// ParseInstant reads the same from text: a decimal number as Instant has it, or
// a date of RFC 3339, such as JavaScript's toISOString writes. It answers
// milliseconds, 0 for anything else.
func ParseInstant(text string) int64 {
	if seconds, ok := Decimal(text); ok {
		return Instant(seconds)
	}
	return min(max(parseDate(text), 0), maxMillis)
}

// Decimal reads a number that is not negative, such as "3600" or "1.5". What
// comes after the point is dropped: no lifetime needs it, and the tables that
// strconv.ParseFloat works with are larger than this package.
func Decimal(text string) (float64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	number, ok := Digits(whole)
	for i := 0; i < len(fraction); i++ {
		ok = ok && isDigit(fraction[i])
	}
	return number, ok
}

// Digits reads text that has only decimal digits, and some. Above 2^53 what it
// answers is near the number. (What strconv.Atoi makes of its errors weighs more
// than all of this package.)
func Digits(text string) (float64, bool) {
	number := 0.0
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			return 0, false
		}
		number = number*10 + float64(text[i]-'0')
	}
	return number, text != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// parseDate reads a date-time of RFC 3339, section 5.6, into milliseconds since
// the epoch; 0 for anything else. One without a zone is nothing: what it means
// depends on who reads it.
func parseDate(text string) int64 {
	// The shape, where 0 stands for a digit.
	const shape = "0000-00-00T00:00:00"
	if len(text) <= len(shape) {
		return 0
	}
	for i := 0; i < len(shape); i++ {
		c := text[i]
		if isDigit(c) {
			c = '0'
		}
		if c != shape[i] && !(i == 10 && (c == ' ' || c == 't')) {
			return 0
		}
	}
	number := func(from, to int) int {
		n, _ := Digits(text[from:to])
		return int(n)
	}
	date, ok := UnixMilli(number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19))
	if !ok {
		return 0
	}
	zone := text[len(shape):]
	if zone[0] == '.' {
		weight := int64(100)
		for zone = zone[1:]; zone != "" && isDigit(zone[0]); zone = zone[1:] {
			date += weight * int64(zone[0]-'0')
			weight /= 10
		}
	}
	offset, ok := parseZone(zone)
	if !ok {
		return 0
	}
	return date - offset
}

// parseZone reads "Z", "+hh:mm" or "-hh:mm" into milliseconds east of UTC.
func parseZone(zone string) (offset int64, ok bool) {
	if zone == "Z" || zone == "z" {
		return 0, true
	}
	if len(zone) != 6 || zone[3] != ':' || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	hours, okHours := Digits(zone[1:3])
	minutes, okMinutes := Digits(zone[4:6])
	offset = int64(hours*60+minutes) * 60_000
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, okHours && okMinutes && hours < 24 && minutes < 60
}

// UnixMilli answers a date of the Gregorian calendar, in UTC, in milliseconds
// since the Unix epoch, and false where a part is out of its range. A leap
// second is the second after it. It is here since time.Date would link the time
// zones into the module.
func UnixMilli(year, month, day, hour, minute, second int) (int64, bool) {
	if year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return 0, false
	}
	// Years that begin in March have their leap day at the end, and the months
	// from March on repeat in fives of 153 days.
	if month < 3 {
		year, month = year-1, month+12
	}
	year += 400 // so that no division below is of a negative number
	days := year*365 + year/4 - year/100 + year/400 + (153*month-457)/5 + day - 1
	const epoch = 719468 + 146097 // 1 January 1970, counted so
	return (int64(days-epoch)*86400 + int64(hour*3600+minute*60+second)) * 1000, true
}
