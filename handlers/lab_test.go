package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/session"
)

// testLab is a whole lab over a real file, behind a real server.
type testLab struct {
	*Lab
	t      testing.TB
	server *httptest.Server
	log    *strings.Builder
}

func newTestLab(t testing.TB) *testLab {
	return newTestLabWith(t, "db", func(db *database.DB) session.Store { return session.NewDB(db, testKeys, time.Now) })
}

var testKeys = session.Keys{"a secret key of the tests"}

func newTestLabWith(t testing.TB, engine string, store func(db *database.DB) session.Store) *testLab {
	t.Helper()
	db, err := database.Open(context.Background(), filepath.Join(t.TempDir(), "lab.db"))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	lab, err := New(Config{
		Files: os.DirFS(".."), Database: db,
		Sessions: store(db),
		Members:  member.New(db, time.Now),
		Engine:   engine,
		Hosts:    []string{"lab.test"},
		Log:      slog.New(slog.NewTextHandler(&log, nil)),
		Now:      time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(lab.Routes())
	lab.Attach(server.Config)
	server.Config.DisableGeneralOptionsHandler = true // as in main
	server.Listener = lab.Listener(server.Listener)
	server.Start()
	t.Cleanup(func() {
		lab.stage.Close() // or Close would wait for the streams
		lab.neighbour.close()
		server.Close()
		if err := errors.Join(lab.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return &testLab{lab, t, server, &log}
}

// visitor is a browser with its own jar that follows no redirect.
type visitor struct {
	*testLab
	client *http.Client
}

func (l *testLab) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return &visitor{l, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// answer is a response whose body has been read.
type answer struct {
	*http.Response
	body string
}

func (v *visitor) do(request *http.Request) answer {
	v.t.Helper()
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{response, string(body)}
}

func (v *visitor) get(path string, header ...string) answer {
	v.t.Helper()
	return v.do(v.request(http.MethodGet, path, "", header...))
}

func (v *visitor) post(path string, form url.Values, header ...string) answer {
	v.t.Helper()
	return v.do(v.request(http.MethodPost, path, form.Encode(), header...))
}

// request makes a request; header has names and values in turn.
func (v *visitor) request(method, path, body string, header ...string) *http.Request {
	v.t.Helper()
	request, err := http.NewRequest(method, v.server.URL+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	return request
}

// cookie returns the value that the visitor's jar has of a cookie.
func (v *visitor) cookie(name string) string {
	at, err := url.Parse(v.server.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, cookie := range v.client.Jar.Cookies(at) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// member registers and logs in.
func (v *visitor) member(name, password string) {
	v.t.Helper()
	form := url.Values{"username": {name}, "pwd": {password}}
	v.want(v.post("/online/register/", form), http.StatusSeeOther, "")
	v.want(v.post("/online/login/", form), http.StatusSeeOther, "")
}

// want fails the test unless the answer has the status and contains text.
func (v *visitor) want(a answer, status int, text string) {
	v.t.Helper()
	if a.StatusCode != status || !strings.Contains(a.body, text) {
		v.t.Fatalf("%s %s: %d, want %d with %q\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, text, a.body)
	}
}

// rows counts the rows of a table.
func (l *testLab) rows(table string) int {
	l.t.Helper()
	var n int
	err := l.Database.Read(context.Background(), func(tx *database.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}
