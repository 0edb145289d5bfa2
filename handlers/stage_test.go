package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/stage"
	"sessionlab/internal/web/webtest"
)

// watcher is a visitor with an open stream.
type watcher struct {
	*webtest.Visitor
	events *bufio.Reader
	cancel context.CancelFunc
}

func (l *testLab) watcher() *watcher {
	l.T.Helper()
	return watch(l.Visitor(), "")
}

func watch(v *webtest.Visitor, last string) *watcher {
	v.T.Helper()
	return watchAt(v, "/stage/events", last)
}

func watchAt(v *webtest.Visitor, address, last string) *watcher {
	v.T.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	v.T.Cleanup(cancel)
	request := v.Request("GET", address, "").WithContext(ctx)
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := v.Client.Do(request)
	if err != nil {
		v.T.Fatal(err)
	}
	v.T.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		v.T.Fatalf("the stream is %d, %s", response.StatusCode, got)
	}
	w := &watcher{v, bufio.NewReader(response.Body), cancel}
	if name, _, _ := w.event(); name != "ready" {
		v.T.Fatalf("the stream begins with %s", name)
	}
	return w
}

// event returns the next event of the stream.
func (w *watcher) event() (name, id, data string) {
	w.T.Helper()
	for {
		line, err := w.events.ReadString('\n')
		if err != nil {
			w.T.Fatalf("the stream ended: %v", err)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if name != "" {
				return name, id, data
			}
		}
	}
}

// shown has the parts of an exchange that tests look at.
type shown struct {
	ID      uint64
	Method  string
	URL     string
	Status  int
	Request struct {
		Headers [][2]string
		Body    string
	}
	Response struct {
		Headers [][2]string
		Body    string
	}
	Statements []struct {
		Engine string
		Query  string
		Args   []string
	}
	Session struct {
		Before, After *struct {
			Session_key, Session_data string
			Data                      map[string]any
		}
	}
	Handler *struct {
		Name, File string
		Lines      [2]int
	}
	Held           *struct{ Method string }
	Again, Dropped bool
}

func (w *watcher) exchange() (e shown) {
	w.T.Helper()
	name, _, data := w.event()
	if name != "exchange" {
		w.T.Fatalf("event %s: %s", name, data)
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		w.T.Fatal(err)
	}
	return e
}

