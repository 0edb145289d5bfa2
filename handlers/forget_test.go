package handlers

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"sessionlab/internal/web/webtest"
	"strings"
	"testing"
)

// bomb fills a jar with more than a request may carry, below a path.
func bomb(v *webtest.Visitor, path string) {
	v.T.Helper()
	at, err := url.Parse(v.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	var cookies []*http.Cookie
	for i := range 180 {
		cookies = append(cookies, &http.Cookie{Name: fmt.Sprintf("n%03d", i), Value: strings.Repeat("x", 4092), Path: path})
	}
	v.Client.Jar.SetCookies(at.JoinPath(path), cookies)
}

// Who has too many cookies gets rid of them with one click, wherever they are kept, and keeps the lab's own.
func TestCookieBomb(t *testing.T) {
	lab := newTestLab(t)
	for path, page := range map[string]string{"/": "/cookie/", "/cookie": "/cookie/", "/cookie/": "/cookie/", "/session/": "/session/"} {
		t.Run(path, func(t *testing.T) {
			v := lab.Visitor()
			v.T = t
			styles := lab.styles(v)
			v.Post("/lang", url.Values{"lang": {"zh"}})
			v.Want(v.Post("/session/", nil), http.StatusSeeOther, "")
			bomb(v, path)
			v.Want(v.Get(page), http.StatusRequestHeaderFieldsTooLarge, `action="`+page+`?forget-cookies"`)
			v.Want(v.Get(styles), http.StatusOK, "")
			v.Want(v.Post(page+"?forget-cookies", nil, "Origin", "http://evil.example"), http.StatusForbidden, "")
			a := v.Post(page+"?forget-cookies", nil)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != page {
				t.Fatalf("%d, to %q", a.StatusCode, a.Header.Get("Location"))
			}
			v.Want(v.Get(page), http.StatusOK, "zh-Hans")
			if v.Cookie("sessionid") == "" || v.Cookie("lang") != "zh" {
				t.Error("the lab's own cookies are gone, too")
			}
		})
	}
	if log := lab.Log.String(); strings.Contains(log, "n001") || strings.Contains(log, "xxxx") {
		t.Error("a cookie is in the log")
	}
}

// The longest names there are take more lines than fit into an answer: the browser is sent again.
func TestCookieBombOfNames(t *testing.T) {
	lab := newTestLab(t)
	jar, _ := cookiejar.New(nil)
	v := &webtest.Visitor{Server: lab.Server, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	at, _ := url.Parse(lab.URL)
	for i := range 40 {
		jar.SetCookies(at, []*http.Cookie{{Name: fmt.Sprintf("%04000d", i), Value: "x", Path: "/"}})
	}
	rounds := 0
	for to := "/stage/exchange/1/?forget-cookies"; strings.Contains(to, "forget-cookies"); rounds++ {
		a := v.Post(to, nil)
		to = a.Header.Get("Location")
		size := 0
		for _, line := range a.Header.Values("Set-Cookie") {
			size += len(line) + len("Set-Cookie: \r\n")
		}
		if size > 256<<10 {
			t.Fatalf("%d bytes of header", size)
		}
	}
	if v.Want(v.Get("/"), http.StatusOK, ""); rounds < 2 || rounds > 16 {
		t.Errorf("%d rounds", rounds)
	}
}

// An address that looks like another site's is no link, and no redirect.
func TestForgetLeadsNowhereElse(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	for _, path := range []string{"//evil.example/", "/%5cevil.example/", "/.//evil.example", "//evil.example/%2e%2e", "/%0d%0aSet-Cookie:%20a=b/"} {
		page := v.Get(path, "Cookie", "a="+strings.Repeat("x", 70<<10))
		v.Want(page, http.StatusRequestHeaderFieldsTooLarge, "forget-cookies")
		if regexp.MustCompile(`(href|action)="/[/\\]`).MatchString(page.Body) {
			t.Errorf("%s: the page leads to another site", path)
		}
		request := v.Request(http.MethodPost, "/", "", "Cookie", "a=1; nameless; sessionid=s; res=1")
		request.URL.Opaque = "//" + request.URL.Host + path + "?forget-cookies"
		a := v.Do(request)
		if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
			t.Errorf("%s leads to %d %q", path, a.StatusCode, to)
		}
		for _, line := range a.Header.Values("Set-Cookie") {
			if name, _, _ := strings.Cut(line, ";"); name != "a=" && name != "deleted" {
				t.Errorf("%s sets %q", path, line)
			}
		}
	}
}
