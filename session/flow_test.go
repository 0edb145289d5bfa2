package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/database"
	"sessionlab/session"
	"sessionlab/session/ginsession"
	"sessionlab/session/storetest"
)

// A lab is a server whose handlers use sessions, on a real database and a stopped clock.
type lab struct {
	*testing.T
	clock  *storetest.Clock
	db     *database.DB
	store  *faulty
	router *gin.Engine
	server *httptest.Server
}

// A faulty store fails when it is told to, and records what it is asked.
type faulty struct {
	session.Store
	mu    sync.Mutex
	calls []string
	fail  map[string]error // by operation
}

func (f *faulty) called(operation string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, operation)
	return f.fail[operation]
}

// asked returns the operations since the last time.
func (f *faulty) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := strings.Join(f.calls, " ")
	f.calls = nil
	return s
}

func (f *faulty) Load(ctx context.Context, key string) (session.Record, error) {
	if err := f.called("load"); err != nil {
		return session.Record{}, err
	}
	return f.Store.Load(ctx, key)
}

func (f *faulty) Create(ctx context.Context, r session.Record) (session.Record, error) {
	if err := f.called("create"); err != nil {
		return session.Record{}, err
	}
	return f.Store.Create(ctx, r)
}

func (f *faulty) Update(ctx context.Context, key string, change func(*session.Record) error) (session.Record, error) {
	if err := f.called("update"); err != nil {
		return session.Record{}, err
	}
	return f.Store.Update(ctx, key, change)
}

func (f *faulty) Delete(ctx context.Context, key string) error {
	if err := f.called("delete"); err != nil {
		return err
	}
	return f.Store.Delete(ctx, key)
}

func newLab(t *testing.T) *lab {
	gin.SetMode(gin.TestMode)
	l := &lab{T: t, clock: storetest.NewClock(), db: openDatabase(t), router: gin.New()}
	l.store = &faulty{Store: session.NewDB(l.db, session.Keys{"secret"}, l.clock.Now), fail: map[string]error{}}
	l.router.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.String(500, "panic") }))
	l.router.Use(func(c *gin.Context) { c.Header("X-Before", "1") })
	l.router.Use(ginsession.Middleware(l.store, l.clock.Now, func(c *gin.Context, err error) {
		c.String(statusOf(err), "error: %v", err)
	}))
	l.server = httptest.NewServer(l.router)
	t.Cleanup(l.server.Close)
	return l
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, session.ErrUnavailable):
		return 503
	case errors.Is(err, session.ErrInterrupted):
		return 400
	}
	return 500
}

// handle adds a page that does something with the session and answers "ok", or what do wrote.
func (l *lab) handle(path string, do func(c *gin.Context, s *session.Session)) {
	l.router.GET(path, func(c *gin.Context) {
		do(c, session.From(c))
		if !c.Writer.Written() {
			c.String(c.Writer.Status(), "ok")
		}
	})
}

// A browser keeps cookies.
type browser struct {
	l    *lab
	http *http.Client
}

func (l *lab) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.Fatal(err)
	}
	client := *l.server.Client()
	client.Jar = jar
	return &browser{l, &client}
}

type answer struct {
	status int
	body   string
	cookie string // Set-Cookie
	header http.Header
}

func (b *browser) get(path string) answer {
	b.l.Helper()
	r, err := b.http.Get(b.l.server.URL + path)
	if err != nil {
		b.l.Error(err)
		return answer{}
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.l.Error(err)
	}
	return answer{r.StatusCode, string(body), strings.Join(r.Header["Set-Cookie"], "\n"), r.Header}
}

