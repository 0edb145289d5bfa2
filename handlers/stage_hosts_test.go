package handlers

import (
	"sessionlab/internal/web/webtest"
	"strings"
	"testing"
)

// Cookies ignore ports: two labs on one machine share a jar, and neither takes over the other's visitors.
func TestStageOnTwoPorts(t *testing.T) {
	one, two := newTestLab(t), newTestLab(t)
	here := one.watcher()
	there := &webtest.Visitor{Server: two.Server, Client: here.Client}
	there.Get("/stage/")
	if got := strings.Count(cookieHeader(there), "sessionlab_"); got != 2 {
		t.Fatalf("the jar has %d visitors' cookies: %s", got, cookieHeader(there))
	}
	other := watch(there, "")
	there.Get("/get_add_cookie?there")
	here.Get("/get_add_cookie?here")
	if e := here.exchange(); e.URL != one.Server.URL+"/get_add_cookie?here" {
		t.Errorf("here is seen %s", e.URL)
	}
	e := other.exchange()
	if e.URL != two.Server.URL+"/get_add_cookie?there" {
		t.Errorf("there is seen %s", e.URL)
	}
	for _, part := range strings.Split(field(e.Request.Headers, "Cookie"), "; ") {
		if name, value, _ := strings.Cut(part, "="); strings.HasPrefix(name, "sessionlab_") && value != "••••" {
			t.Errorf("the name that the other lab gave is shown: %s", part)
		}
	}
}

// A visitor's requests to other host names of the lab are shown with their host.
func TestStageOnTwoHosts(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	for _, host := range []string{"a.localhost", "lab.test:80", "[::1]:7377"} {
		r := w.Request("GET", "/get_add_cookie", "", "Cookie", cookieHeader(w.Visitor))
		r.Host = host
		w.Do(r)
		if e := w.exchange(); e.URL != "http://"+host+"/get_add_cookie" || e.Status != 200 {
			t.Errorf("%s is seen as %s, %d", host, e.URL, e.Status)
		}
	}
}
