package handlers

import (
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
	"sessionlab/session/storetest"
)

// With every engine the stage shows what it was asked, and the session before and after.
func TestStageInEveryEngine(t *testing.T) {
	table := func(db *database.DB) *session.DB { return session.NewDB(db, webtest.Keys(), time.Now) }
	for _, tt := range []struct {
		name  string
		store func(t *testing.T, db *database.DB) session.Store
		count string // the statements of a count, and of looking at the page
		look  string
	}{
		{"db", func(_ *testing.T, db *database.DB) session.Store { return table(db) }, "UPDATE COMMIT", "SELECT"},
		{"db, hashed", func(_ *testing.T, db *database.DB) session.Store { return session.Hashed(table(db)) }, "UPDATE COMMIT", "SELECT"},
		{"cache", func(*testing.T, *database.DB) session.Store {
			return session.NewCache(session.DefaultLimits(), time.Now)
		}, "cache:UPDATE", "cache:LOAD"},
		{"cached_db", func(_ *testing.T, db *database.DB) session.Store {
			return session.NewCachedDB(table(db), session.DefaultLimits(), time.Now)
		}, "UPDATE COMMIT", "cached_db:LOAD"},
		{"signed_cookies", func(*testing.T, *database.DB) session.Store {
			return session.NewSignedCookies(webtest.Keys(), time.Now)
		},
			"signed_cookies:UPDATE", "signed_cookies:LOAD"},
		{"redis, hashed", func(t *testing.T, _ *database.DB) session.Store {
			client := storetest.StartRedis(t).Client()
			t.Cleanup(func() { client.Close() })
			return session.Hashed(session.NewRedis(client, time.Now))
		}, "redis:UPDATE", "redis:LOAD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine, _, _ := strings.Cut(tt.name, ",")
			lab := newTestLabWith(t, engine, func(db *database.DB) session.Store { return tt.store(t, db) })
			w := lab.watcher()
			verbs := func(e shown) string {
				var all []string
				for _, st := range e.Statements {
					verb, _, _ := strings.Cut(st.Query, " ")
					if st.Engine != "" {
						verb = st.Engine + ":" + verb
					}
					all = append(all, verb)
				}
				return strings.Join(all, " ")
			}
			w.Get("/get_add_session/")
			w.Get("/get_add_session/")
			w.Get("/session/")
			w.exchange()
			count, look := w.exchange(), w.exchange()
			if got := verbs(count); got != tt.count {
				t.Errorf("a count asks %s", got)
			}
			before, after := count.Session.Before, count.Session.After
			if before == nil || after == nil || before.Data["res"] != 1.0 || after.Data["res"] != 2.0 {
				t.Fatalf("from %+v to %+v", before, after)
			}
			if cookie := field(count.Response.Headers, "Set-Cookie"); !strings.HasPrefix(cookie, "sessionid="+after.Session_key+";") {
				t.Errorf("the session %s is set as %s", after.Session_key, cookie)
			}
			if (after.Session_data == "") != (engine == "cache") { // which keeps no text
				t.Errorf("kept as %q", after.Session_data)
			}
			if got := verbs(look); got != tt.look {
				t.Errorf("looking asks %s", got)
			}
			if s := look.Session; s.Before == nil || s.After == nil || s.Before.Data["res"] != 2.0 || s.After.Data["res"] != 2.0 {
				t.Errorf("looked at from %+v to %+v", s.Before, s.After)
			}
		})
	}
}
