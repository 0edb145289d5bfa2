package stage

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/stage/record"
)

// What a browser did before its visitor looked is there for that visitor, and for nobody else.
func TestBeforeAnybodyLooked(t *testing.T) {
	token := ""
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			token = PageToken(r.Context())
		}
		if r.URL.Path == "/count" {
			n := 0
			if c, err := r.Cookie("res"); err == nil {
				n, _ = strconv.Atoi(c.Value)
			}
			http.SetCookie(w, &http.Cookie{Name: "res", Value: strconv.Itoa(n + 1), Path: "/", MaxAge: 60})
		}
	})
	looks := func(client *http.Client, page string) []string {
		r, _ := http.NewRequest("GET", l.server.URL, nil)
		for _, c := range client.Jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("User-Agent", "Go-http-client/1.1")
		_, id := l.visitor()
		l.kept.adopt(id, r, "", page)
		var seen []string
		for _, e := range l.Exchanges(Viewer{Visitor: id}) {
			jar := ""
			for _, c := range e.JarAfter {
				jar += fmt.Sprintf(" %s %t", c.String(), c.Expires.Equal(e.Time.Add(e.Duration+time.Minute)))
			}
			seen = append(seen, fmt.Sprint(e.ID, " ", e.Request.Method, " ", e.Request.Target, jar))
		}
		return seen
	}
	browser := func() *http.Client {
		jar, _ := cookiejar.New(nil)
		return &http.Client{Jar: jar}
	}
	one, two := browser(), browser()
	l.get(one, "/page")
	l.get(two, "/another")
	l.get(one, "/count")
	l.get(two, "/count")
	l.get(one, "/count")
	if response, err := two.Post(l.server.URL+"/login", "", strings.NewReader("username=two")); err == nil {
		response.Body.Close()
	}
	l.get(one, "/static/a.css")
	for end := time.Now().Add(10 * time.Second); l.recent() < 6 && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // a response may be read before its exchange is kept
	}
	if got, want := looks(one, token), []string{"1 GET /page", "2 GET /count res=1 true", "3 GET /count res=2 true"}; !slices.Equal(got, want) {
		t.Errorf("one sees %q, want %q", got, want)
	}
	if got := looks(one, token); len(got) > 0 {
		t.Errorf("again, one sees %q", got)
	}
	if got, want := looks(two, ""), []string{"1 GET /count res=1 true"}; !slices.Equal(got, want) {
		t.Errorf("two sees %q, want %q", got, want)
	}
	if got := l.recent(); got != 2 {
		t.Errorf("%d exchanges are left, want two that could be anybody's", got)
	}
}

// recent returns how many exchanges are kept of browsers for which nobody looks.
func (l *lab) recent() (kept int) {
	l.kept.recent.mu.Lock()
	defer l.kept.recent.mu.Unlock()
	for _, c := range l.kept.recent.clients {
		kept += len(c.all)
	}
	return kept
}

// What is kept of browsers for which nobody looks has bounds.
func TestRecentBounds(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	n := newRecent(func() time.Time { return now })
	kept := func(r *http.Request) []int { return own(n.clients[clientOf(r)].all, r, "", "") }
	request := func(agent int) *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", strconv.Itoa(agent))
		r.Header.Set("Cookie", "res=1")
		return r
	}
	keep := func(agent, size int) bool {
		r := request(agent)
		if !n.admits(r) {
			return false
		}
		e := &record.Exchange{Time: now, Request: record.Request{Method: "GET", Header: []record.Field{{Name: "Cookie", Value: "res=1"}}}}
		e.Response.Body.Text = strings.Repeat("x", size)
		n.add(asker{client: clientOf(r)}, e)
		return true
	}
	for i := range recentBurst {
		if !keep(0, 0) {
			t.Fatalf("exchange %d was too fast", i)
		}
	}
	if keep(0, 0) {
		t.Error("a program's pace is recorded")
	}
	for range recentEach {
		now = now.Add(time.Second / recentPace)
		keep(0, 0)
	}
	if got := len(kept(request(0))); got != recentEach {
		t.Errorf("%d of one browser are kept, want %d", got, recentEach)
	}
	for agent := range recentClients {
		for range recentBurst {
			keep(agent, record.MaxBody)
		}
	}
	now = now.Add(recentTime / 2) // so that the pace refuses nothing
	long := request(1)
	if long.Header.Set("X", strings.Repeat("x", recentHead)); n.admits(long) {
		t.Error("a very long request is recorded")
	}
	if n.bytes > recentBytes || n.bytes < recentBytes/2 {
		t.Errorf("%d bytes are kept", n.bytes)
	}
	if keep(recentClients, 0) {
		t.Error("one browser too many")
	}
	now = now.Add(recentTime + time.Second)
	if n.last(request(0), "", "GET ") != nil {
		t.Error("an old one is kept")
	}
	if keep(recentClients, 0); len(n.clients) != 1 || len(kept(request(recentClients))) != 1 {
		t.Errorf("%d browsers are known, want the new one", len(n.clients))
	}
}
