package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHeadersOnEveryAnswer(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	answers := map[string]webtest.Answer{
		"page":     v.Get("/cookie/"),
		"json":     v.Get("/get_add_session/"),
		"404":      v.Get("/nothing"),
		"405":      v.Do(v.Request(http.MethodDelete, "/session/", "")),
		"redirect": v.Get("/online/index/"),
		"slash":    v.Get("/cookie"),
		"static":   v.Get(lab.styles(v)),
		"host":     v.Get("/", "Host", "evil.example"),
		"origin":   v.Post("/online/logout/", nil, "Origin", "http://evil.example"),
	}
	for name, a := range answers {
		for header, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "same-origin",
		} {
			if got := a.Header.Get(header); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		if csp := a.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %s", name, csp)
		}
	}
	if got := answers["405"].Header.Get("Allow"); !strings.Contains(got, "GET") || !strings.Contains(got, "POST") {
		t.Errorf("405 allows %q", got)
	}
	if got := answers["slash"].Header.Get("Location"); got != "/cookie/" {
		t.Errorf("/cookie leads to %q", got)
	}
	if got := answers["static"].Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("a hashed file is cached as %q", got)
	}
	for _, name := range []string{"page", "json", "redirect"} {
		if a := answers[name]; a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Cookie") {
			t.Errorf("%s: personal, but %v", name, a.Header)
		}
	}
}

func TestHosts(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:7377": 200, "a.localhost": 200, "x.lab.localhost:1": 200, "localhost.": 200,
		"127.0.0.1": 200, "192.168.1.7:80": 200, "[::1]:7377": 200, "lab.test": 200, "lab.test:7377": 200,
		"evil.example": 421, "localhost.evil.example": 421, "xlocalhost": 421, "lab.test.evil": 421,
		"127.0.0.1.evil.example": 421, "localhost:80.evil.example": 421, "localhost:80@evil.example": 421, "localhost:99999": 421,
	} {
		if got := v.Get("/", "Host", host).StatusCode; got != want {
			t.Errorf("Host %q: %d, want %d", host, got, want)
		}
	}
	if got := v.Get("/get_add_session/", "Host", "evil.example"); got.StatusCode != 421 || lab.Rows("django_session") != 0 {
		t.Error("a handler ran for a strange host")
	}
}

