package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sessionlab/internal/web/webtest"
	"sessionlab/session/storetest"
)

// tryEngines runs a step of the engines experiment and returns the page that follows.
func tryEngines(v *webtest.Visitor, do string) string {
	v.T.Helper()
	a := v.Post("/session/engines/", url.Values{"do": {do}})
	v.Want(a, http.StatusSeeOther, "")
	page := v.Get(strings.TrimSuffix(a.Header.Get("Location"), "#demo-title"))
	v.Want(page, http.StatusOK, "")
	return page.Body
}

func TestEnginesPage(t *testing.T) {
	server := storetest.StartRedis(t)
	lab := newTestLabOf(t, Config{NewRedis: server.Client})
	v := lab.Visitor()
	v.Member("grace", "correct horse battery")
	rows := lab.Rows("django_session")
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
	if page := tryEngines(v, "start"); cell(page, "db", "logout") != "" {
		t.Error("an answer before anything was tried")
	}
	for _, do := range []string{"write", "read", "restart"} {
		tryEngines(v, do)
	}
	page := tryEngines(v, "logout")
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
	if n := lab.Rows("django_session"); n != rows {
		t.Errorf("the lab's own table has %d rows, before %d", n, rows)
	}
	v.Want(v.Get("/online/index/"), http.StatusOK, "grace")
	if strings.Contains(lab.Visitor().Get("/session/engines/").Body, `id="engine-db"`) {
		t.Error("another visitor sees the experiment")
	}
	tryEngines(v, "end")
	client := server.Client()
	defer client.Close()
	if keys := client.Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("left in Redis: %d keys", len(keys))
	}
}

func TestEnginesRefuse(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Get("/session/engines/")
	if page := tryEngines(v, "write"); !strings.Contains(page, "You have no experiment here") {
		t.Error("a step without an experiment is not explained")
	}
	if page := tryEngines(v, "start"); !strings.Contains(page, "cannot reach a Redis server") {
		t.Error("nothing is said about how to start a Redis")
	}
	for _, form := range []url.Values{{}, {"do": {"drop"}}} {
		v.Want(v.Post("/session/engines/", form), http.StatusBadRequest, "")
	}
	v.Want(v.Post("/session/engines/", url.Values{"do": {"write"}}, "Origin", "https://evil.example"), http.StatusForbidden, "")
}
