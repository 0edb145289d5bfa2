// Package webtest provides a server of pages for tests, and browsers that visit it.
package webtest

import (
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/stage"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
	"sessionlab/session/ginsession"
)

// Keys returns the keys that sign the sessions of tests.
func Keys() session.Keys { return session.Keys{"a secret key of the tests"} }

// Server is a test server on loopback with its database in a real file.
type Server struct {
	T testing.TB
	*httptest.Server
	DB  *database.DB
	Log *strings.Builder
}

// Open opens a test's database, which is closed when the test ends.
func Open(t testing.TB) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Files returns the files of the checkout that contains the test, as the program embeds them.
func Files(t testing.TB) fs.FS {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return os.DirFS(folder)
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test")
		}
	}
}

// laboratory adds its pages to a router.
type laboratory interface{ Routes(*web.Router) }

// Laboratory serves one laboratory, which build makes, without the tutorial around it, so nobody can
// log in. build closes whatever it opens with t.Cleanup.
func Laboratory[L laboratory](t testing.TB, store func(*database.DB) session.Store, build func(*web.Site, session.Store) L) (*Server, L) {
	t.Helper()
	s := &Server{T: t, DB: Open(t), Log: &strings.Builder{}}
	sessions := store(s.DB)
	site, err := web.NewSite(web.Options{
		Files: Files(t), Funcs: view.Funcs(), Log: slog.New(slog.NewTextHandler(s.Log, nil)), Now: time.Now,
		InCookie: !session.CanRevoke(sessions), Note: stage.NoteHandler, PageToken: stage.PageToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(*gin.Context) (*member.Member, error) { return nil, nil }
	names := stage.Open("", sessions, func(string) record.Source { return record.Source{} }, time.Now)
	r := web.NewRouter(site, ginsession.Middleware(sessions, time.Now, site.Fail), visitor.Middleware(names, nobody))
	l := build(site, sessions)
	l.Routes(r)
	s.Server = httptest.NewServer(r)
	t.Cleanup(s.Close)
	return s, l
}

// Rows returns the number of rows in a table.
func (s *Server) Rows(table string) int {
	s.T.Helper()
	var n int
	err := s.DB.Read(s.T.Context(), func(tx *database.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return n
}