// key returns the key that the browser holds, or "".
func (b *browser) key() string {
	u, err := url.Parse(b.l.server.URL)
	if err != nil {
		b.l.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == "sessionid" {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setKey(key string) {
	u, err := url.Parse(b.l.server.URL)
	if err != nil {
		b.l.Fatal(err)
	}
	b.http.Jar.SetCookies(u, []*http.Cookie{{Name: "sessionid", Value: key, Path: "/"}})
}

func (l *lab) rows() string {
	return queryString(l, l.db, `SELECT CAST(count(*) AS TEXT) FROM django_session`)
}

// data returns the stored data of a key, or "none".
func (l *lab) data(key string) string {
	l.Helper()
	r, err := l.store.Store.Load(l.Context(), key)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return "none"
	case err != nil:
		l.Fatal(err)
	}
	return r.Data.String()
}

func (l *lab) want(what string, got, want any) {
	l.Helper()
	if got != want {
		l.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func plusOne(old any) (any, error) { return session.Int(old) + 1, nil }

// pages adds the handlers of the flows.
func (l *lab) pages() {
	l.handle("/static", func(*gin.Context, *session.Session) {})
	l.handle("/read", func(c *gin.Context, s *session.Session) { c.String(200, "%v", s.Get("user")) })
	l.handle("/set", func(c *gin.Context, s *session.Session) { s.Set("user", "alice") })
	l.handle("/set/:name", func(c *gin.Context, s *session.Session) { s.Set(c.Param("name"), 1) })
	l.handle("/count", func(c *gin.Context, s *session.Session) {
		n, err := s.Update("res", plusOne)
		if err == nil {
			c.JSON(200, gin.H{"res": n})
		}
	})
	l.handle("/login", func(c *gin.Context, s *session.Session) {
		s.Cycle()
		s.Set("IS_LOGIN", true)
		c.String(200, s.ID())
	})
	l.handle("/logout", func(c *gin.Context, s *session.Session) { s.Flush() })
}

func TestPasserBy(t *testing.T) {
	l := newLab(t)
	l.pages()
	b := l.browser()
	a := b.get("/static")
	l.want("cookie of a page without session", a.cookie+a.header.Get("Vary"), "")
	a = b.get("/read")
	l.want("cookie of a page that reads", a.cookie, "")
	l.want("Vary of a page that reads", a.header.Get("Vary"), "Cookie")
	b.get("/logout")
	l.want("rows", l.rows(), "0")
	l.want("store", l.store.asked(), "")
}

func TestCounter(t *testing.T) {
	l := newLab(t)
	l.pages()
	b := l.browser()
	a := b.get("/count")
	l.want("first answer", a.body, `{"res":1}`)
	l.want("store", l.store.asked(), "create")
	key := b.key()
	l.want("cookie", a.cookie, "sessionid="+key+"; expires=Sun, 06 Dec 2026 22:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax")
	l.clock.Advance(time.Hour)
	a = b.get("/count")
	l.want("second answer", a.body, `{"res":2}`)
	l.want("the same key", b.key(), key)
	l.want("store", l.store.asked(), "update")
	l.want("row", queryString(t, l.db, `SELECT CAST(expire_date AS TEXT) FROM django_session`), "2026-12-06 23:00:00.500000")
	l.clock.Advance(session.DefaultAge)
	a = b.get("/count")
	l.want("after two weeks", a.body, `{"res":1}`)
	l.want("a new key", b.key() != key && b.key() != "", true)
}

func TestDeadKey(t *testing.T) {
	const foreign = "cccccccccccccccccccccccccccccccc"
	const deletion = `sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax`
	for _, tt := range []struct{ name, key, path, cookie, asked string }{
		{"never read: left alone", foreign, "/static", "", ""},
		{"read: deleted", foreign, "/read", deletion, "load"},
		{"written: a new key", foreign, "/set", "new", "load create"},
		{"counted: a new key", foreign, "/count", "new", "update create"},
		{"cycled: a new key", foreign, "/login", "new", "load create"},
		{"flushed: deleted", foreign, "/logout", deletion, "delete"},
		{"7 characters are not looked up", "ccccccc", "/read", deletion, ""},
		{"8 characters are", "cccccccc", "/read", deletion, "load"},
		{"short and written", "x", "/set", "new", "create"},
		{"NUL and more", "\x00'\xff\"--aaaa", "/read", deletion, "load"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.pages()
			r := httptest.NewRequest("GET", tt.path, nil)
			r.Header.Set("Cookie", "sessionid="+tt.key)
			w := httptest.NewRecorder()
			l.router.ServeHTTP(w, r)
			cookie := w.Header().Get("Set-Cookie")
			if key, ok := strings.CutPrefix(cookie, "sessionid="); ok && tt.cookie == "new" {
				key, _, _ = strings.Cut(key, ";")
				l.want("length of the key", len(key), 32)
				l.want("key adopted", key == tt.key, false)
				l.want("stored", l.data(key) != "none", true)
			} else {
				l.want("cookie", cookie, tt.cookie)
			}
			l.want("store", l.store.asked(), tt.asked)
			l.want("status", w.Code, 200)
			l.want("planted key", l.data(tt.key), "none")
		})
	}
}

func TestLogin(t *testing.T) {
	l := newLab(t)
	l.pages()
	attacker := l.browser()
	attacker.get("/set/planted")
	fixed := attacker.key()
	victim := l.browser()
	victim.setKey(fixed)
	a := victim.get("/login")
	l.want("key has changed", victim.key() != fixed, true)
	l.want("ID in the handler", a.body, victim.key())
	l.want("data", l.data(victim.key()), `{"planted":1,"IS_LOGIN":true}`)
	l.want("the fixed key", l.data(fixed), "none")
	l.want("rows", l.rows(), "1")
	a = attacker.get("/read")
	l.want("cookie of the attacker is deleted", strings.HasPrefix(a.cookie, `sessionid="";`), true)
}

func TestLogout(t *testing.T) {
	l := newLab(t)
	l.pages()
	l.handle("/logout-and-set", func(c *gin.Context, s *session.Session) {
		s.Flush()
		s.Set("after", 1)
	})
	b := l.browser()
	b.get("/set")
	first := b.key()
	b.get("/logout-and-set")
	l.want("old session", l.data(first), "none")
	l.want("new session", l.data(b.key()), `{"after":1}`)
	b.get("/logout")
	l.want("cookie", b.key(), "")
	l.want("rows", l.rows(), "0")
}

// Two clicks on "log in" end in a session that is logged in, and only in data that they set.
func TestDoubleLogin(t *testing.T) {
	l := newLab(t)
	l.pages()
	b := l.browser()
	b.get("/set/planted")
	l.handle("/slow-login", func(c *gin.Context, s *session.Session) {
		s.Cycle()
		s.Set("IS_LOGIN", true)
		other := l.browser()
		other.setKey(b.key())
		l.want("the other click", other.get("/login").status, 200)
	})
	a := b.get("/slow-login")
	l.want("status", a.status, 200)
	l.want("data", l.data(b.key()), `{"IS_LOGIN":true}`)
}

func TestSlowRequestDoesNotRevive(t *testing.T) {
	l := newLab(t)
	l.pages()
	b := l.browser()
	logout := func() {
		other := l.browser()
		other.setKey(b.key())
		l.want("status of the logout", other.get("/logout").status, 200)
	}
	l.handle("/slow", func(c *gin.Context, s *session.Session) {
		s.Set("slow", true)
		logout()
	})
	l.handle("/slow-count", func(c *gin.Context, s *session.Session) {
		s.Get("user")
		logout()
		_, err := s.Update("res", plusOne)
		l.want("error is ErrInterrupted", errors.Is(err, session.ErrInterrupted), true)
	})
	l.handle("/slow-read", func(c *gin.Context, s *session.Session) {
		s.Get("user")
		logout()
	})
	for path, status := range map[string]int{"/slow": 400, "/slow-count": 400, "/slow-read": 200} {
		b.get("/set")
		key := b.key()
		a := b.get(path)
		l.want(path+" status", a.status, status)
		l.want(path+" cookie", a.cookie, "")
		l.want(path+" session", l.data(key), "none")
		l.want(path+" rows", l.rows(), "0")
	}
}

func TestParallelCounts(t *testing.T) {
	l := newLab(t)
	l.pages()
	first := l.browser()
	first.get("/count")
	var wg sync.WaitGroup
	const clients, each = 50, 4
	for range clients {
		b := l.browser()
		b.setKey(first.key())
		wg.Go(func() {
			for range each {
				if a := b.get("/count"); a.status != 200 {
					l.Errorf("status %d: %s", a.status, a.body)
				}
			}
		})
	}
	wg.Wait()
	l.want("counted", l.data(first.key()), fmt.Sprintf(`{"res":%d}`, 1+clients*each))
}

func TestParallelChangesSurvive(t *testing.T) {
	l := newLab(t)
	l.pages()
	both := new(sync.WaitGroup)
	both.Add(2)
	l.handle("/slow/:name", func(c *gin.Context, s *session.Session) {
		s.Set(c.Param("name"), 1)
		s.AddFlash(c.Param("name"))
		s.Delete("user")
		both.Done()
		both.Wait() // until the other has read the same, too
	})
	b := l.browser()
	b.get("/set")
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() { l.want("status", b.get("/slow/"+name).status, 200) })
	}
	wg.Wait()
	r, err := l.store.Store.Load(t.Context(), b.key())
	if err != nil {
		t.Fatal(err)
	}
	flashes, _ := r.Data.Get("_flash")
	l.want("names", r.Data.Has("a") && r.Data.Has("b") && !r.Data.Has("user"), true)
	l.want("flashes", len(flashes.([]any)), 2)
}

func TestSessionsDefault(t *testing.T) {
	l := newLab(t)
	l.router.GET("/", func(c *gin.Context) {
		s := sessions.Default(c)
		n, _ := s.Get("n").(int)
		s.Set("n", n+1)
		if err := s.Save(); err != nil {
			l.Error(err)
		}
		c.String(200, "%d %d", n+1, len(s.ID()))
	})
	b := l.browser()
	l.want("first", b.get("/").body, "1 32")
	l.want("second", b.get("/").body, "2 32")
}

func TestTLS(t *testing.T) {
	l := newLab(t)
	l.pages()
	secure := httptest.NewTLSServer(l.router)
	t.Cleanup(secure.Close)
	b := l.browser()
	b.http.Transport = secure.Client().Transport
	l.server = secure
	a := b.get("/count")
	if !strings.HasPrefix(a.cookie, "__Host-sessionid=") || !strings.HasSuffix(a.cookie, "; Path=/; SameSite=Lax; Secure") {
		t.Errorf("cookie %q", a.cookie)
	}
	l.want("second", b.get("/count").body, `{"res":2}`)
	a = b.get("/logout")
	l.want("deletion", a.cookie, `__Host-sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax; Secure`)
}
