package handlers

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
	"sessionlab/session/storetest"
)

// testEngines returns all engines, as the lab has them. Each is handed the test that uses it, which
// skips where the engine's server is not installed.
func testEngines() map[string]func(t *testing.T, db *database.DB) session.Store {
	table := func(db *database.DB) *session.DB { return session.NewDB(db, webtest.Keys(), time.Now) }
	redis := func(t *testing.T) session.Store {
		client := storetest.StartRedis(t).Client()
		t.Cleanup(func() { client.Close() })
		return session.NewRedis(client, time.Now)
	}
	return map[string]func(t *testing.T, db *database.DB) session.Store{
		"db":         func(_ *testing.T, db *database.DB) session.Store { return table(db) },
		"db, hashed": func(_ *testing.T, db *database.DB) session.Store { return session.Hashed(table(db)) },
		"cache": func(*testing.T, *database.DB) session.Store {
			return session.NewCache(session.DefaultLimits(), time.Now)
		},
		"cached_db": func(_ *testing.T, db *database.DB) session.Store {
			return session.NewCachedDB(table(db), session.DefaultLimits(), time.Now)
		},
		"signed_cookies": func(*testing.T, *database.DB) session.Store {
			return session.NewSignedCookies(webtest.Keys(), time.Now)
		},
		"redis":         func(t *testing.T, _ *database.DB) session.Store { return redis(t) },
		"redis, hashed": func(t *testing.T, _ *database.DB) session.Store { return session.Hashed(redis(t)) },
	}
}

// With any engine a member can log in, see and end sessions, change the password, log out and delete
// the account; the account page says what signed_cookies cannot do.
func TestMemberInEveryEngine(t *testing.T) {
	for name, store := range testEngines() {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			lab := newTestLabWith(t, engine, func(db *database.DB) session.Store { return store(t, db) })
			inCookie := engine == "signed_cookies"
			const password = "correct horse battery"
			here, there, third := lab.Visitor(), lab.Visitor(), lab.Visitor()
			here.Member("judy", password)
			login := url.Values{"username": {"judy"}, "pwd": {password}}
			there.Want(there.Post("/online/login/", login), http.StatusSeeOther, "")
			third.Want(third.Post("/online/login/", login), http.StatusSeeOther, "")

			page := here.Get("/online/account/")
			here.Want(page, 200, "judy")
			rows := regexp.MustCompile(`name="session" value="(\d+)"`).FindAllStringSubmatch(page.Body, -1)
			switch {
			case inCookie:
				here.Want(page, 200, "signed_cookies")
			case len(rows) != 3 || strings.Count(page.Body, "(this one)") != 1:
				t.Fatalf("%d sessions on the list", len(rows))
			default: // the newest comes first
				here.Want(here.Post("/online/account/sessions/", url.Values{"session": {rows[0][1]}}), http.StatusSeeOther, "")
				third.Want(third.Get("/online/index/"), http.StatusFound, "")
				there.Want(there.Get("/online/index/"), 200, "judy")
			}
			here.Want(here.Post("/online/account/sessions/", url.Values{"session": {"others"}}), http.StatusSeeOther, "")
			for _, other := range []*webtest.Visitor{there, third} {
				other.Want(other.Get("/online/index/"), http.StatusFound, "")
			}
			there.Want(there.Post("/online/login/", login), http.StatusSeeOther, "")
			here.Want(here.Post("/online/account/password/", url.Values{"old": {password}, "new": {password + "!"}}), http.StatusSeeOther, "")
			there.Want(there.Get("/online/index/"), http.StatusFound, "")
			here.Want(here.Get("/online/index/"), 200, "judy")

			copied := "sessionid=" + here.Cookie("sessionid")
			here.Want(here.Post("/online/logout/", nil), http.StatusSeeOther, "")
			if key := here.Cookie("sessionid"); key != "" {
				t.Error("the cookie is still there after the logout")
			}
			replayed := http.StatusFound
			if inCookie {
				replayed = http.StatusOK
			}
			thief := lab.Visitor()
			thief.Want(thief.Get("/online/index/", "Cookie", copied), replayed, "")
			here.Want(here.Get("/healthz"), 200, "ok")
		})
	}
}