func field(headers [][2]string, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// Both counters are shown as they happen: the request, the handler, the rows, the session.
func TestStageShows(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	w.Get("/get_add_session/")
	w.Get("/get_add_session/")
	first, second := w.exchange(), w.exchange()
	if first.ID != 1 || second.ID != 2 || first.Session.Before != nil || first.Session.After == nil {
		t.Fatalf("first %+v", first)
	}
	if first.Handler == nil || first.Handler.Name != "GetAddSession" || first.Handler.File != "handlers/session.go" || first.Handler.Lines[0] < 1 {
		t.Errorf("handler %+v", first.Handler)
	}
	if !strings.HasPrefix(first.Statements[0].Query, "INSERT INTO django_session") || first.Statements[len(first.Statements)-1].Query != "COMMIT" {
		t.Errorf("statements %+v", first.Statements)
	}
	before, after := second.Session.Before, second.Session.After
	if before.Data["res"] != 1.0 || after.Data["res"] != 2.0 || before.Session_key != after.Session_key || !strings.HasPrefix(after.Session_data, "eyJyZXMiOjJ9:") {
		t.Errorf("session from %+v to %+v", before, after)
	}
	if second.Response.Body != "{\"res\":2}\n" || !strings.HasPrefix(field(second.Response.Headers, "Set-Cookie"), "sessionid="+after.Session_key) {
		t.Errorf("response %+v", second.Response)
	}
	if !strings.Contains(field(second.Request.Headers, "Cookie"), "sessionid="+before.Session_key) {
		t.Errorf("request %+v", second.Request)
	}
}

// The stage shows what was on the wire, however the connection is used.
func TestStageShowsTheWire(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	conn, err := net.Dial("tcp", lab.Server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	own := jarHeader(w.Visitor)
	host := lab.Server.Listener.Addr().String()
	in := bufio.NewReader(conn)
	exchange := func(head, body, method string) (sent, got []string, e shown) {
		t.Helper()
		if _, err := io.WriteString(conn, head+body); err != nil {
			t.Fatal(err)
		}
		for {
			got = nil
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					t.Fatalf("%q: %v", head, err)
				}
				if line = strings.TrimSuffix(line, "\r\n"); line == "" {
					break
				}
				got = append(got, line)
			}
			if !strings.HasPrefix(got[0], "HTTP/1.1 1") {
				break
			}
		}
		for _, line := range got {
			var length int
			if n, _ := fmt.Sscanf(line, "Content-Length: %d", &length); n == 1 && method != "HEAD" {
				if _, err := io.CopyN(io.Discard, in, int64(length)); err != nil {
					t.Fatal(err)
				}
			}
		}
		return strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")[1:], got[1:], w.exchange()
	}
	lines := func(headers [][2]string) (all []string) {
		for _, h := range headers {
			all = append(all, h[0]+": "+h[1])
		}
		return all
	}
	masked := regexpOwn.ReplaceAllString(own, "${1}••••")
	for _, tt := range []struct{ name, method, head, body string }{
		{"order and case", "GET", "GET /get_add_cookie HTTP/1.1\r\nhOsT: " + host + "\r\nX-b: 2\r\nx-A: 1\r\nCookie: a=1; " + own + "\r\nX-B: 3\r\n\r\n", ""},
		{"no body", "HEAD", "HEAD /session/ HTTP/1.1\r\nHost: " + host + "\r\ncookie: " + own + "\r\n\r\n", ""},
		{"a form", "POST", "POST /cookie/ HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + own + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n", "a=1&b=2"},
		{"after a form", "GET", "GET /get_add_cookie HTTP/1.1\r\nCookie: " + own + "\r\nHost: " + host + "\r\n\r\n", ""},
		{"waiting for 100", "POST", "POST /cookie/ HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + own + "\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", "a=1"},
		{"in chunks", "POST", "POST /cookie/ HTTP/1.1\r\nHost: " + host + "\r\nCookie: " + own + "\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\na=1\r\n0\r\n\r\n"},
		{"after chunks", "GET", "GET /get_add_cookie HTTP/1.1\r\nx-last: 1\r\nHost: " + host + "\r\nCookie: " + own + "\r\n\r\n", ""},
	} {
		sent, got, e := exchange(tt.head, tt.body, tt.method)
		for i := range sent {
			sent[i] = strings.ReplaceAll(sent[i], own, masked)
		}
		if shown := lines(e.Request.Headers); !slices.Equal(shown, sent) {
			t.Errorf("%s: sent\n%q\nshown\n%q", tt.name, sent, shown)
		}
		if shown := lines(e.Response.Headers); !slices.Equal(shown, got) {
			t.Errorf("%s: got\n%q\nshown\n%q", tt.name, got, shown)
		}
	}
	// Two at once: each is shown with its own headers, in the wire's order or in another.
	pipelined := ""
	for i := range 3 {
		pipelined += fmt.Sprintf("GET /get_add_cookie HTTP/1.1\r\nx-number: %d\r\nHost: %s\r\nCookie: %s\r\n\r\n", i, host, own)
	}
	if _, err := io.WriteString(conn, pipelined); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if got := field(w.exchange().Request.Headers, "X-Number"); got != fmt.Sprint(i) {
			t.Errorf("of request %d the stage shows number %s", i, got)
		}
	}
}

