package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/session/storetest"
	"sessionlab/trial"
)

// tryEngines does a step of the experiment with engines and returns the page that follows.
func (v *visitor) tryEngines(do string) string {
	v.t.Helper()
	a := v.post("/session/engines/", url.Values{"do": {do}})
	v.want(a, http.StatusSeeOther, "")
	page := v.get(strings.TrimSuffix(a.Header.Get("Location"), "#demo-title"))
	v.want(page, http.StatusOK, "")
	return page.body
}

func TestEnginesPage(t *testing.T) {
	server := storetest.StartRedis(t)
	lab := newTestLab(t)
	lab.NewRedis = server.Client
	v := lab.visitor()
	v.member("grace", "correct horse battery")
	rows := lab.rows("django_session")
	cell := func(page, engine, question string) string {
		t.Helper()
		_, row, _ := strings.Cut(page, `id="engine-`+engine+`"`)
		row, _, _ = strings.Cut(row, "</tr>")
		found := regexp.MustCompile(`data-ask="` + question + `"[^>]*>([^<]*)<`).FindStringSubmatch(row)
		if found == nil {
			t.Fatalf("%s has no cell for %s:\n%s", engine, question, page)
		}
		return found[1]
	}
	if page := v.tryEngines("start"); cell(page, "db", "logout") != "" {
		t.Error("an answer before anything was tried")
	}
	for _, do := range []string{"write", "read", "restart"} {
		v.tryEngines(do)
	}
	page := v.tryEngines("logout")
	for engine, want := range map[string][2]string{
		"db": {"✓ yes", "✓ is worthless"}, "cache": {"✗ gone", "✓ is worthless"}, "cached_db": {"✓ yes", "✓ is worthless"},
		"signed_cookies": {"✓ yes", "✗ still works"}, "redis": {"✓ yes", "✓ is worthless"},
	} {
		if got := [2]string{cell(page, engine, "restart"), cell(page, engine, "logout")}; got != want {
			t.Errorf("%s: %q, want %q", engine, got, want)
		}
	}
	if n := strings.Count(page, `class="histogram"`); n != 10 {
		t.Errorf("%d histograms", n)
	}
	if !strings.Contains(page, "n = 60, median ") {
		t.Error("no numbers beside the histograms")
	}
	if n := lab.rows("django_session"); n != rows {
		t.Errorf("the lab's own table has %d rows, before %d", n, rows)
	}
	v.want(v.get("/online/index/"), http.StatusOK, "grace")
	if strings.Contains(lab.visitor().get("/session/engines/").body, `id="engine-db"`) {
		t.Error("another visitor sees the experiment")
	}
	v.tryEngines("end")
	client := server.Client()
	defer client.Close()
	if keys := client.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("left in Redis: %d keys", len(keys))
	}
}

func TestEnginesRefuse(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.get("/session/engines/")
	if page := v.tryEngines("write"); !strings.Contains(page, "There is no experiment of yours") {
		t.Error("a step without an experiment is not explained")
	}
	if page := v.tryEngines("start"); !strings.Contains(page, "no Redis that this lab can reach") {
		t.Error("nothing is said about how to start a Redis")
	}
	for _, form := range []url.Values{{}, {"do": {"drop"}}} {
		v.want(v.post("/session/engines/", form), http.StatusBadRequest, "")
	}
	v.want(v.post("/session/engines/", url.Values{"do": {"write"}}, "Origin", "https://evil.example"), http.StatusForbidden, "")

	if err := lab.engines.Close(); err != nil {
		t.Error(err)
	}
	lab.engines = trial.NewShelf[*trial.Engines](1, time.Now)
	v.tryEngines("start")
	other := lab.visitor()
	refused := other.post("/session/engines/", url.Values{"do": {"start"}})
	other.want(refused, http.StatusTooManyRequests, "Too many people")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
