package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
	"sessionlab/session/storetest"
)

// testEngines are all engines, as the lab has them.
func testEngines(t *testing.T) map[string]func(db *database.DB) session.Store {
	table := func(db *database.DB) *session.DB { return session.NewDB(db, testKeys, time.Now) }
	redis := func() session.Store {
		client := storetest.StartRedis(t).Client()
		t.Cleanup(func() { client.Close() })
		return session.NewRedis(client, time.Now)
	}
	return map[string]func(db *database.DB) session.Store{
		"db":         func(db *database.DB) session.Store { return table(db) },
		"db, hashed": func(db *database.DB) session.Store { return session.Hashed(table(db)) },
		"cache": func(*database.DB) session.Store {
			return session.NewCache(session.DefaultLimits(), time.Now)
		},
		"cached_db": func(db *database.DB) session.Store {
			return session.NewCachedDB(table(db), session.DefaultLimits(), time.Now)
		},
		"signed_cookies": func(*database.DB) session.Store { return session.NewSignedCookies(testKeys, time.Now) },
		"redis":          func(*database.DB) session.Store { return redis() },
		"redis, hashed":  func(*database.DB) session.Store { return session.Hashed(redis()) },
	}
}

// Whatever keeps the sessions, a member can log in, see and end them, change the password, log out
// and leave; what the engine signed_cookies cannot, its account page says.
func TestMemberInEveryEngine(t *testing.T) {
	for name, store := range testEngines(t) {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			lab := newTestLabWith(t, engine, store)
			inCookie := engine == "signed_cookies"
			const password = "correct horse battery"
			here, there, third := lab.visitor(), lab.visitor(), lab.visitor()
			here.member("judy", password)
			login := url.Values{"username": {"judy"}, "pwd": {password}}
			there.want(there.post("/online/login/", login), http.StatusSeeOther, "")
			third.want(third.post("/online/login/", login), http.StatusSeeOther, "")

			page := here.get("/online/account/")
			here.want(page, 200, "judy")
			rows := regexp.MustCompile(`name="session" value="(\d+)"`).FindAllStringSubmatch(page.body, -1)
			switch {
			case inCookie:
				here.want(page, 200, "signed_cookies")
			case len(rows) != 3 || strings.Count(page.body, "(this one)") != 1:
				t.Fatalf("%d sessions on the list", len(rows))
			default: // the newest stands first
				here.want(here.post("/online/account/sessions/", url.Values{"session": {rows[0][1]}}), http.StatusSeeOther, "")
				third.want(third.get("/online/index/"), http.StatusFound, "")
				there.want(there.get("/online/index/"), 200, "judy")
			}
			here.want(here.post("/online/account/sessions/", url.Values{"session": {"others"}}), http.StatusSeeOther, "")
			for _, other := range []*visitor{there, third} {
				other.want(other.get("/online/index/"), http.StatusFound, "")
			}
			there.want(there.post("/online/login/", login), http.StatusSeeOther, "")
			here.want(here.post("/online/account/password/", url.Values{"old": {password}, "new": {password + "!"}}), http.StatusSeeOther, "")
			there.want(there.get("/online/index/"), http.StatusFound, "")
			here.want(here.get("/online/index/"), 200, "judy")

			copied := "sessionid=" + here.cookie("sessionid")
			here.want(here.post("/online/logout/", nil), http.StatusSeeOther, "")
			if key := here.cookie("sessionid"); key != "" {
				t.Error("the cookie is still there after the logout")
			}
			replayed := http.StatusFound
			if inCookie {
				replayed = http.StatusOK
			}
			thief := lab.visitor()
			thief.want(thief.get("/online/index/", "Cookie", copied), replayed, "")
			here.want(here.get("/healthz"), 200, "ok")
		})
	}
}

// A session that cannot be ended now stays on the member's list, where it can be ended later.
func TestListKeepsWhatLives(t *testing.T) {
	var stuck bool
	lab := newTestLabWith(t, "db", func(db *database.DB) session.Store {
		return stuckStore{session.NewDB(db, testKeys, time.Now), &stuck}
	})
	here, there := lab.visitor(), lab.visitor()
	here.member("judy", "correct horse battery")
	there.want(there.post("/online/login/", url.Values{"username": {"judy"}, "pwd": {"correct horse battery"}}), http.StatusSeeOther, "")
	ids := regexp.MustCompile(`name="session" value="(\d+)"`).FindAllStringSubmatch(here.get("/online/account/").body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d sessions on the list", len(ids))
	}
	id := url.Values{"session": {ids[0][1]}} // there's: the newest stands first
	for name, end := range map[string]func() answer{
		"a logout":             func() answer { return there.post("/online/logout/", nil) },
		"its own, by the list": func() answer { return there.post("/online/account/sessions/", id) },
		"from elsewhere":       func() answer { return here.post("/online/account/sessions/", id) },
		"flush":                func() answer { return there.operation("flush", `{}`) },
	} {
		stuck = true
		a := end()
		stuck = false
		if n := lab.rows("sessionlab_member_session"); a.StatusCode != http.StatusServiceUnavailable || n != 2 {
			t.Errorf("%s: status %d, and %d sessions are on the list", name, a.StatusCode, n)
		}
		there.want(there.get("/online/index/"), 200, "judy")
	}
	stranger := lab.visitor()
	stranger.member("mallory", "correct horse battery")
	stranger.want(stranger.post("/online/account/sessions/", id), http.StatusSeeOther, "")
	there.want(there.get("/online/index/"), 200, "judy") // another member ends nothing of hers
	here.want(here.post("/online/account/sessions/", id), http.StatusSeeOther, "")
	there.want(there.get("/online/index/"), http.StatusFound, "")
	here.want(here.post("/online/account/sessions/", id), http.StatusSeeOther, "") // it is no more
	here.want(here.get("/online/index/"), 200, "judy")
	if n := lab.rows("sessionlab_member_session"); n != 2 { // here and the stranger's
		t.Errorf("%d sessions are left on the lists", n)
	}
}

// Whoever has the name of a member who left does not find the other's sessions logged in, not even
// those that nobody could end.
func TestNameOfOneWhoLeft(t *testing.T) {
	for name, store := range testEngines(t) {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			lab := newTestLabWith(t, engine, store)
			first, second, thief := lab.visitor(), lab.visitor(), lab.visitor()
			first.member("eve", "correct horse battery")
			copied := "sessionid=" + first.cookie("sessionid")
			thief.want(thief.get("/online/index/", "Cookie", copied), 200, "eve")
			first.want(first.post("/online/account/delete/", url.Values{"pwd": {"correct horse battery"}}), http.StatusSeeOther, "")
			second.member("Eve", "another horse battery")
			thief.want(thief.get("/online/index/", "Cookie", copied), http.StatusFound, "")
			second.want(second.get("/online/index/"), 200, "Eve")
		})
	}
}
