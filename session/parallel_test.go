package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/session"
)

// sharedEngines runs a test with each engine that keeps sessions on the server.
func sharedEngines(t *testing.T, run func(t *testing.T, s *site)) {
	for _, engine := range engines() {
		if !engine.InKey {
			t.Run(engine.name, func(t *testing.T) { run(t, &site{t, engine.New(t, time.Now), time.Now}) })
		}
	}
}

func count(s *session.Session, w http.ResponseWriter) {
	if n, err := s.Update("n", plusOne); err == nil {
		fmt.Fprint(w, n)
	}
}

// 10,000 increments of one session by 50 clients make 10,000.
func TestParallelIncrements(t *testing.T) {
	sharedEngines(t, func(t *testing.T, s *site) {
		key := s.request("", set("n", 0)).key
		const clients, each = 50, 200
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range each {
					if a := s.request(key, count); a.status != 200 {
						t.Errorf("status %d: %s", a.status, a.body)
						return
					}
				}
			})
		}
		wg.Wait()
		if got, want := s.data(key), fmt.Sprintf(`{"n":%d}`, clients*each); got != want {
			t.Errorf("counted %s, want %s", got, want)
		}
	})
}

// The outcome of two requests that have both read the session before either saves.
func TestTwoRequests(t *testing.T) {
	type step = func(*session.Session, http.ResponseWriter)
	setA, setB := set("a", "first"), set("b", "second")
	again := set("a", "second")
	clearAll := func(s *session.Session, _ http.ResponseWriter) { s.Clear() }
	flush := func(s *session.Session, _ http.ResponseWriter) { s.Flush() }
	cycle := func(s *session.Session, _ http.ResponseWriter) { s.Cycle() }
	login := func(s *session.Session, _ http.ResponseWriter) { s.Cycle(); s.Set("IS_LOGIN", true) }
	renew := func(s *session.Session, _ http.ResponseWriter) { s.Renew(); s.Set("IS_LOGIN", true) }
	for _, tt := range []struct {
		name          string
		first, second step   // by the order in which they save
		status        int    // of the second
		old           string // what the old key has then
		new1, new2    string // what the key has that the first and the second were given; "" if none
	}{
		{"different names: both", setA, setB, 200, `{"o":0,"a":"first","b":"second"}`, "", ""},
		{"the same name: the later", setA, again, 200, `{"o":0,"a":"second"}`, "", ""},
		{"clear after a write: nothing is left", setA, clearAll, 200, `{}`, "", ""},
		{"a write after clear: is left", clearAll, setB, 200, `{"b":"second"}`, "", ""},
		{"increments: both", count, count, 200, `{"o":0,"n":2}`, "", ""},
		{"logout after a write: dead", setA, flush, 200, "none", "", ""},
		{"a write after logout: dead, and told so", flush, setB, 400, "none", "", ""},
		{"an increment after logout: dead, and told so", flush, count, 400, "none", "", ""},
		{"logout twice: dead", flush, flush, 200, "none", "", ""},
		{"a write before the key changes: moves along", setA, cycle, 200, "none", "", `{"o":0,"a":"first"}`},
		{"a write after the key has changed: told so", cycle, setB, 400, "none", `{"o":0}`, ""},
		{"login twice: both are in, each by its own", login, login, 200, "none", `{"o":0,"IS_LOGIN":true}`, `{"IS_LOGIN":true}`},
		{"login after logout: in, with nothing of before", flush, login, 200, "none", "", `{"IS_LOGIN":true}`},
		{"a renewal after logout: dead, and told so", flush, renew, 400, "none", "", ""},
		{"logout of the old key after login: the login stays", login, flush, 200, "none", `{"o":0,"IS_LOGIN":true}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sharedEngines(t, func(t *testing.T, s *site) {
				key := s.request("", set("o", 0)).key
				var first reply
				second := s.request(key, func(second *session.Session, w http.ResponseWriter) {
					second.Get("o")
					first = s.request(key, func(s *session.Session, w http.ResponseWriter) { s.Get("o"); tt.first(s, w) })
					tt.second(second, w)
				})
				if first.status != 200 || second.status != tt.status {
					t.Errorf("statuses %d and %d, want 200 and %d: %s%s", first.status, second.status, tt.status, first.body, second.body)
				}
				if got := s.data(key); got != tt.old {
					t.Errorf("the old key has %s, want %s", got, tt.old)
				}
				for i, a := range []reply{first, second} {
					want := []string{tt.new1, tt.new2}[i]
					got := ""
					if a.key != key && a.key != "" {
						got = s.data(a.key)
					}
					if got != want {
						t.Errorf("request %d was given a key with %q, want %q", i+1, got, want)
					}
				}
			})
		})
	}
}

// A logout among 20 slow writers: the session is dead afterwards, in whatever order they came.
func TestLogoutAmongWriters(t *testing.T) {
	const races, writers = 1000, 20
	sharedEngines(t, func(t *testing.T, s *site) {
		if strings.HasSuffix(t.Name(), "hashed") {
			return // the same engine under another key
		}
		revived, at := 0, make(chan struct{}, 8) // several races at a time
		var mu sync.Mutex
		var all sync.WaitGroup
		for range races {
			at <- struct{}{}
			all.Go(func() {
				defer func() { <-at }()
				if !dead(t, s, writers) {
					mu.Lock()
					revived++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if revived > 0 {
			t.Errorf("%d of %d sessions were brought back", revived, races)
		}
	})
}

// dead reports whether one session stays dead.
func dead(t *testing.T, s *site, writers int) bool {
	key := s.request("", set("o", 0)).key
	var read, wg sync.WaitGroup
	read.Add(writers)
	for i := range writers {
		wg.Go(func() {
			a := s.request(key, func(s *session.Session, w http.ResponseWriter) {
				s.Get("o") // a slow request: it has read, and writes later
				read.Done()
				read.Wait()
				if i%2 == 0 {
					s.Set(fmt.Sprint("w", i), i)
				} else {
					count(s, w)
				}
			})
			if a.status != 200 && a.status != 400 {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
	wg.Go(func() {
		read.Wait()
		if a := s.request(key, func(s *session.Session, _ http.ResponseWriter) { s.Flush() }); a.status != 200 {
			t.Errorf("logout: status %d: %s", a.status, a.body)
		}
	})
	wg.Wait()
	_, err := s.store.Load(t.Context(), key)
	return errors.Is(err, session.ErrNotFound)
}
