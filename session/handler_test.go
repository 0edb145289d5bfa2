package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
)

// A site is a net/http handler over a store, without a network in between.
type site struct {
	t     testing.TB
	store session.Store
	now   func() time.Time
}

// A reply holds what a browser learns: status, body, and the session's cookie afterwards.
type reply struct {
	status int
	body   string
	key    string // what the browser's jar holds then
	set    string // Set-Cookie
}

// request has do handle a request with that key.
func (s *site) request(key string, do func(s *session.Session, w http.ResponseWriter)) reply {
	s.t.Helper()
	handler := session.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do(session.From(r.Context()), w)
	}), s.store, s.now, func(w http.ResponseWriter, r *http.Request, err error) {
		http.Error(w, err.Error(), statusOf(err))
	})
	r := httptest.NewRequestWithContext(context.WithoutCancel(s.t.Context()), "GET", "/", nil)
	if key != "" {
		r.Header.Set("Cookie", "sessionid="+key)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	a := reply{status: w.Code, body: w.Body.String(), key: key, set: strings.Join(w.Header()["Set-Cookie"], "\n")}
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			a.key = ""
		} else {
			a.key = c.Value
		}
	}
	return a
}

// data returns what is stored under a key, or "none".
func (s *site) data(key string) string {
	s.t.Helper()
	r, err := s.store.Load(s.t.Context(), key)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return "none"
	case err != nil:
		s.t.Fatal(err)
	}
	return r.Data.String()
}

func set(name string, value any) func(*session.Session, http.ResponseWriter) {
	return func(s *session.Session, _ http.ResponseWriter) { s.Set(name, value) }
}

// Whatever sends the first byte through net/http, the session is saved before.
func TestHandlerCommitsBeforeFirstByte(t *testing.T) {
	for name, send := range map[string]func(w http.ResponseWriter){
		"nothing":     func(http.ResponseWriter) {},
		"Write":       func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") },
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(201) },
		"Flusher":     func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"controller":  func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			s := &site{t, session.NewCache(session.DefaultLimits(), time.Now), time.Now}
			a := s.request("", func(s *session.Session, w http.ResponseWriter) {
				s.Set("a", 1)
				send(w)
				if name != "nothing" && s.Modified() {
					t.Error("the first byte left before the session was saved")
				}
			})
			if s.data(a.key) != `{"a":1}` || a.status/100 != 2 {
				t.Errorf("status %d, stored %s", a.status, s.data(a.key))
			}
		})
	}
}

// An informational status is not the response: what is set after it is still saved.
func TestHandlerEarlyHints(t *testing.T) {
	store := session.NewCache(session.DefaultLimits(), time.Now)
	server := httptest.NewServer(session.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		session.From(r.Context()).Set("a", 1)
	}), store, time.Now, nil))
	defer server.Close()
	r, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 || len(r.Cookies()) != 1 || store.Stats().Entries != 1 {
		t.Errorf("status %d, %d cookies, %d sessions", r.StatusCode, len(r.Cookies()), store.Stats().Entries)
	}
}

// When the store fails, the response is the error, whatever the handler has written.
func TestHandlerStoreFails(t *testing.T) {
	store := &faulty{Store: session.NewCache(session.DefaultLimits(), time.Now), fail: map[string]error{}}
	s := &site{t, store, time.Now}
	key := s.request("", set("user", "alice")).key
	for operation, do := range map[string]func(s *session.Session){
		"load":   func(s *session.Session) { s.Get("user") },
		"update": func(s *session.Session) { s.Set("a", 1) },
		"delete": func(s *session.Session) { s.Flush() },
	} {
		store.fail = map[string]error{operation: errDown}
		a := s.request(key, func(s *session.Session, w http.ResponseWriter) {
			w.Header().Set("Location", "/somewhere")
			do(s)
			if _, err := fmt.Fprint(w, "fine"); !errors.Is(err, session.ErrUnavailable) {
				t.Errorf("%s: the handler's write returned %v", operation, err)
			}
		})
		if a.status != 503 || strings.Contains(a.body, "fine") || a.set != "" {
			t.Errorf("%s: status %d, body %q", operation, a.status, a.body)
		}
	}
	store.fail = nil
	if got := s.data(key); got != `{"user":"alice"}` {
		t.Errorf("stored %s", got)
	}
}

func TestHandlerStatus500SavesNothing(t *testing.T) {
	s := &site{t, session.NewCache(session.DefaultLimits(), time.Now), time.Now}
	a := s.request("", func(s *session.Session, w http.ResponseWriter) {
		s.Set("a", 1)
		w.WriteHeader(500)
	})
	if a.status != 500 || a.set != "" {
		t.Errorf("status %d, Set-Cookie %q", a.status, a.set)
	}
}

func TestFromWithoutMiddleware(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("From found a session where nobody has put one")
		}
	}()
	session.From(t.Context())
}