func TestCrossOrigin(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Member("frank", "correct horse battery")
	for _, header := range [][]string{
		{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
	} {
		v.Want(v.Post("/online/logout/", nil, header...), http.StatusForbidden, "403")
	}
	v.Want(v.Get("/online/index/"), 200, "frank")
	v.Want(v.Post("/online/logout/", nil, "Origin", v.URL), http.StatusSeeOther, "")
}

func TestErrorsInBothLanguagesAndJSON(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Want(v.Get("/nothing", "Accept-Language", "zh-CN"), 404, "没有这个页面")
	v.Want(v.Get("/nothing", "Accept-Language", "en"), 404, "There is no such page")
	v.Want(v.Get("/nothing", "Accept", "application/json"), 404, `{"error":`)
	v.Want(v.Post("/get_add_session/", nil), 405, "405")
	v.Want(v.Post("/online/register/", url.Values{"username": {strings.Repeat("x", 70<<10)}}), 413, "64 KiB")
	v.Want(v.Get("/", "X-Large", strings.Repeat("x", 65<<10)), 431, "64 KiB")
	v.Want(v.Get("/healthz"), 200, `{"status":"ok"}`)
}

// An address that is too long is refused everywhere and not repeated in the response.
func TestLongTargets(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	for _, path := range []string{"/", "/cookie/lab/?line=", "/static/", "/try/?run=", "/nothing?forget-cookies&x="} {
		long := path + strings.Repeat("x", web.MaxTarget+1-len(path))
		for _, a := range []webtest.Answer{v.Get(long), v.Post(long, nil), v.Get(long, "X-Large", strings.Repeat("y", 65<<10))} {
			if v.Want(a, http.StatusRequestURITooLong, "32 KiB"); strings.Contains(a.Body, "xxxx") {
				t.Errorf("%s: the page repeats its address", path)
			}
		}
		v.Want(v.Get(long, "Accept", "application/json"), http.StatusRequestURITooLong, `{"error":`)
		if a := v.Get(long[:web.MaxTarget]); a.StatusCode == http.StatusRequestURITooLong {
			t.Errorf("%s: refused with %d bytes", path, web.MaxTarget)
		}
	}
}

func TestLanguage(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Want(v.Get("/", "Accept-Language", "fr"), 200, `<html lang="en">`)
	v.Want(v.Get("/", "Accept-Language", "zh-TW,en;q=0.5"), 200, `<html lang="zh-Hans">`)
	a := v.Post("/lang", url.Values{"lang": {"zh"}, "next": {"/session/?x=1"}})
	v.Want(a, http.StatusSeeOther, "")
	if a.Header.Get("Location") != "/session/?x=1" {
		t.Errorf("the switch leads to %s", a.Header.Get("Location"))
	}
	v.Want(v.Get("/session/", "Accept-Language", "en"), 200, `<html lang="zh-Hans">`)
	v.Want(v.Post("/lang", url.Values{"lang": {"xx"}}), 400, "")
}

// Malformed requests get a 4xx or a closed connection, in time.
func TestNonsense(t *testing.T) {
	lab := newTestLab(t)
	cookies := "Cookie: " + strings.TrimSuffix(strings.Repeat("a=1; ", 3001), "; ")
	many := "Cookie: sessionid=" + strings.Repeat("b", 32) + strings.Repeat("; sessionid=x\xff\xfe", 2000)
	tests := map[string]string{
		"no HTTP":         "hello\r\n\r\n",
		"no version":      "GET /\r\n\r\n",
		"NUL in path":     "GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"broken percent":  "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"broken query":    "GET /session/?counted=%zz&%=; HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"encoded slashes": "GET /%2f%2fevil.example HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"double slash":    "GET //evil.example/%2f.. HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"two hosts":       "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
		"no host":         "GET / HTTP/1.1\r\n\r\n",
		"3,001 cookies":   "GET /session/ HTTP/1.1\r\nHost: localhost\r\n" + cookies + "\r\n\r\n",
		"3,001 count":     "GET /get_add_cookie HTTP/1.1\r\nHost: localhost\r\n" + cookies + "\r\n\r\n",
		"same cookie":     "GET /session/ HTTP/1.1\r\nHost: localhost\r\n" + many + "\r\n\r\n",
		"NUL in cookie":   "GET /session/ HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid=a\x00b\r\n\r\n",
		"invalid UTF-8":   "GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"broken form":     "POST /online/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\nusername=%zz",
		"broken chunks":   "POST /online/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"broken parts":    "POST /online/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
		"length and te":   "POST /online/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: gzip\r\n\r\nabc",
		"HTTP/9.9":        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
		"unknown coding":  "POST /online/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: foo\r\n\r\n",
		"large header":    "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 300<<10) + "\r\n\r\n",
		"options":         "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"10 MB form":      "POST /online/register/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10485760\r\n\r\n" + strings.Repeat("a", 128<<10),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", lab.Server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second)) // against a hang, not a timing
			fmt.Fprint(conn, raw)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
					t.Fatal("no answer")
				}
				return // closed without an answer
			}
			defer response.Body.Close()
			if response.StatusCode >= 500 {
				t.Errorf("answered %s", response.Status)
			}
			if got := response.Header.Get("Content-Security-Policy"); got != web.ContentSecurityPolicy {
				t.Errorf("%s: Content-Security-Policy %q", response.Status, got)
			}
			if body, err := io.ReadAll(response.Body); response.StatusCode >= 400 && !strings.Contains(string(body), strconv.Itoa(response.StatusCode)) {
				t.Errorf("%s: no page of it: %.100s (%v)", response.Status, body, err)
			}
		})
	}
	lab.Server.Close() // now its last lines are in the log, and nothing more is written
	if strings.Contains(lab.Log.String(), "ERROR") {
		t.Errorf("nonsense is no error of the lab:\n%s", lab.Log.String())
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Member("grace", "correct horse battery")
	v.Get("/session/?secret=in-the-query")
	key := v.Cookie("sessionid")
	lab.Server.Close()
	for _, secret := range []string{"correct horse", key, "in-the-query"} {
		if strings.Contains(lab.Log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if !strings.Contains(lab.Log.String(), "path=/online/login/") {
		t.Error("the log has no line of the login")
	}
}
