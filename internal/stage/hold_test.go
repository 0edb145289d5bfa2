package stage

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/stage/record"
)

// waits waits until a visitor's request is held, and returns it.
func (l *lab) waits(id string) *Held {
	l.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if held := l.Held(Viewer{Visitor: id}); len(held) > 0 {
			return held[0]
		}
	}
	l.t.Fatal("nothing is held")
	return nil
}

// Nobody sees the password in a held request, and it goes on unchanged if something else was edited.
func TestHoldMasks(t *testing.T) {
	got := make(chan string, 1)
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		got <- fmt.Sprint(r.URL.RawQuery, " ", r.PostForm, " ", r.ContentLength)
	})
	client, id := l.visitor()
	st, _ := l.kept.subscribe(id, 0)
	for _, tt := range []struct{ name, method, sent, body, want string }{
		{"as it came", "POST", "username=alice&pwd=S3cret%21", "", "old=S3cret map[pwd:[S3cret!] username:[alice]] 28"},
		{"another name", "POST", "username=alice&pwd=S3cret%21", "username=bob&pwd=••••", "old=S3cret map[pwd:[S3cret!] username:[bob]] 26"},
		{"a body where was none", "GET", "", "a=1", "old=S3cret map[] 3"},
	} {
		l.Arm(Viewer{Visitor: id}, true)
		answered := make(chan error, 1)
		go func() {
			r, _ := http.NewRequest(tt.method, l.server.URL+"/?old=S3cret", strings.NewReader(tt.sent))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, err := client.Do(r)
			if err == nil {
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			answered <- err
		}()
		held := l.waits(id)
		event := <-st.events
		if shown := fmt.Sprintf("%+v %s", held.Request, event.data); event.name != "held" || strings.Contains(shown, "S3cret") {
			t.Errorf("%s: %s shows %s", tt.name, event.name, shown)
		}
		var edited *record.Request
		if tt.body != "" {
			request, err := ParseHead(tt.method + " " + held.Request.Target + " HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\nX-Edited: 1")
			if err != nil {
				t.Fatal(err)
			}
			request.Body.Text = tt.body
			edited = &request
		}
		if err := l.Release(Viewer{Visitor: id}, httptest.NewRequest("POST", "/", nil), held.ID, false, edited); err != nil {
			t.Fatal(err)
		}
		if now := <-got; now != tt.want {
			t.Errorf("%s: the handler got %s, want %s", tt.name, now, tt.want)
		}
		if err := <-answered; err != nil {
			t.Error(err)
		}
		<-st.events // released
		if data, err := (<-st.events).exchange.JSON(); err != nil || strings.Contains(string(data), "S3cret") {
			t.Errorf("%s: %s, %v", tt.name, data, err)
		}
	}
}
