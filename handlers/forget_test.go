package handlers

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
	"strings"
	"testing"
)

// bomb fills a jar with more cookies than a request may carry, for a given path.
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

// A user with too many cookies can delete them with one click, wherever they are stored, and keeps
// the lab's own.
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

// The longest possible names take more lines than fit into one response, so the browser is redirected
// for the rest.
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

// A path that looks like another site is used neither as a link nor as a redirect.
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

// Deleting cookies takes a few MB at most, whatever the request looks like.
func TestForgetMemory(t *testing.T) {
	lab := newTestLab(t)
	const query, most = "?forget-cookies", 8 << 20
	fill := func(part string, size int) string { return strings.Repeat(part, size/len(part)) }
	long := "/" + fill("a/", web.MaxTarget-len("/"+query)) // a Path for every slash, twice
	var names, fields strings.Builder
	for i := 0; names.Len() < 900<<10; i++ {
		fmt.Fprintf(&names, "%x=; ", i)
	}
	for i := 0; fields.Len() < web.MaxTarget-100; i++ {
		fmt.Fprintf(&fields, "&%x", i)
	}
	for _, test := range []struct{ name, target, host, cookies string }{ // a header may have 1 MB here
		{"a path", long + query, "localhost", "a=b"},
		{"slashes", fill("/", web.MaxTarget-len(query)) + query, "localhost", "a=b"},
		{"cookies", "/" + query, "localhost", names.String()},
		{"cookies without a name", "/" + query, "localhost", fill("a; ", 900<<10)},
		{"the lab's own cookies", "/" + query, "localhost", fill("RES; ", 900<<10)},
		{"a name", "/" + query, "localhost", "__SECURE-" + fill("A", 900<<10) + "=b"},
		{"a host", "/" + query, fill("a.", 900<<10) + "localhost", "a=b"},
		{"fields", "/" + query + fields.String(), "localhost", "a=b"},
		{"a path and cookies", long + query, "localhost", names.String()},
		{"a path and a name", long + query, "localhost", fill("a", 900<<10) + "=b"},
		{"a path, a host and cookies", long + query, fill("a.", 300<<10) + "localhost", names.String()[:600<<10]},
		{"one cookie, of a host", "/cookie/lab/delete", fill("a.", 60<<10) + "localhost", "a=b"},
		{"one cookie, often", "/cookie/lab/delete", "localhost", fill("a=b; ", 60<<10)},
	} {
		ok := t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, test.target, strings.NewReader("pair=a%3Db"))
			request.Host = test.host
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Cookie", test.cookies)
			answer := httptest.NewRecorder()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			lab.Server.Config.Handler.ServeHTTP(answer, request)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Errorf("%d bytes", used)
			}
			if answer.Code != http.StatusSeeOther && answer.Code != http.StatusTemporaryRedirect {
				t.Errorf("answered %d", answer.Code)
			}
			size := 0
			for _, line := range answer.Header()["Set-Cookie"] {
				size += len(line) + len("Set-Cookie: \r\n")
			}
			if size > 160<<10 {
				t.Errorf("%d bytes of header", size)
			}
		})
		if !ok {
			break // the next one could use up the machine's memory
		}
	}
}