// The stage shows no password, however it is sent.
func TestStageMasks(t *testing.T) {
	const password = "correct-horse-battery"
	lab := newTestLab(t)
	w := lab.watcher()
	kind := func(k string) []string { return []string{"Content-Type", k} }
	for _, tt := range []struct {
		name, path, body string
		header           []string
	}{
		{"a form", "/online/login/", "username=a&pwd=" + password, kind("application/x-www-form-urlencoded")},
		{"an encoded name", "/online/login/", "p%77d=" + password + "&%70assword2=" + password, kind("application/x-www-form-urlencoded")},
		{"another case", "/online/login/", "PWD=" + password + "&New=" + password, kind("Application/X-WWW-Form-Urlencoded; charset=UTF-8")},
		{"old and new", "/online/account/password/", "old=" + password + "&new=" + password + "&new_again=" + password, kind("application/x-www-form-urlencoded")},
		{"JSON", "/online/login/", `{"a":[{"p\u0077d":"` + password + `"}],"old":{"x":"` + password + `"},"b":1}`, kind("application/json")},
		{"half JSON", "/online/login/", `{"a":1,"pwd":"` + password, kind("application/json")},
		{"JSON as a form", "/online/login/", `{"pwd":"` + password + `"}`, kind("application/x-www-form-urlencoded")},
		{"a form as JSON", "/online/login/", "pwd=" + password, kind("application/json")},
		{"parts", "/online/login/", "--X\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n" + password + "\r\n--X--\r\n", kind("multipart/form-data; boundary=X")},
		{"parts with an encoded name", "/online/login/", "--X\r\nContent-Disposition: form-data; name*=utf-8''p%77d\r\n\r\n" + password + "\r\n--X--\r\n", kind("multipart/form-data; boundary=X")},
		{"plain text", "/online/login/", "pwd=" + password + "\r\n", kind("text/plain")},
		{"no type", "/online/login/", "pwd=" + password, kind("")},
		{"the query", "/online/login/?pwd=" + password, "", nil},
		{"a referrer", "/online/login/", "", []string{"Referer", lab.URL + "/online/login/?pwd=" + password}},
		{"basic authentication", "/online/login/", "", []string{"Authorization", "Basic " + password}},
	} {
		request := w.Request("POST", tt.path, tt.body, tt.header...)
		request.Header.Set("Origin", lab.URL)
		w.Do(request)
		_, _, data := w.event()
		if strings.Contains(data, password) {
			t.Errorf("%s: %s", tt.name, data)
		}
	}
	id := lab.stageID(w.Visitor)
	for _, path := range []string{"/stage/har", "/stage/exchange/1/copy?as=bash", "/stage/exchange/5/copy?as=raw"} {
		if a := w.Get(path); a.StatusCode != 200 || strings.Contains(a.Body, password) || strings.Contains(a.Body, id) {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Body)
		}
	}
	if strings.Contains(lab.Log.String(), password) || strings.Contains(lab.Log.String(), id) {
		t.Error("the log has it")
	}
	// A member's password is stored as a hash, which nobody needs to see either.
	w.Post("/online/register/", url.Values{"username": {"alice"}, "pwd": {password}}, "Origin", lab.URL)
	if _, _, data := w.event(); !strings.Contains(data, "online_member") || strings.Contains(data, "$argon2id$") || strings.Contains(data, password) {
		t.Errorf("register: %s", data)
	}
}

// Nobody sees another visitor's exchanges, and a name that the lab did not give is not accepted.
func TestStageIsolates(t *testing.T) {
	lab := newTestLab(t)
	alice, bob := lab.watcher(), lab.watcher()
	alice.Get("/get_add_session/")
	if e := alice.exchange(); e.ID != 1 {
		t.Errorf("alice sees %+v", e)
	}
	if got := bob.Get("/stage/har").Body; strings.Contains(got, "get_add_session") {
		t.Errorf("bob exports %s", got)
	}
	for _, path := range []string{"/stage/exchange/1/copy?as=raw", "/stage/exchange/0/copy?as=raw", "/stage/exchange/x/copy?as=raw"} {
		if a := bob.Get(path); a.StatusCode != 404 {
			t.Errorf("bob gets %d for %s", a.StatusCode, path)
		}
	}
	if a := alice.Get("/stage/exchange/1/copy?as=nothing"); a.StatusCode != 400 || !strings.Contains(a.Body, "bash") {
		t.Errorf("an unknown format is %d", a.StatusCode)
	}
	bob.Get("/get_add_cookie")
	if e := bob.exchange(); !strings.HasSuffix(e.URL, "/get_add_cookie") {
		t.Errorf("bob sees %s", e.URL)
	}
	mallory := lab.Visitor()
	name, _, _ := strings.Cut(jarHeader(alice.Visitor), "=")
	a := mallory.Get("/stage/", "Cookie", name+"=AAAAAAAAAAAAAAAAAAAAAAAAAA00000000000000000000000000000000")
	if !strings.Contains(fmt.Sprint(a.Header["Set-Cookie"]), name+"=") {
		t.Error("a name of mallory's own was taken over")
	}
}

// A stream that was cut resumes where it was, and says what is gone.
func TestStageResumes(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	for range 5 {
		w.Get("/get_add_cookie")
	}
	w.cancel()
	again := watch(w.Visitor, "3")
	for want := uint64(4); want <= 5; want++ {
		if e := again.exchange(); e.ID != want {
			t.Errorf("resumed with %d, want %d", e.ID, want)
		}
	}
	for range stage.MaxExchanges {
		w.Get("/get_add_cookie")
	}
	late := watch(w.Visitor, "3")
	if name, _, data := late.event(); name != "gap" || data != `{"missing":2}` {
		t.Errorf("%s %s, want a gap of 2", name, data)
	}
	if e := late.exchange(); e.ID != 6 {
		t.Errorf("after the gap comes %d", e.ID)
	}
	if a := w.Get("/stage/events", "Last-Event-ID", "x"); a.StatusCode != 400 {
		t.Errorf("Last-Event-ID x is %d", a.StatusCode)
	}
}

