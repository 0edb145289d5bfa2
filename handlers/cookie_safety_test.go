package handlers

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"sessionlab/internal/web/webtest"
	"slices"
	"strings"
	"testing"
	"time"
)

// payloads are inputs that make a careless server send headers chosen by an attacker, include an
// attacker's script in a page, or redirect the browser to another site.
var payloads = []string{
	"\r\nX-Evil: 1", "\nX-Evil: 1", "\rX-Evil: 1", "\r\n X-Evil: 1", "a=b\r\nSet-Cookie: evil=1", "a=b; Path=/\r\n\r\n<script>evil</script>",
	"%0d%0aX-Evil:%201", "%0aX-Evil:%201", "%250d%250aX-Evil:%201", "%E5%98%8A%E5%98%8DX-Evil:%201",
	"\u560a\u560dX-Evil: 1", "\u010d\u010aX-Evil: 1", "a\u2028X-Evil: 1", "a\u0085X-Evil: 1", "a\x0bX-Evil: 1", "a\x0cX-Evil: 1", "a=b\x00\r\nX-Evil: 1",
	`a=b\r\nX-Evil: 1`, `a=b\x0d\x0aSet-Cookie: evil=1`, `a=b\x0aX-Evil: 1`, `a\0b`,
	"//evil.example", "///evil.example/cookie/", `/\evil.example`, `\/evil.example`, "/\t/evil.example/cookie/", "https://evil.example/cookie/", "http:evil.example",
	"javascript:evil()", "data:text/html,<script>evil</script>", "//evil.example/cookie/", "http://localhost@evil.example/cookie/", "@evil.example/cookie/",
	"/cookie/../..//evil.example", `/cookie/..\..\\evil.example`, "/cookie/%2e%2e/%2e%2e//evil.example", ".evil.example", ":80@evil.example",
	`"><script>evil</script>`, `'><img src=x onerror=evil()>`, "</textarea><script>evil</script>", "{{.Lab}}", "own\r\nX-Evil: 1", "..%5c..%5cevil.example",
}

// rawExchange sends a request byte for byte and returns the response's header and body.
func (l *testLab) rawExchange(request string) (header, body string) {
	l.T.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(l.Server.URL, "http://"))
	if err != nil {
		l.T.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		l.T.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil && len(all) == 0 {
		l.T.Fatal(err)
	}
	header, body, _ = strings.Cut(string(all), "\r\n\r\n")
	return header, body
}

// rawForm and rawJSON return requests with a body, as they are on the wire.
func rawForm(to string, form url.Values, more string) string {
	body := form.Encode()
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost:7377\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n%sContent-Length: %d\r\n\r\n%s", to, more, len(body), body)
}

func rawJSON(to string, value any) string {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost:7377\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", to, len(body), body)
}

func rawGet(to string) string {
	return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost:7377\r\nConnection: close\r\n\r\n", to)
}

// escapedPath returns a payload for the path of a request line, with only those characters escaped
// that would end the line.
func escapedPath(payload string) string {
	return strings.NewReplacer("\r", "%0d", "\n", "%0a", "\x00", "%00", " ", "%20", "\t", "%09", "\x0b", "%0b", "\x0c", "%0c", "?", "%3f", "#", "%23").Replace(payload)
}

