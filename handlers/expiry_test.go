package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/expiry"
	"sessionlab/internal/web/webtest"
)

// try runs a step of the expiry experiment and returns the page that follows.
func try(v *webtest.Visitor, do, jump string) string {
	v.T.Helper()
	a := v.Post("/session/expiry/", url.Values{"do": {do}, "jump": {jump}})
	v.Want(a, http.StatusSeeOther, "")
	page := v.Get(strings.TrimSuffix(a.Header.Get("Location"), "#demo-title"))
	v.Want(page, http.StatusOK, "")
	return page.Body
}

// life returns the part of the page about one session.
func life(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `id="life-`+id+`"`)
	part, _, _ := strings.Cut(rest, "</section>")
	if !ok {
		t.Fatalf("no session %s on the page", id)
	}
	return part
}

// A session expires at its exact second; the browser, whose clock did not jump, sends its key and
// gets another.
func TestExpiryPage(t *testing.T) {
	at := time.Date(2036, 3, 1, 12, 0, 0, 0, time.UTC)
	lab := newTestLabOf(t, Config{Now: func() time.Time { return at }})
	v := lab.Visitor()
	v.Member("ada", "correct horse battery")
	login := v.Cookie("sessionid")
	has := func(page, id, text string) {
		t.Helper()
		if part := life(t, page, id); !strings.Contains(part, text) {
			t.Errorf("%s lacks %q:\n%s", id, text, part)
		}
	}
	rows := lab.Rows("django_session")
	const half = `<time datetime="2036-03-01T12:30:00Z">2036-03-01 12:30:00 UTC</time>`

	has(try(v, "start", ""), "seconds", "in 30 min ("+half+")")
	if v.Cookie("sessionid") != login {
		t.Error("the experiment touched the login's cookie")
	}
	try(v, "jump", "29min")
	has(try(v, "read", ""), "seconds", "Nothing moved")
	has(try(v, "jump", "30s"), "seconds", "in 30 s ("+half+")")
	at = at.Add(29 * time.Second)
	has(v.Get("/session/expiry/").Body, "seconds", "in 1 s (")
	at = at.Add(time.Second)
	page := v.Get("/session/expiry/").Body
	has(page, "seconds", "life-end") // the experiment's clock also runs between jumps
	has(page, "seconds", "dead for 0 s (since "+half+"), still in the table")
	has(page, "seconds", "still sends the dead session")
	if strings.Contains(life(t, page, "date"), "life-end") {
		t.Error("a session of a day died after half an hour")
	}
	try(v, "jump", "30s")
	page = try(v, "sweep", "")
	has(page, "seconds", "deleted from the table")
	if !strings.Contains(page, "Rows that were deleted: 1") {
		t.Error("the page does not say what was swept")
	}
	has(try(v, "save", ""), "seconds", "A new one begins")
	has(try(v, "read", ""), "seconds", "found the session")

	if n := lab.Rows("django_session"); n != rows {
		t.Errorf("the lab's own table has %d rows, before %d", n, rows)
	}
	v.Want(v.Get("/online/index/"), http.StatusOK, "ada") // only the experiment's clock is 30 minutes ahead
	other := lab.Visitor()
	if strings.Contains(other.Get("/session/expiry/").Body, `id="life-`) {
		t.Error("another visitor sees the experiment")
	}
}

func TestExpiryCookies(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Get("/stage/") // for the name
	a := v.Post("/session/expiry/", url.Values{"do": {"start"}})
	lines := a.Header.Values("Set-Cookie")
	if len(lines) != len(expiry.Expiries()) {
		t.Errorf("%d cookies: %q", len(lines), lines)
	}
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || !strings.HasPrefix(c.Name, "sessionlab_") || c.Path != "/session/expiry/" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("a cookie of the experiment: %+v (%v)", c, err)
		}
	}
	again := lab.Visitor()
	again.Client.Jar.SetCookies(a.Request.URL, a.Cookies()) // all but the visitor's own, which has no Max-Age either
	page := again.Get("/session/expiry/")
	again.Want(page, http.StatusOK, "including that of SetExpiry(0)")

	again.Want(again.Post("/session/expiry/", url.Values{"do": {"end"}}), http.StatusSeeOther, "")
	for _, c := range again.Client.Jar.Cookies(page.Request.URL) {
		if strings.Count(c.Name, "_") > 1 {
			t.Errorf("%s is left", c.Name)
		}
	}
}

func TestExpiryRefuses(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Get("/session/expiry/")
	for _, do := range []string{"read", "save", "sweep", "jump"} {
		if page := try(v, do, "30s"); !strings.Contains(page, "You have no experiment here") {
			t.Errorf("%s without an experiment is not explained", do)
		}
	}
	try(v, "start", "")
	for _, form := range []url.Values{{}, {"do": {"fly"}}, {"do": {"jump"}}, {"do": {"jump"}, "jump": {"1000000h"}}} {
		v.Want(v.Post("/session/expiry/", form), http.StatusBadRequest, "")
	}
	for range 10 {
		try(v, "jump", "400d")
	}
	v.Want(v.Post("/session/expiry/", url.Values{"do": {"jump"}, "jump": {"30s"}}), http.StatusBadRequest, "4,000 days")
	v.Want(v.Post("/session/expiry/", url.Values{"do": {"jump"}, "jump": {"30s"}}, "Origin", "https://evil.example"), http.StatusForbidden, "")
}
