package cookie

import (
	"strconv"
	"strings"
	"time"
)

// MaxLife is the longest time that a browser keeps a cookie (5.5).
const MaxLife = 400 * 24 * time.Hour

// Expiry returns when a cookie set by this line now would expire: by Max-Age, else
// by Expires, else with the browser's session, which is a zero time (5.7, step 6).
// clamped reports that the line asks for more than MaxLife.
func (l Line) Expiry(now time.Time) (at time.Time, clamped bool) {
	limit := now.Add(MaxLife)
	switch age, expires := l.Get("Max-Age"), l.Get("Expires"); {
	case age != nil && age.age <= 0:
		return time.Unix(0, 0).UTC(), false // long ago
	case age != nil:
		at = now.Add(age.age)
	case expires != nil:
		at = expires.date
	}
	if at.After(limit) {
		return limit, true
	}
	return at, false
}

// parseMaxAge reads a number of seconds: digits, perhaps after a minus sign (5.6.2).
// A number too large for any clock means the same as a large one.
func (p Profile) parseMaxAge(value string) (time.Duration, bool) {
	digits := strings.TrimPrefix(value, "-")
	if p.PlusMaxAge && digits == value {
		digits = strings.TrimPrefix(value, "+")
	}
	if digits == "" || leadingDigits(digits) != digits {
		return 0, false
	}
	const tooLong = 2 * MaxLife
	seconds, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case value[0] == '-':
		return -1, true
	case err != nil || seconds > int64(tooLong/time.Second):
		return tooLong, true
	}
	return time.Duration(seconds) * time.Second, true
}