// A page gets from the stream what its list shows, a script gets everything.
func TestStageBrief(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	page := watchAt(w.Visitor, "/stage/events?brief=1", "")
	w.Get("/get_add_session/?a=1")
	w.Post("/stage/send", url.Values{"head": {"GET /no/such/page HTTP/1.1"}})
	for range 2 {
		name, id, data := w.event()
		briefName, briefID, briefData := page.event()
		var whole, brief map[string]any
		if err := errors.Join(json.Unmarshal([]byte(data), &whole), json.Unmarshal([]byte(briefData), &brief)); err != nil || name != briefName || id != briefID {
			t.Fatalf("%s %s %s, %s %s %s, %v", name, id, data, briefName, briefID, briefData, err)
		}
		want := map[string]any{}
		for _, field := range []string{"id", "time", "method", "url", "status", "duration", "again", "dropped"} {
			if value, ok := whole[field]; ok {
				want[field] = value
			}
		}
		if !reflect.DeepEqual(brief, want) || len(whole) < len(want)+8 {
			t.Errorf("in brief %s, whole %s", briefData, data)
		}
	}
}

// A held request waits before its handler, and goes on as edited by its visitor, or never.
func TestStageHolds(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	// These requests run at the same time as others of the same visitor.
	held := func(path string) (id string, answered chan *http.Response) {
		t.Helper()
		if a := w.Post("/stage/hold", url.Values{"armed": {"1"}}, "Accept", "application/json", "Origin", lab.URL); a.StatusCode != 200 || !strings.Contains(a.Body, `"armed":true`) {
			t.Fatalf("armed: %d %s", a.StatusCode, a.Body)
		}
		answered = make(chan *http.Response, 1)
		go func() {
			response, err := w.Client.Do(w.Request("GET", path, ""))
			if err != nil {
				response = nil
			}
			answered <- response
		}()
		name, _, data := w.event()
		var e struct{ ID uint64 }
		if err := json.Unmarshal([]byte(data), &e); err != nil || name != "held" {
			t.Fatalf("%s %s", name, data)
		}
		select {
		case <-answered:
			t.Fatal("it did not wait")
		case <-time.After(50 * time.Millisecond):
		}
		return fmt.Sprint(e.ID), answered
	}
	release := func(id string, form url.Values) webtest.Answer {
		return w.Post("/stage/held/"+id+"/", form, "Accept", "application/json", "Origin", lab.URL)
	}
	own := regexpOwn.ReplaceAllString(jarHeader(w.Visitor), "${1}••••")

	id, answered := held("/get_add_cookie")
	if a := release(id, url.Values{"action": {"continue"}, "head": {"GET /get_add_cookie HTTP/1.1\r\nbad line"}}); a.StatusCode != 400 || !strings.Contains(a.Body, "Line 2") {
		t.Errorf("a bad line is %d %s", a.StatusCode, a.Body)
	}
	if a := release(id, url.Values{"action": {"continue"}, "head": {"GET /get_add_cookie HTTP/1.1\r\nCookie: res=41; " + own}}); a.StatusCode != 200 {
		t.Errorf("released: %d %s", a.StatusCode, a.Body)
	}
	if body, _ := io.ReadAll((<-answered).Body); string(body) != "{\"res\":42}\n" {
		t.Errorf("edited to 41, it is answered %s", body)
	}
	if name, _, _ := w.event(); name != "released" {
		t.Errorf("then %s", name)
	}
	if e := w.exchange(); e.Held == nil || field(e.Request.Headers, "Cookie") != "res=41; "+own || strings.Contains(fmt.Sprint(e.Response.Headers), own[:15]) {
		t.Errorf("shown %+v", e)
	}
	if a := release(id, url.Values{"action": {"continue"}}); a.StatusCode != 404 {
		t.Errorf("released twice: %d", a.StatusCode)
	}

	id, answered = held("/get_add_cookie")
	release(id, url.Values{"action": {"drop"}})
	if response := <-answered; response != nil {
		t.Errorf("dropped, and answered %d", response.StatusCode)
	}
	w.event()
	e := w.exchange()
	if !e.Dropped || e.Status != 0 {
		t.Errorf("dropped: %+v", e)
	}
	time.Sleep(600 * time.Millisecond) // the client has tried again on other connections, as browsers do
	w = watch(w.Visitor, fmt.Sprint(lab.last(w.Visitor)))

	_, answered = held("/get_add_cookie")
	lab.lab.stage.Close() // the server stops
	if response := <-answered; response == nil || response.StatusCode != 200 {
		t.Errorf("at the end it is answered %v", response)
	}
}