// A session that cannot be ended now stays on the member's list, where it can be ended later.
func TestListKeepsWhatLives(t *testing.T) {
	var stuck bool
	lab := newTestLabWith(t, "db", func(db *database.DB) session.Store {
		return stuckStore{session.NewDB(db, webtest.Keys(), time.Now), &stuck}
	})
	here, there := lab.Visitor(), lab.Visitor()
	here.Member("judy", "correct horse battery")
	there.Want(there.Post("/online/login/", url.Values{"username": {"judy"}, "pwd": {"correct horse battery"}}), http.StatusSeeOther, "")
	ids := regexp.MustCompile(`name="session" value="(\d+)"`).FindAllStringSubmatch(here.Get("/online/account/").Body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d sessions on the list", len(ids))
	}
	id := url.Values{"session": {ids[0][1]}} // of there: the newest comes first
	for name, end := range map[string]func() webtest.Answer{
		"a logout":             func() webtest.Answer { return there.Post("/online/logout/", nil) },
		"its own, by the list": func() webtest.Answer { return there.Post("/online/account/sessions/", id) },
		"from elsewhere":       func() webtest.Answer { return here.Post("/online/account/sessions/", id) },
		"flush":                func() webtest.Answer { return operation(there, "flush", `{}`) },
	} {
		stuck = true
		a := end()
		stuck = false
		if n := lab.Rows("sessionlab_member_session"); a.StatusCode != http.StatusServiceUnavailable || n != 2 {
			t.Errorf("%s: status %d, and %d sessions are on the list", name, a.StatusCode, n)
		}
		there.Want(there.Get("/online/index/"), 200, "judy")
	}
	stranger := lab.Visitor()
	stranger.Member("mallory", "correct horse battery")
	stranger.Want(stranger.Post("/online/account/sessions/", id), http.StatusSeeOther, "")
	there.Want(there.Get("/online/index/"), 200, "judy") // another member cannot end her session
	here.Want(here.Post("/online/account/sessions/", id), http.StatusSeeOther, "")
	there.Want(there.Get("/online/index/"), http.StatusFound, "")
	here.Want(here.Post("/online/account/sessions/", id), http.StatusSeeOther, "") // it no longer exists
	here.Want(here.Get("/online/index/"), 200, "judy")
	if n := lab.Rows("sessionlab_member_session"); n != 2 { // here's and the stranger's
		t.Errorf("%d sessions are left on the lists", n)
	}
}

// A new member who takes the name of a deleted one does not inherit logged-in sessions, not even
// those that could not be ended.
func TestNameOfOneWhoLeft(t *testing.T) {
	for name, store := range testEngines() {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			lab := newTestLabWith(t, engine, func(db *database.DB) session.Store { return store(t, db) })
			first, second, thief := lab.Visitor(), lab.Visitor(), lab.Visitor()
			first.Member("eve", "correct horse battery")
			copied := "sessionid=" + first.Cookie("sessionid")
			thief.Want(thief.Get("/online/index/", "Cookie", copied), 200, "eve")
			first.Want(first.Post("/online/account/delete/", url.Values{"pwd": {"correct horse battery"}}), http.StatusSeeOther, "")
			second.Member("Eve", "another horse battery")
			thief.Want(thief.Get("/online/index/", "Cookie", copied), http.StatusFound, "")
			second.Want(second.Get("/online/index/"), 200, "Eve")
		})
	}
}

// stuckStore cannot delete sessions while stuck is true.
type stuckStore struct {
	session.Store
	stuck *bool
}

func (s stuckStore) Delete(ctx context.Context, key string) error {
	if *s.stuck {
		return session.ErrUnavailable
	}
	return s.Store.Delete(ctx, key)
}
