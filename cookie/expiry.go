package cookie

import (
	"strconv"
	"strings"
	"time"
)

// MaxLife is the longest time that a cookie is kept (5.5).
const MaxLife = 400 * 24 * time.Hour

// Expiry is when a cookie of this line ends that comes now: by Max-Age, else by
// Expires, else, with a zero time, with the browser's session (5.7, step 6).
// clamped tells that the line says later than MaxLife allows.
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

// parseMaxAge reads digits, perhaps after a minus (5.6.2). A number that is too
// large for any clock is as good as a large one.
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
