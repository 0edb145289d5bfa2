package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionlab/trial"
)

// try does a step of the experiment with expiry and returns the page that follows.
func (v *visitor) try(do, jump string) string {
	v.t.Helper()
	a := v.post("/session/expiry/", url.Values{"do": {do}, "jump": {jump}})
	v.want(a, http.StatusSeeOther, "")
	page := v.get(strings.TrimSuffix(a.Header.Get("Location"), "#demo-title"))
	v.want(page, http.StatusOK, "")
	return page.body
}

// life is the part of the page about one session.
func life(t *testing.T, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `id="life-`+id+`"`)
	part, _, _ := strings.Cut(rest, "</section>")
	if !ok {
		t.Fatalf("no session %s on the page", id)
	}
	return part
}

// A session dies at its second; the browser, whose clock did not jump, sends its key and gets another.
func TestExpiryPage(t *testing.T) {
	lab := newTestLab(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lab.Now = func() time.Time { return at }
	v := lab.visitor()
	v.member("ada", "correct horse battery")
	login := v.cookie("sessionid")
	has := func(page, id, text string) {
		t.Helper()
		if part := life(t, page, id); !strings.Contains(part, text) {
			t.Errorf("%s lacks %q:\n%s", id, text, part)
		}
	}
	rows := lab.rows("django_session")

	has(v.try("start", ""), "seconds", "in 30 min (2026-03-01 12:30:00)")
	if v.cookie("sessionid") != login {
		t.Error("the experiment touched the login's cookie")
	}
	v.try("jump", "29min")
	has(v.try("read", ""), "seconds", "Nothing moved")
	has(v.try("jump", "30s"), "seconds", "in 30 s (2026-03-01 12:30:00)")
	at = at.Add(29 * time.Second)
	has(v.get("/session/expiry/").body, "seconds", "in 1 s (")
	at = at.Add(time.Second)
	page := v.get("/session/expiry/").body
	has(page, "seconds", "life-end") // the clocks tick, too
	has(page, "seconds", "dead for 0 s (since 2026-03-01 12:30:00), still in the table")
	has(page, "seconds", "still sends the dead session")
	if strings.Contains(life(t, page, "date"), "life-end") {
		t.Error("a session of a day died after half an hour")
	}
	v.try("jump", "30s")
	page = v.try("sweep", "")
	has(page, "seconds", "gone from the table")
	if !strings.Contains(page, "Rows that were deleted: 1") {
		t.Error("the page does not say what was swept")
	}
	has(v.try("save", ""), "seconds", "A new one begins")
	has(v.try("read", ""), "seconds", "found the session")

	if n := lab.rows("django_session"); n != rows {
		t.Errorf("the lab's own table has %d rows, before %d", n, rows)
	}
	v.want(v.get("/online/index/"), http.StatusOK, "ada") // 30 minutes and more are only the experiment's
	other := lab.visitor()
	if strings.Contains(other.get("/session/expiry/").body, `id="life-`) {
		t.Error("another visitor sees the experiment")
	}
}

func TestExpiryCookies(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.get("/session/expiry/")
	a := v.post("/session/expiry/", url.Values{"do": {"start"}})
	lines := a.Header.Values("Set-Cookie")
	if len(lines) != len(trial.Expiries()) {
		t.Errorf("%d cookies: %q", len(lines), lines)
	}
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || !strings.HasPrefix(c.Name, "sessionlab_") || c.Path != "/session/expiry/" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("a cookie of the experiment: %+v (%v)", c, err)
		}
	}
	again := lab.visitor()
	again.client.Jar.SetCookies(a.Request.URL, a.Cookies()) // all but the visitor's own, which has no Max-Age either
	page := again.get("/session/expiry/")
	again.want(page, http.StatusOK, "also that of SetExpiry(0)")

	again.want(again.post("/session/expiry/", url.Values{"do": {"end"}}), http.StatusSeeOther, "")
	for _, c := range again.client.Jar.Cookies(page.Request.URL) {
		if strings.Count(c.Name, "_") > 1 {
			t.Errorf("%s is left", c.Name)
		}
	}
}

func TestExpiryRefuses(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.get("/session/expiry/")
	for _, do := range []string{"read", "save", "sweep", "jump"} {
		if page := v.try(do, "30s"); !strings.Contains(page, "There is no experiment of yours") {
			t.Errorf("%s without an experiment is not explained", do)
		}
	}
	v.try("start", "")
	for _, form := range []url.Values{{}, {"do": {"fly"}}, {"do": {"jump"}}, {"do": {"jump"}, "jump": {"1000000h"}}} {
		v.want(v.post("/session/expiry/", form), http.StatusBadRequest, "")
	}
	for range 10 {
		v.try("jump", "400d")
	}
	v.want(v.post("/session/expiry/", url.Values{"do": {"jump"}, "jump": {"30s"}}), http.StatusBadRequest, "ten times 400 days")
	v.want(v.post("/session/expiry/", url.Values{"do": {"jump"}, "jump": {"30s"}}, "Origin", "https://evil.example"), http.StatusForbidden, "")

	if err := lab.lives.Close(); err != nil {
		t.Error(err)
	}
	lab.lives = trial.NewShelf[*trial.Expiry](1, time.Now)
	v.try("start", "")
	other := lab.visitor()
	refused := other.post("/session/expiry/", url.Values{"do": {"start"}})
	other.want(refused, http.StatusTooManyRequests, "Too many people")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	v.try("end", "")
	other.try("start", "")
	v.want(v.get("/session/expiry/"), http.StatusOK, `value="start"`)
}
