package session

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// DefaultAge is how long a session lives after it was last saved, unless its expiry says otherwise
// (Django's SESSION_COOKIE_AGE).
const DefaultAge = 14 * 24 * time.Hour

// Never, given to SetExpiry, means that the session does not expire in the store; each save gives the
// cookie another 400 days, the most that browsers allow (RFC 6265bis section 5.5). It is the lab's own:
// the tutorial says that None does this, but in Django None means the site's policy.
const Never = time.Duration(math.MaxInt64)

// neverCookie is the cookie's lifetime then.
const neverCookie = 400 * 24 * time.Hour

// never returns the time that stands for no end: the last second that Django and SQLite can write. To
// Django it is a time like any other.
func never() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }

const (
	// expiryName is the name of the expiry within the data, Django's own: null or missing for the
	// default, a number of seconds from each save, or an ISO 8601 time.
	expiryName = "_session_expiry"

	// isoTime reads Python's datetime.isoformat, with a fraction of the second or without.
	isoTime      = "2006-01-02T15:04:05Z07:00"
	isoLocalTime = "2006-01-02T15:04:05" // without an offset: taken for UTC

	// maxAge keeps sums of times in the range of time.Duration and of years of four digits.
	maxAge = 100 * 365 * 24 * time.Hour
)

// SetExpiry sets how long the session lives: an int is a number of seconds from each save (not from a
// read); with 0 the cookie ends with the browser; nil means the site's policy, two weeks from each
// save; a time.Time is that instant, a time.Duration the instant that far from now, and Never no end.
func (s *Session) SetExpiry(value any) {
	stored, err := expiryValue(value, s.now())
	switch {
	case err != nil:
		s.touched = true
		s.fail(err)
	case stored == nil:
		s.Delete(expiryName)
	default:
		s.Set(expiryName, stored)
	}
}

// ExpiryAge returns how long the session lives if it is saved now.
func (s *Session) ExpiryAge() time.Duration {
	s.load()
	return expiryOf(s.view).age(s.now())
}

// ExpiryDate returns when the session expires if it is saved now.
func (s *Session) ExpiryDate() time.Time {
	s.load()
	return expiryOf(s.view).date(s.now())
}

// ExpiresAtBrowserClose reports whether the cookie ends with the browser: after SetExpiry(0).
func (s *Session) ExpiresAtBrowserClose() bool {
	s.load()
	return expiryOf(s.view).atBrowserClose()
}

// expiryValue returns what is stored for an argument of SetExpiry; nil means that the name is removed.
func expiryValue(v any, now time.Time) (any, error) {
	switch v := v.(type) {
	case nil, int, int64, float64:
		return v, nil
	case time.Duration:
		if v == Never {
			return isoFormat(never()), nil
		}
		return isoFormat(now.Add(v).UTC()), nil
	case time.Time:
		if v.Year() < 1 || v.Year() > 9999 {
			return nil, fmt.Errorf("session expiry in the year %d: want four digits", v.Year())
		}
		return isoFormat(v), nil
	}
	return nil, fmt.Errorf("session expiry of type %T: want seconds, nil, time.Time or time.Duration", v)
}

// isoFormat returns t as Python's isoformat writes it: with microseconds only if there are any.
func isoFormat(t time.Time) string {
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02T15:04:05-07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000-07:00")
}

// An expiry is the rule that a session's data holds.
type expiry struct {
	seconds float64   // from each save; 0: the default, and the cookie ends with the browser
	at      time.Time // if not zero, the instant
	none    bool      // nothing is stored, or nothing that is a rule: the default
}

func expiryOf(d Data) expiry {
	v, _ := d.Get(expiryName)
	switch v := v.(type) {
	case int:
		return expiry{seconds: float64(v)}
	case int64:
		return expiry{seconds: float64(v)}
	case float64:
		if v == v { // not NaN
			return expiry{seconds: v}
		}
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return expiry{seconds: f}
		}
	case string:
		for _, layout := range []string{isoTime, isoLocalTime} {
			if t, err := time.Parse(layout, v); err == nil && !t.IsZero() {
				return expiry{at: t}
			}
		}
	}
	return expiry{none: true}
}

// age returns how long after now the session lives, for an instant in whole seconds, rounded down
// (Django's get_expiry_age).
func (e expiry) age(now time.Time) time.Duration {
	switch {
	case e.at.Equal(never()):
		return neverCookie
	case !e.at.IsZero():
		left := e.date(now).Sub(now)
		whole := left.Truncate(time.Second)
		if whole > left {
			whole -= time.Second
		}
		return whole
	case e.none || e.seconds == 0:
		return DefaultAge
	}
	return time.Duration(min(max(e.seconds, -maxAge.Seconds()), maxAge.Seconds()) * float64(time.Second))
}

// date returns when a session that is saved now expires (Django's get_expiry_date), within a
// hundred years from now or, for Never, in the year 9999.
func (e expiry) date(now time.Time) time.Time {
	switch {
	case e.at.Equal(never()):
		return e.at
	case e.at.IsZero():
		return now.Add(e.age(now))
	case e.at.Before(now.Add(-maxAge)):
		return now.Add(-maxAge)
	case e.at.After(now.Add(maxAge)):
		return now.Add(maxAge)
	}
	return e.at
}

// atBrowserClose reports whether the cookie ends with the browser.
func (e expiry) atBrowserClose() bool { return !e.none && e.at.IsZero() && e.seconds == 0 }