// No input to any field or address of the laboratory can end a header, lead to another site, or
// become a script in a page.
func TestNoSplittingNoOpenRedirect(t *testing.T) {
	if len(payloads) < 30 {
		t.Fatalf("%d payloads", len(payloads))
	}
	lab := newTestLab(t)
	home := regexp.MustCompile(`^(?:/[^/\\]|/$|http://(?:localhost|[a-z.]+\.localhost):7377/)`)
	evil := regexp.MustCompile(`(?i)(?:^|[\r\n])[ \t]*(?:X-Evil|Set-Cookie: ?evil)`)
	script := regexp.MustCompile(`<script>evil|<img src=x|href="(?:javascript|data):|(?:href|action)="(?:[a-z]+:)?[/\\]{2}evil`)
	for i, payload := range payloads {
		v := lab.Visitor() // a new one each time, since a visitor may not start many runs
		v.Get("/cookie/lab/")
		owner := "Cookie: " + cookieHeader(v) + "\r\n"
		a := v.Post("/cookie/lab/", url.Values{"line": {"a=b"}, "reach": {"own other"}, "back": {"/cookie/lab/"}}, "Host", "localhost:7377")
		_, token, _ := strings.Cut(a.Header.Get("Location"), "?run=")
		if token == "" {
			t.Fatal("no run")
		}
		q, path := url.QueryEscape(payload), escapedPath(payload)
		fields := func(to string, base url.Values, names ...string) (requests []string) {
			for _, name := range names {
				form := url.Values{}
				for key, values := range base {
					form[key] = values
				}
				form.Set(name, payload)
				requests = append(requests, rawForm(to, form, owner), rawForm(to, form, owner+"Accept: text/html\r\n"))
			}
			return requests
		}
		requests := slices.Concat( // those of the run first: starting another run ends it
			[]string{
				rawJSON("/cookie/lab/predict", map[string]any{"from": payload}),
				rawJSON("/cookie/lab/predict", map[string]any{"from": "http://localhost/", "set_cookie": []string{payload}}),
				rawJSON("/cookie/lab/predict", map[string]any{"from": "http://localhost/", "to": payload}),
				rawJSON("/cookie/lab/predict", map[string]any{"from": "http://localhost/", "profile": payload}),
				rawJSON("/cookie/lab/predict", map[string]any{"from": "http://localhost/", "method": payload}),
				rawJSON("/cookie/lab/predict", map[string]any{"from": "http://localhost/", "initiator": payload}),
				rawJSON("/cookie/run/next", map[string]any{"run": payload}),
				rawJSON("/cookie/run/next", map[string]any{"run": token, "path": payload, "report": map[string]any{"step": 99, "text": payload, "trouble": payload}}),
				rawGet("/cookie/lab/?line=" + q), rawGet("/cookie/lab/?sent=1&line=" + q), rawGet("/cookie/lab/" + path), rawGet("/cookie/run/" + path),
				rawGet("/cookie/run/here?x=" + q), rawGet("/cookie/lab?" + q),
				rawGet("/try/?run=" + q), rawGet("/try/?run=" + token + "&step=" + q), rawGet("/try/" + path + "?run=" + token + "&step=0"), rawGet("/try/" + path + "?run=" + token),
				rawForm("/"+path+"?forget-cookies", nil, owner), rawForm("/"+path+"?forget-cookies="+q, nil, owner), rawForm("/cookie/lab/?forget-cookies", nil, "Cookie: a="+path+"; "+path+"\r\n"),
				strings.Replace(rawGet("/cookie/lab/"), "localhost:7377", "localhost"+path, 1), strings.Replace(rawForm("/cookie/lab/", url.Values{"line": {"a=b"}, "reach": {"own"}, "back": {"/cookie/"}}, ""), "localhost:7377", "localhost:7377"+path, 1),
				strings.Replace(rawGet("/cookie/lab/?sent=1"), "Connection", "Cookie: "+path+"; a="+path+"\r\nConnection", 1),
			},
			fields("/cookie/lab/", url.Values{"line": {"a=b"}, "reach": {"own"}, "back": {"/cookie/lab/"}}, "line", "reach", "back"),
			fields("/cookie/lab/", url.Values{}, "line"),
			fields("/cookie/lab/delete", url.Values{"reach": {"own"}, "back": {"/cookie/lab/"}, "cookie": {"a"}}, "cookie", "reach", "back", "everything"),
			fields("/cookie/lab/delete", url.Values{"reach": {"own"}, "back": {"/cookie/lab/"}, "everything": {"1"}}, "reach", "back"),
			fields("/cookie/lab/delete", url.Values{}, "pair"),
			fields("/cookie/lab/predict", url.Values{"line": {"a=b"}, "reach": {"own"}}, "line", "reach"),
			fields("/cookie/run", url.Values{"experiment": {"x"}, "reach": {"own"}, "back": {"/cookie/"}}, "experiment", "reach", "back"),
			fields("/cookie/run/stop", url.Values{}, "run"),
		)
		for _, request := range requests {
			header, body := lab.rawExchange(request)
			about := func(format string, args ...any) {
				t.Errorf("%d %q: %s\n%.300q\n%.600s", i, payload, fmt.Sprintf(format, args...), request, header)
			}
			status, lines, _ := strings.Cut(header, "\r\n")
			if len(status) < 12 || status[9] == '5' || strings.Contains(status, "429") {
				about("answered %q", status)
			}
			if evil.MatchString(header) || strings.Contains(header, "HTTP/1.1 ") && strings.Count(header, "HTTP/1.1 ") > 1 || strings.ContainsAny(strings.ReplaceAll(lines, "\r\n", ""), "\r\n\x00") {
				about("a header was split")
			}
			for line := range strings.SplitSeq(lines, "\r\n") {
				if to, ok := strings.CutPrefix(line, "Location: "); ok && !home.MatchString(to) {
					about("leads to %q", to)
				}
			}
			for line := range strings.Lines(body) {
				if strings.Contains(line, "evil") && script.MatchString(line) {
					about("the page has %q", script.FindString(line))
				}
			}
		}
	}
}

// cookieHeader returns the Cookie header that the visitor's browser sends.
func cookieHeader(v *webtest.Visitor) string {
	at, err := url.Parse(v.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	var pairs []string
	for _, c := range v.Client.Jar.Cookies(at) {
		pairs = append(pairs, c.String())
	}
	return strings.Join(pairs, "; ")
}

// Every control character that does not end a header line reaches the browser as it was typed.
func TestControlCharactersOnTheWire(t *testing.T) {
	lab := newTestLab(t)
	for c := range 256 {
		header, _ := lab.rawExchange(rawForm("/cookie/lab/", url.Values{"line": {fmt.Sprintf(`a=<\x%02x>; Path=/`, c)}}, ""))
		sent := strings.Contains(header, "\r\nSet-Cookie: a=<"+string([]byte{byte(c)})+">; Path=/")
		if want := c != 0 && c != '\r' && c != '\n'; sent != want || !want && !strings.HasPrefix(header, "HTTP/1.1 400") {
			t.Errorf("%02x: sent is %t\n%s", c, sent, header)
		}
	}
}
