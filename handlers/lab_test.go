package handlers

import (
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
)

// testLab is a whole lab with a real database file, behind a real server.
type testLab struct {
	*webtest.Server
	lab *Lab
}

func newTestLab(t testing.TB) *testLab {
	return newTestLabWith(t, "db", func(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) })
}

func newTestLabWith(t testing.TB, engine string, store func(db *database.DB) session.Store) *testLab {
	t.Helper()
	db := webtest.Open(t)
	return startLab(t, db, Config{Engine: engine, Sessions: store(db), Now: time.Now})
}

// newTestLabOf returns a lab built from config.
func newTestLabOf(t testing.TB, config Config) *testLab {
	t.Helper()
	if config.Now == nil {
		config.Now = time.Now
	}
	db := webtest.Open(t)
	config.Engine, config.Sessions = "db", session.NewDB(db, webtest.Keys(), config.Now)
	return startLab(t, db, config)
}

func startLab(t testing.TB, db *database.DB, config Config) *testLab {
	t.Helper()
	var log strings.Builder
	config.Files, config.Database, config.Members = webtest.Files(t), db, member.New(db, time.Now)
	config.Hosts, config.Log = []string{"lab.test"}, slog.New(slog.NewTextHandler(&log, nil))
	lab, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(lab.Routes())
	lab.Attach(server.Config)
	server.Config.DisableGeneralOptionsHandler = true // as in serve
	server.Listener = lab.Listener(server.Listener)
	server.Start()
	t.Cleanup(func() {
		lab.stage.Close() // otherwise Close would wait for the streams
		lab.cookielab.Close()
		server.Close()
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return &testLab{&webtest.Server{T: t, Server: server, DB: db, Log: &log}, lab}
}

// styles returns the address of a static file: the first stylesheet on the first page.
func (l *testLab) styles(v *webtest.Visitor) string {
	l.T.Helper()
	found := regexp.MustCompile(`rel="stylesheet" href="([^"]+)"`).FindStringSubmatch(v.Get("/").Body)
	if found == nil {
		l.T.Fatal("the first page has no stylesheet")
	}
	return found[1]
}
