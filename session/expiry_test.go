package session

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"
)

// argument returns the Go value for what a vector gave to Django's set_expiry.
func argument(t *testing.T, python string) any {
	t.Helper()
	values := map[string]any{
		"None": nil, "300": 300, "-5": -5, "0": 0, "12.5": 12.5,
		"datetime.timedelta(seconds=3600)":                                                                  time.Hour,
		"datetime.timedelta(days=-1, seconds=86399)":                                                        -time.Second,
		"datetime.timedelta(seconds=1, microseconds=500000)":                                                1500 * time.Millisecond,
		"datetime.datetime(2026, 12, 1, 0, 0, tzinfo=datetime.timezone.utc)":                                time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		"datetime.datetime(2026, 12, 1, 8, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=28800)))": time.Date(2026, 12, 1, 8, 0, 0, 0, time.FixedZone("", 28800)),
	}
	v, ok := values[python]
	if !ok {
		t.Fatalf("no Go value for %s", python)
	}
	return v
}

func parseISO(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(isoTime, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestExpiryAsDjango(t *testing.T) {
	for _, v := range readVectors(t).SetExpiry {
		t.Run(v.SetExpiry, func(t *testing.T) {
			now := parseISO(t, v.Now)
			stored, err := expiryValue(argument(t, v.SetExpiry), now)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(stored) != fmt.Sprint(v.Stored) {
				t.Errorf("stored %v, want %v", stored, v.Stored)
			}
			var d Data
			if err := d.Set(expiryName, stored); err != nil {
				t.Fatal(err)
			}
			e := expiryOf(d)
			if got := e.age(now).Seconds(); got != v.Age {
				t.Errorf("age %v s, want %v s", got, v.Age)
			}
			if got, want := e.date(now), parseISO(t, v.Date); !got.Equal(want) {
				t.Errorf("date %v, want %v", got, want)
			}
			if got := e.atBrowserClose(); got != v.AtBrowserClose {
				t.Errorf("at browser close %t, want %t", got, v.AtBrowserClose)
			}
		})
	}
}

func TestExpiryOddlyStored(t *testing.T) {
	now := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	for raw, want := range map[string]time.Duration{
		`null`: DefaultAge, `"soon"`: DefaultAge, `true`: DefaultAge, `[]`: DefaultAge, `{}`: DefaultAge, `""`: DefaultAge,
		`NaN`: DefaultAge, `0.0`: DefaultAge, `"0001-01-01T00:00:00"`: DefaultAge,
		`1e300`: maxAge, `-1e300`: -maxAge, `Infinity`: maxAge, `99999999999999999999999`: maxAge,
		`"9999-12-31T23:59:58+00:00"`: maxAge, `"0001-01-01T00:00:01+00:00"`: -maxAge,
		`"2026-11-22T22:00:10"`: 10 * time.Second, `"2026-11-22T22:00:10Z"`: 10 * time.Second,
		`"2026-11-22T22:00:10.5+00:00"`: 10 * time.Second,
	} {
		e := expiryOf(parse(t, `{"_session_expiry":`+raw+`}`))
		if got := e.age(now); got != want {
			t.Errorf("%s: age %v, want %v", raw, got, want)
		}
		if y := e.date(now).Year(); y < 1900 || y > 2130 {
			t.Errorf("%s: year %d", raw, y)
		}
		if want := raw == "0.0"; e.atBrowserClose() != want {
			t.Errorf("%s: at browser close %t, want %t", raw, e.atBrowserClose(), want)
		}
	}
}

func TestNever(t *testing.T) {
	stored, err := expiryValue(Never, time.Now())
	if err != nil || stored != "9999-12-31T23:59:59+00:00" {
		t.Fatalf("stored %v (%v)", stored, err)
	}
	var d Data
	if err := d.Set(expiryName, stored); err != nil {
		t.Fatal(err)
	}
	e := expiryOf(d)
	for _, now := range []time.Time{time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC), time.Date(2226, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if e.age(now) != 400*24*time.Hour || formatTime(e.date(now)) != "9999-12-31 23:59:59" || e.atBrowserClose() {
			t.Errorf("in %d: age %v, date %v", now.Year(), e.age(now), e.date(now))
		}
	}
}

func TestSetExpiryRefuses(t *testing.T) {
	for _, v := range []any{"300", true, json.Number("3"), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if stored, err := expiryValue(v, time.Now()); err == nil {
			t.Errorf("%T %v was stored as %v, want an error", v, v, stored)
		}
	}
	if _, err := expiryValue(math.MaxInt, time.Now()); err != nil {
		t.Errorf("a large number of seconds: %v", err)
	}
}

func TestTimeText(t *testing.T) {
	for _, v := range readVectors(t).TimeText {
		at := parseISO(t, v[0])
		if got := formatTime(at); got != v[1] {
			t.Errorf("%s is %q, want %q", v[0], got, v[1])
		}
		if got, err := parseTime(v[1]); err != nil || !got.Equal(at) {
			t.Errorf("%q is %v (%v), want %v", v[1], got, err, at)
		}
	}
	for _, s := range []string{"", "2027-01-01", "2027-01-01T00:00:00Z", "2027-01-01 00:00:00+00:00", "1700000000", "2027-13-01 00:00:00"} {
		if got, err := parseTime(s); err == nil {
			t.Errorf("%q was read as %v, want an error", s, got)
		}
	}
}
