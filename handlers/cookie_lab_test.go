package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web/webtest"
)

// Without a script, the response itself has the line byte for byte, and the page shows what came
// back.
func TestSendLine(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	for typed, want := range map[string]string{
		"a=b; Max-Age=60":      "a=b; Max-Age=60",
		`a=\t1\xff; PATH = /x`: "a=\t1\xff; PATH = /x",
		"a=小店":                 "a=小店",
		`=; ;\\x41`:            `=; ;\x41`,
		"":                     "",
	} {
		a := v.Post("/cookie/lab/", url.Values{"line": {typed}})
		if got := a.Header.Values("Set-Cookie"); a.StatusCode != http.StatusSeeOther || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %d %q, want %q", typed, a.StatusCode, got, want)
		}
		v.Want(v.Get(strings.TrimSuffix(a.Header.Get("Location"), "#seen")), http.StatusOK, "seen-title")
	}
	v = lab.Visitor()
	v.Post("/cookie/lab/", url.Values{"line": {"a=<b>; Path=/cookie"}})
	page := v.Get("/cookie/lab/?sent=1&line=a%3Dc")
	v.Want(page, http.StatusOK, "Cookie: a=&lt;b&gt;")
	v.Want(page, http.StatusOK, "Keep a until the browser closes")
	v.Want(v.Post("/cookie/lab/delete", url.Values{"pair": {"a=<b>"}}), http.StatusSeeOther, "")
	v.Want(v.Get("/cookie/lab/?sent=1"), http.StatusOK, "No cookie came back")
}

// A line that is not sent is explained and stays in its field.
func TestRefusedLines(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Post("/session/", nil)
	key := v.Cookie("sessionid")
	for typed, says := range map[string]string{
		`a=b\r\nSet-Cookie: c=d`: "line break", "a=b\nc": "line break", `a=\0`: "line break", `\x0a`: "line break",
		"sessionid=1": "the lab&#39;s own", "SESSIONID=1; Path=/cookie/lab/": "the lab&#39;s own", "=sessionid=1": "the lab&#39;s own", `\x73essionid=`: "the lab&#39;s own",
		"__Host-sessionid=x; Secure; Path=/": "the lab&#39;s own", "__host-SessionID=x": "the lab&#39;s own", "sessionlab_1=x": "the lab&#39;s own", "lang=zh": "the lab&#39;s own",
		"res; Max-Age=0": "the lab&#39;s own", strings.Repeat("x", experiment.MaxLine+1): "10,000 bytes",
	} {
		for _, reach := range []string{"", "own other"} {
			a := v.Post("/cookie/lab/", url.Values{"line": {typed}, "reach": {reach}, "back": {"/cookie/lab/"}})
			v.Want(a, http.StatusBadRequest, says)
			for _, line := range a.Header.Values("Set-Cookie") {
				if !strings.HasPrefix(line, "sessionlab_") {
					t.Errorf("%q sets %q", typed, line)
				}
			}
		}
		v.Want(v.Post("/cookie/lab/", url.Values{"line": {typed}}, "Accept-Language", "zh"), http.StatusBadRequest, "</textarea>")
		a := v.Post("/cookie/lab/predict", url.Values{"line": {typed}}, "Accept", "text/html")
		v.Want(a, http.StatusBadRequest, `{"error":"`)
	}
	v.Want(v.Post("/cookie/lab/", url.Values{"line": {strings.Repeat("x", 70<<10)}}), http.StatusRequestEntityTooLarge, "")
	v.Want(v.Post("/cookie/lab/", url.Values{"line": {`q="<\x01`}, "reach": {"own"}, "back": {"//evil.example"}}), http.StatusBadRequest, "")
	if v.Cookie("sessionid") != key {
		t.Error("the session is another one")
	}
}

func TestPredictTyped(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	for typed, says := range map[string]string{
		"a=b; Max-Age=600; HttpOnly": "Keep a for 10 minutes, for this host only, on /try/shop and below, hidden from scripts, sent over plain http too",
		"a=b; Domain=lab.localhost":  "for lab.localhost and all hosts below it",
		"__Host-a=b":                 "opinion-refused",
		"a=b; Foo":                   "<code>Foo</code> Foo has no effect",
		"a=b":                        "not measured here",
		`a="<\xff>`:                  "Keep a until",
		"":                           "neither a name nor a value",
	} {
		a := v.Post("/cookie/lab/predict", url.Values{"line": {typed}, "reach": {"own parent"}}, "Accept", "text/html", "Host", "localhost:1")
		v.Want(a, http.StatusOK, says)
		if strings.Contains(a.Body, "<html") || len(a.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q: %v %s", typed, a.Header, a.Body)
		}
	}
	// Browsers differ on SameSite=None without Secure.
	a := v.Post("/cookie/lab/predict", url.Values{"line": {"a=b; SameSite=None"}, "reach": {"own"}}, "Accept", "text/html", "Host", "localhost:1")
	if strings.Count(a.Body, `class="opinion`) < 3 {
		t.Errorf("one opinion: %s", a.Body)
	}
	v.Want(v.Post("/cookie/lab/predict", url.Values{"line": {"a=b"}}, "Accept", "text/html"), http.StatusOK, "/cookie/lab/")
}

