package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionlab/handlers/cookielab/experiment"
)

func TestSitesPage(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	_, port, _ := strings.Cut(strings.TrimPrefix(lab.URL, "http://"), ":")
	v.Want(v.Get("/cookie/sites/"), http.StatusOK, "http://alice.localhost:"+port+"/online/login/")
	chosen := url.Values{"one": {"a.lab.localhost:" + port}, "two": {"b.lab.localhost:" + port}}
	v.Want(v.Get("/cookie/sites/?"+chosen.Encode(), "Accept-Language", "en"), http.StatusOK, "Domain=lab.localhost")
	v.Want(v.Get("/cookie/sites/?one=evil.example", "Accept-Language", "en"), http.StatusBadRequest, "evil.example is not one of the names")
	v.Want(v.Get("/cookie/sites/?one=%3Cb%3E%00"), http.StatusBadRequest, "&lt;b&gt;")

	elsewhere := v.Get("/cookie/sites/", "Host", "lab.test:"+port, "Accept-Language", "en")
	v.Want(elsewhere, http.StatusOK, "from another machine")
	if strings.Contains(elsewhere.Body, "://alice.localhost") || strings.Contains(elsewhere.Body, `value="sitesdomain"`) {
		t.Error("names of the reader's own machine, where the reader is elsewhere")
	}
	policy := v.Get("/cookie/sites/", "Host", "[::1]:"+port).Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "[") || !strings.Contains(policy, "http://localhost:"+port) {
		t.Errorf("a policy that browsers cannot read: %s", policy)
	}
}

// Where *.localhost leads nowhere, 127.0.0.1 serves as the other site of localhost; an experiment
// uses only what the browser can reach.
func TestNextBestSite(t *testing.T) {
	lab := newTestLab(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(lab.URL, "http://"), ":")
	for _, test := range []struct {
		reach, own      string
		loopback, other int
	}{
		{"loopback", "localhost:", http.StatusOK, http.StatusMisdirectedRequest},
		{"own other", "a.lab.localhost:", http.StatusMisdirectedRequest, http.StatusOK},
		{"none", "localhost:", http.StatusMisdirectedRequest, http.StatusMisdirectedRequest},
	} {
		v := lab.Visitor()
		start := v.Post("/cookie/run", url.Values{"experiment": {experiment.SameSiteName}, "reach": {test.reach}, "back": {"/cookie/sites/#table"}}, "Host", "localhost:"+port)
		to, err := url.Parse(start.Header.Get("Location"))
		if err != nil || start.StatusCode != http.StatusSeeOther || to.Host != test.own+port {
			t.Fatalf("%s: %d to %s", test.reach, start.StatusCode, to)
		}
		for host, want := range map[string]int{"127.0.0.1:": test.loopback, "other.localhost:": test.other, test.own: http.StatusOK} {
			if got := v.Get(to.RequestURI(), "Host", host+port).StatusCode; got != want {
				t.Errorf("%s: %s answers %d, want %d", test.reach, host, got, want)
			}
		}
	}
}
