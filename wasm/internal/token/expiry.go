package token

// No instant is later than the end of the year 9999: what servers send for
// "never" may be anything up to the largest number there is.
const (
	maxSeconds = 253402300799
	maxMillis  = maxSeconds*1000 + 999
)

// Expiry answers when a token that has just arrived expires, by the local
// clock, in milliseconds since the Unix epoch; 0 where that is not known.
//
// expiresIn is the answer's lifetime in seconds, if hasIn (RFC 6749, section
// 5.1); expiresAt its instant in milliseconds, 0 for none; access the token,
// which may be a JWT; now the local time of receipt in milliseconds. They count
// in that order. A lifetime, also the one between a JWT's iat and exp, runs from
// the receipt, so that a wrong local clock does no harm. A lifetime that is not
// positive says nothing, and a fresh token that has expired by an absolute date
// tells that the clocks disagree: both are 0, and then only a 401 tells.
func Expiry(expiresIn float64, hasIn bool, expiresAt int64, access string, now int64) int64 {
	if hasIn && expiresIn == expiresIn { // not NaN
		if expiresIn <= 0 {
			return 0
		}
		return after(now, int64(min(expiresIn, maxSeconds)*1000))
	}
	if expiresAt == 0 {
		exp, iat := Lifetime(access)
		if iat > 0 && exp > iat {
			return after(now, (exp-iat)*1000)
		}
		expiresAt = exp * 1000
	}
	if expiresAt <= now {
		return 0
	}
	return min(expiresAt, maxMillis)
}

// after adds a delay to now, both in milliseconds and the delay positive.
func after(now, delay int64) int64 {
	if now > maxMillis-delay {
		return maxMillis
	}
	return now + delay
}