// Visitors neither see nor reach each other's experiments.
func TestExperimentsOfOthers(t *testing.T) {
	lab := newTestLab(t)
	alice, bob := lab.Visitor(), lab.Visitor()
	for _, v := range []*webtest.Visitor{alice, bob} {
		v.Want(v.Get("/cookie/lab/"), http.StatusOK, "")
	}
	a := alice.Post("/cookie/lab/", url.Values{"line": {"secret=zq81"}, "reach": {"none"}, "back": {"/cookie/lab/#tried"}})
	run := strings.TrimPrefix(a.Header.Get("Location"), lab.URL)
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(run, "/try/?run=") {
		t.Fatalf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
	token := strings.TrimPrefix(run, "/try/?run=")
	for number := range 3 {
		alice.Get(fmt.Sprintf("/try/%s%s&step=%d", experiment.LinePath, run[len("/try/"):], number))
	}
	alice.Want(alice.Get("/cookie/lab/"), http.StatusOK, "secret=zq81")
	if page := bob.Get("/cookie/lab/"); strings.Contains(page.Body, "zq81") || strings.Contains(page.Body, token) {
		t.Error("bob sees what alice did")
	}
	bob.Want(bob.Post("/cookie/lab/delete", url.Values{"reach": {"none"}, "back": {"/cookie/lab/"}, "cookie": {"secret=zq81; 127.0.0.1; /try/shop"}}), http.StatusNotFound, "")

	// From another machine even the token is worthless, whatever the headers say.
	routes := lab.Server.Config.Handler
	for _, request := range []*http.Request{
		httptest.NewRequest(http.MethodGet, run, nil),
		httptest.NewRequest(http.MethodGet, run+"&step=0", nil),
		httptest.NewRequest(http.MethodPost, run+"&step=0", nil),
		httptest.NewRequest(http.MethodPost, "/cookie/run/stop", strings.NewReader("run="+token)),
		httptest.NewRequest(http.MethodPost, "/cookie/run/next", strings.NewReader(`{"run":"`+token+`","path":"/try/"}`)),
	} {
		request.RemoteAddr, request.Host = "192.0.2.7:4711", strings.TrimPrefix(lab.URL, "http://")
		request.Header.Set("X-Forwarded-For", "127.0.0.1")
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasSuffix(request.URL.Path, "/next") {
			request.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, request)
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "zq81") || strings.Contains(w.Header().Get("Set-Cookie"), "secret") {
			t.Errorf("%s %s from elsewhere: %d", request.Method, request.URL.Path, w.Code)
		}
	}
	for _, guess := range []string{"", "AAAAAAAAAAAAAAAAAAAAAAAAAA", token[1:], strings.ToLower(token), token + "x"} {
		bob.Want(bob.Get("/try/?run="+url.QueryEscape(guess)), http.StatusNotFound, "")
	}
	if log := lab.Log.String(); strings.Contains(log, "zq81") || strings.Contains(log, token) {
		t.Error("the log has a cookie or a token")
	}
}

// No page gives a name; the stage gives one, and so does an experiment, however often it asks.
func TestNamesAreGivenLate(t *testing.T) {
	lab := newTestLab(t)
	for page := range strings.SplitSeq("/ /stateless/ /cookie/ /cookie/lab/ /cookie/sites/ /cookie/limits/ /session/ /session/console/ /session/expiry/ /session/engines/ /session/race/ /online/login/ /stage/", " ") {
		names, want := 0, 0
		if page == "/stage/" {
			want = 1
		}
		for _, line := range lab.Visitor().Get(page).Header.Values("Set-Cookie") {
			if strings.HasPrefix(line, "sessionlab_") {
				names++
			}
		}
		if names != want {
			t.Errorf("%s gives %d names, want %d", page, names, want)
		}
	}
}
