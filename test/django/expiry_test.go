package django

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// expiry holds what Django says about the expiry of a session.
type expiry struct {
	Age          float64   // seconds
	Row          time.Time // the column expire_date
	BrowserClose bool      `json:"browser_close"`
}

// fromNow returns a time in ISO 8601, as Django's commands take it.
func fromNow(d time.Duration) string {
	return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05.000000-07:00")
}

// nearly reports whether two durations are close enough, allowing for the time between two looks on a slow machine.
func nearly(a, b time.Duration) bool { return (a - b).Abs() <= time.Minute }

// The lab respects an expiry set by Django, in the row and in the cookie, which equals that of Django's own middleware.
func TestExpiry(t *testing.T) {
	lab, django := both(t)
	const policy = 14 * 24 * time.Hour
	for _, test := range []struct {
		name   string
		expiry any
		age    time.Duration
		fixed  bool // a moment in time, which a write does not move
	}{
		{"the default", nil, policy, false},
		{"five minutes", 300, 300 * time.Second, false},
		{"a year", 365 * 86400, 365 * 24 * time.Hour, false},
		{"the end of the browser", 0, policy, false},
		{"an instant", fromNow(time.Hour), time.Hour, true},
		{"an instant in another zone", time.Now().Add(time.Hour).In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04:05-07:00"), time.Hour, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			key := ask[string](django, "create", `{"res":40}`, test.expiry)
			made := ask[expiry](django, "expiry", key)
			byLab := parseCookie(t, lab.browserWith(key).count(41).cookie)
			byDjango := parseCookie(t, ask[visit](django, "visit", key).Cookie)
			if !nearly(byLab.Expires.Sub(byDjango.Expires), 0) ||
				!nearly(time.Duration(byLab.MaxAge-byDjango.MaxAge)*time.Second, 0) {
				t.Errorf("the lab's cookie %v, Django's %v", byLab, byDjango)
			}
			if atClose := byLab.MaxAge == 0 && byLab.RawExpires == ""; atClose != (test.expiry == 0) {
				t.Errorf("the lab's cookie %v", byLab)
			}
			for _, cookie := range []*http.Cookie{byLab, byDjango} { // they were compared above
				cookie.Raw, cookie.MaxAge, cookie.Expires, cookie.RawExpires = "", 0, time.Time{}, ""
			}
			if byLab.String() != byDjango.String() {
				t.Errorf("the lab's cookie %v, Django's %v", byLab, byDjango)
			}

			lab.browserWith(key).count(43)
			saved := ask[expiry](django, "expiry", key)
			if saved.BrowserClose != (test.expiry == 0) || !nearly(time.Duration(saved.Age)*time.Second, test.age) {
				t.Errorf("after the lab's write Django says %+v", saved)
			}
			if test.fixed && !saved.Row.Equal(made.Row) {
				t.Errorf("the lab moved the instant from %v to %v", made.Row, saved.Row)
			}
			if !test.fixed && (!saved.Row.After(made.Row) || !nearly(time.Until(saved.Row), test.age)) {
				t.Errorf("the row made at %v lives until %v after the lab's write", made.Row, saved.Row)
			}
		})
	}
}

func parseCookie(t *testing.T, line string) *http.Cookie {
	t.Helper()
	cookie, err := http.ParseSetCookie(line)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return cookie
}

// An expired session is dead to both sides, whichever saved it last.
func TestExpired(t *testing.T) {
	lab, django := both(t)
	byDjango := ask[string](django, "create", `{"res":41}`, 1)
	byLab := ask[string](django, "create", `{"res":41}`)
	renewed := ask[string](django, "create", `{"res":41}`, 1)
	lab.browserWith(byLab).count(42)
	django.do("set_expiry", byLab, 1)
	lab.browserWith(byLab).count(43)
	time.Sleep(600 * time.Millisecond)
	lab.browserWith(renewed).count(42) // renews its second
	time.Sleep(600 * time.Millisecond)
	if got := django.session(renewed); got != `{"res":42,"_session_expiry":1}` && got != `{"_session_expiry":1,"res":42}` {
		t.Errorf("Django reads the session that the lab renewed as %q", got)
	}
	for name, key := range map[string]string{
		"Django saved it":       byDjango,
		"the lab saved it":      byLab,
		"saved in the past":     ask[string](django, "create", `{"res":41}`, -5),
		"until a past instant":  ask[string](django, "create", `{"res":41}`, fromNow(-time.Hour)),
		"until a moment ago":    ask[string](django, "create", `{"res":41}`, fromNow(-time.Millisecond)),
		"it ended a month past": ask[string](django, "create", `{"res":41}`, -30*86400),
	} {
		if got := django.session(key); got != "" {
			t.Errorf("%s: Django reads %s", name, got)
		}
		b := lab.browserWith(key)
		b.count(1)
		if b.key() == key {
			t.Errorf("%s: the lab took over the key", name)
		}
	}
}

// clearsessions of either side deletes the expired rows of both, and no others.
func TestClearSessions(t *testing.T) {
	for _, test := range []struct {
		name  string
		clear func(*lab, *django) string
		says  string
	}{
		{"the lab's", func(l *lab, _ *django) string { return l.command("clearsessions") }, "4 expired sessions deleted"},
		{"Django's", func(_ *lab, d *django) string { return ask[string](d, "manage", "clearsessions") }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			lab, django := both(t)
			alive := lab.browser()
			alive.count(1)
			live := []string{
				alive.key(),
				ask[string](django, "create", `{}`),
				ask[string](django, "create", `{}`, 0),
				ask[string](django, "create", `{}`, 60),
				ask[string](django, "create", `{}`, fromNow(time.Minute)),
			}
			dying := lab.browser()
			dying.count(1)
			django.do("set_expiry", dying.key(), 1)
			dying.count(2) // the lab stores when it expires
			ask[string](django, "create", `{}`, 1)
			ask[string](django, "create", `{}`, -60)
			ask[string](django, "create", `{}`, fromNow(-time.Minute))
			time.Sleep(1200 * time.Millisecond)

			if got := test.clear(lab, django); strings.TrimSpace(got) != test.says {
				t.Errorf("it says %q", got)
			}
			slices.Sort(live)
			if got := ask[[]string](django, "keys"); !slices.Equal(got, live) {
				t.Errorf("left are %v, want %v", got, live)
			}
			alive.count(2)
		})
	}
}