// A request that is sent again goes through the whole lab and does not touch the jar.
func TestStageSends(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	before := jarHeader(w.Visitor)
	a := w.Post("/stage/send", url.Values{"head": {"GET /get_add_cookie HTTP/1.1\nCookie: res=7"}}, "Accept", "application/json", "Origin", lab.URL)
	if a.StatusCode != 200 || a.Body != `{"id":1}` {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	if e := w.exchange(); !e.Again || e.Response.Body != "{\"res\":8}\n" || e.Status != 200 || e.Handler.Name != "GetAddCookie" {
		t.Errorf("shown %+v", e)
	}
	if now := jarHeader(w.Visitor); now != before {
		t.Errorf("the jar was %s, and is %s", before, now)
	}
	for head, want := range map[string]int{
		"GET / HTTP/1.1\nHost: evil.example":                         200, // and 421 within
		"POST /online/logout/ HTTP/1.1\nOrigin: http://evil.example": 200, // and 403 within
		"GET /stage/ HTTP/1.1":                                       400, "GET //x": 200, "nonsense": 400, "": 400, "GET http://x/ HTTP/1.1": 400,
		"GET / HTTP/1.1\nA b: 1": 400, "GET / HTTP/1.1\nA": 400, "GET / HTTP/9.9": 400,
	} {
		a := w.Post("/stage/send", url.Values{"head": {head}}, "Accept", "application/json", "Origin", lab.URL)
		if a.StatusCode != want {
			t.Errorf("%q is %d %s", head, a.StatusCode, a.Body)
		}
		if want != 200 {
			continue
		}
		switch e := w.exchange(); {
		case strings.Contains(head, "Host: evil") && e.Status != 421, strings.Contains(head, "Origin: ") && e.Status != 403:
			t.Errorf("%q is %d within", head, e.Status)
		}
	}
	if a := w.Post("/stage/send", url.Values{"head": {"GET / HTTP/1.1"}}, "Origin", "http://evil.example"); a.StatusCode != 403 {
		t.Errorf("sent by another site: %d", a.StatusCode)
	}
}

var regexpOwn = regexp.MustCompile(`(sessionlab_\d+=)[^;]*`)

// jarHeader returns the Cookie header that the visitor's jar sends to the lab.
func jarHeader(v *webtest.Visitor) string {
	at, _ := url.Parse(v.URL)
	var all []string
	for _, c := range v.Client.Jar.Cookies(at) {
		all = append(all, c.Name+"="+c.Value)
	}
	return strings.Join(all, "; ")
}

// stageID returns the secret in a visitor's cookie.
func (l *testLab) stageID(v *webtest.Visitor) string {
	_, value, _ := strings.Cut(regexpOwn.FindString(jarHeader(v)), "=")
	return value
}

// last returns the number of a visitor's newest exchange.
func (l *testLab) last(v *webtest.Visitor) uint64 {
	id := l.stageID(v)
	all := l.lab.stage.Exchanges(stage.Viewer{Visitor: id[:26]})
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].ID
}

// With a pass a visitor is the same under another host name of the lab, once.
func TestStagePass(t *testing.T) {
	lab := newTestLab(t)
	w := lab.watcher()
	page := w.Get("/stage/").Body
	_, rest, _ := strings.Cut(page, `href="//a.localhost:`)
	link, _, _ := strings.Cut(rest, `"`)
	_, path, _ := strings.Cut(link, "/")
	if !strings.HasPrefix(path, "stage/enter?pass=") {
		t.Fatalf("the page links to %q", path)
	}
	other := lab.Visitor() // as another host's jar
	other.Want(other.Get("/"+path), 200, "Watch this browser from "+strings.TrimPrefix(lab.Server.URL, "http://")+" too?")
	form := url.Values{"pass": {strings.TrimPrefix(path, "stage/enter?pass=")}}
	if a := other.Post("/stage/enter", form); a.StatusCode != 303 {
		t.Fatalf("entering is %d", a.StatusCode)
	}
	if a := lab.Visitor().Get("/" + path); a.StatusCode != 404 {
		t.Errorf("a used pass is %d", a.StatusCode)
	}
	if a := lab.Visitor().Post("/stage/enter", form); a.StatusCode != 404 {
		t.Errorf("entering by a used pass is %d", a.StatusCode)
	}
	if a := lab.Visitor().Get("/stage/enter?pass=x"); a.StatusCode != 404 {
		t.Errorf("no pass is %d", a.StatusCode)
	}
	other.Get("/get_add_cookie")
	if e := w.exchange(); !strings.HasSuffix(e.URL, "/get_add_cookie") {
		t.Errorf("seen %s", e.URL)
	}
}
