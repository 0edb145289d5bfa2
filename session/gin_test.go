package session_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/session"
	"sessionlab/session/ginsession"
)

var errDown = errors.Join(session.ErrUnavailable, errors.New("disk"))

// When the store fails, the response is the error, whatever the handler has written.
func TestStoreFails(t *testing.T) {
	for _, tt := range []struct {
		name, operation string
		known           bool // the browser has a session
		do              func(c *gin.Context, s *session.Session)
	}{
		{"get", "load", true, func(c *gin.Context, s *session.Session) { s.Get("user") }},
		{"get, then a redirect as if logged out", "load", true, func(c *gin.Context, s *session.Session) {
			if s.Get("user") == nil {
				c.Redirect(http.StatusFound, "/login")
			}
		}},
		{"get, then written by hand", "load", true, func(c *gin.Context, s *session.Session) {
			s.Get("user")
			c.Writer.WriteHeader(204)
			c.Writer.WriteHeaderNow()
		}},
		{"get, then JSON", "load", true, func(c *gin.Context, s *session.Session) { c.JSON(200, gin.H{"user": s.Get("user")}) }},
		{"get, then a failure of its own", "load", true, func(c *gin.Context, s *session.Session) { s.Get("user"); c.Status(500) }},
		{"set", "update", true, func(c *gin.Context, s *session.Session) { s.Set("a", 1); c.String(200, "saved") }},
		{"set of a new one", "create", false, func(c *gin.Context, s *session.Session) { s.Set("a", 1) }},
		{"update", "update", true, func(c *gin.Context, s *session.Session) {
			if _, err := s.Update("n", plusOne); !errors.Is(err, session.ErrUnavailable) || !errors.Is(s.Err(), session.ErrUnavailable) {
				t.Errorf("update returned %v, Err %v", err, s.Err())
			}
			c.String(200, "counted")
		}},
		{"save", "update", true, func(c *gin.Context, s *session.Session) {
			s.Set("a", 1)
			if err := s.Save(); !errors.Is(err, session.ErrUnavailable) {
				t.Errorf("save returned %v", err)
			}
			c.String(200, "saved")
		}},
		{"flush", "delete", true, func(c *gin.Context, s *session.Session) { s.Flush() }},
		{"a stream", "load", true, func(c *gin.Context, s *session.Session) {
			s.Get("user")
			for range 1000 {
				if _, err := c.Writer.Write([]byte("data: x\n\n")); err != nil {
					return
				}
				c.Writer.Flush()
			}
			t.Error("the stream was not told to end")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.pages()
			l.handle("/page", func(c *gin.Context, s *session.Session) {
				c.Header("X-Handler", "1")
				c.Header("X-Before", "2")
				c.Header("Location", "/somewhere")
				c.SetCookie("other", "1", 0, "/", "", false, false)
				tt.do(c, s)
			})
			b := l.browser()
			if tt.known {
				b.get("/set")
			}
			b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			l.store.fail[tt.operation] = errDown
			a := b.get("/page")
			l.want("status", a.status, 503)
			l.want("body is the error's", strings.HasPrefix(a.body, "error: session: session store unavailable") && !strings.Contains(a.body, "data"), true)
			l.want("handler's headers", a.header.Get("X-Handler")+a.header.Get("Location")+a.cookie, "")
			l.want("header from before", strings.Join(a.header["X-Before"], ","), "1")
			l.want("Vary", a.header.Get("Vary"), "Cookie")
			delete(l.store.fail, tt.operation)
			if tt.known {
				l.want("data", l.data(b.key()), `{"user":"alice"}`)
			}
		})
	}
}

// An onError that writes nothing does not lead to a 200.
func TestOnErrorSilent(t *testing.T) {
	store := &faulty{Store: session.NewDB(openDatabase(t), session.Keys{"k"}, time.Now), fail: map[string]error{"create": errDown}}
	r := gin.New()
	r.Use(ginsession.Middleware(store, time.Now, func(*gin.Context, error) {}))
	r.GET("/", func(c *gin.Context) { session.From(c).Set("a", 1); c.String(200, "done") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || w.Body.Len() > 0 {
		t.Errorf("status %d, body %q, want 500 and none", w.Code, w.Body)
	}
}

// What a request saves, by how it ends.
func TestWhatIsSaved(t *testing.T) {
	type sess = *session.Session
	for _, tt := range []struct {
		name string
		do   func(c *gin.Context, s sess)
		data string // of {"user":"alice"} afterwards; "moved": under another key
		set  bool   // Set-Cookie
	}{
		{"read", func(c *gin.Context, s sess) { s.Get("user"); s.Has("x"); s.Keys(); s.Items(); s.ID() }, `{"user":"alice"}`, false},
		{"the same value", func(c *gin.Context, s sess) { s.Set("user", "alice") }, `{"user":"alice"}`, true},
		{"status 404", func(c *gin.Context, s sess) { s.Set("a", 1); c.Status(404) }, `{"user":"alice","a":1}`, true},
		{"status 500", func(c *gin.Context, s sess) { s.Set("a", 1); c.Status(500) }, `{"user":"alice"}`, false},
		{"flush and 503", func(c *gin.Context, s sess) { s.Flush(); c.Status(503) }, `{"user":"alice"}`, false},
		{"cycle and 500", func(c *gin.Context, s sess) { s.Cycle(); c.Status(500) }, `{"user":"alice"}`, false},
		{"panic", func(c *gin.Context, s sess) { s.Set("a", 1); panic("test") }, `{"user":"alice"}`, false},
		{"panic after flush", func(c *gin.Context, s sess) { s.Flush(); panic("test") }, `{"user":"alice"}`, false},
		{"save, then 500", func(c *gin.Context, s sess) { s.Set("a", 1); _ = s.Save(); s.Set("b", 1); c.Status(500) }, `{"user":"alice","a":1}`, true},
		{"cycle, update, then 500", func(c *gin.Context, s sess) { s.Cycle(); _, _ = s.Update("n", plusOne); c.Status(500) }, "moved", true},
		{"delete", func(c *gin.Context, s sess) { s.Delete("user") }, `{}`, true},
		{"delete nothing", func(c *gin.Context, s sess) { s.Delete("x") }, `{"user":"alice"}`, false},
		{"pop nothing", func(c *gin.Context, s sess) { s.Pop("x") }, `{"user":"alice"}`, false},
		{"default that is set", func(c *gin.Context, s sess) { s.SetDefault("user", "bob") }, `{"user":"alice"}`, false},
		{"default that is not", func(c *gin.Context, s sess) { s.SetDefault("x", 1) }, `{"user":"alice","x":1}`, true},
		{"clear", func(c *gin.Context, s sess) { s.Clear() }, `{}`, true},
		{"clear and set", func(c *gin.Context, s sess) { s.Clear(); s.Set("a", 1) }, `{"a":1}`, true},
		{"no flashes", func(c *gin.Context, s sess) { s.Flashes() }, `{"user":"alice"}`, false},
		{"flash", func(c *gin.Context, s sess) { s.AddFlash("hi"); s.AddFlash("ho", "list") }, `{"user":"alice","_flash":["hi"],"list":["ho"]}`, true},
		{"expiry", func(c *gin.Context, s sess) { s.SetExpiry(300) }, `{"user":"alice","_session_expiry":300}`, true},
		{"expiry nil", func(c *gin.Context, s sess) { s.SetExpiry(nil) }, `{"user":"alice"}`, false},
		{"numbers as keys", func(c *gin.Context, s sess) { s.Set(1, "one") }, `{"user":"alice","1":"one"}`, true},
		{"update after set", func(c *gin.Context, s sess) { s.Set("n", 5); _, _ = s.Update("n", plusOne) }, `{"user":"alice","n":6}`, true},
		{"update that refuses", func(c *gin.Context, s sess) {
			_, err := s.Update("n", func(any) (any, error) { return nil, errDown })
			if err != errDown {
				t.Errorf("update returned %v", err)
			}
		}, `{"user":"alice"}`, false},
		{"cycle", func(c *gin.Context, s sess) { s.Cycle() }, "moved", true},
		{"flush", func(c *gin.Context, s sess) { s.Flush() }, "none", true},
		{"options, negative age", func(c *gin.Context, s sess) { sessions.Default(c).Options(sessions.Options{MaxAge: -1}) }, "none", true},
		{"options", func(c *gin.Context, s sess) { sessions.Default(c).Options(sessions.Options{MaxAge: 60}) }, `{"user":"alice","_session_expiry":60}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.pages()
			l.handle("/page", tt.do)
			b := l.browser()
			b.get("/set")
			key := b.key()
			a := b.get("/page")
			want := tt.data
			if want == "moved" {
				want = "none"
				l.want("under the new key", strings.HasPrefix(l.data(b.key()), `{"user":"alice"`), true)
			}
			l.want("data", l.data(key), want)
			l.want("cookie set", a.cookie != "", tt.set)
		})
	}
}

// Without a session, an operation that leaves nothing to keep creates none.
func TestWhatMakesASession(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(s *session.Session)
		rows string
	}{
		"set and delete":   {func(s *session.Session) { s.Set("a", 1); s.Delete("a") }, "0"},
		"clear":            {func(s *session.Session) { s.Clear() }, "0"},
		"set and flush":    {func(s *session.Session) { s.Set("a", 1); s.Flush() }, "0"},
		"update and flush": {func(s *session.Session) { _, _ = s.Update("a", plusOne); s.Flush() }, "0"},
		"cycle":            {func(s *session.Session) { s.Cycle() }, "1"},
		"expiry":           {func(s *session.Session) { s.SetExpiry(0) }, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.handle("/page", func(c *gin.Context, s *session.Session) { tt.do(s) })
			a := l.browser().get("/page")
			l.want("rows", l.rows(), tt.rows)
			l.want("cookie set", a.cookie != "", tt.rows == "1")
		})
	}
}

func TestExpiryOfCookieAndRow(t *testing.T) {
	for name, tt := range map[string]struct {
		expiry      any
		cookie, row string
	}{
		"seconds":  {300, "; expires=Sun, 22 Nov 2026 22:05:00 GMT; HttpOnly; Max-Age=300; Path=/; SameSite=Lax", "2026-11-22 22:05:00.500000"},
		"zero":     {0, "; HttpOnly; Path=/; SameSite=Lax", "2026-12-06 22:00:00.500000"},
		"none":     {nil, "; expires=Sun, 06 Dec 2026 22:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax", "2026-12-06 22:00:00.500000"},
		"past":     {-5, "; expires=Sun, 22 Nov 2026 21:59:55 GMT; HttpOnly; Max-Age=-5; Path=/; SameSite=Lax", "2026-11-22 21:59:55.500000"},
		"duration": {time.Hour, "; expires=Sun, 22 Nov 2026 23:00:00 GMT; HttpOnly; Max-Age=3600; Path=/; SameSite=Lax", "2026-11-22 23:00:00.500000"},
		"time":     {time.Date(2026, 12, 1, 8, 0, 0, 0, time.FixedZone("", 28800)), "; expires=Mon, 30 Nov 2026 23:59:59 GMT; HttpOnly; Max-Age=698399; Path=/; SameSite=Lax", "2026-12-01 00:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.handle("/page", func(c *gin.Context, s *session.Session) {
				s.Set("a", 1)
				s.SetExpiry(tt.expiry)
				l.want("at browser close", s.ExpiresAtBrowserClose(), tt.expiry == 0)
				l.want("age", s.ExpiryAge().Truncate(time.Second) <= s.ExpiryDate().Sub(l.clock.Now()), true)
			})
			_, attributes, _ := strings.Cut(l.browser().get("/page").cookie, ";")
			l.want("cookie", ";"+attributes, tt.cookie)
			l.want("row", queryString(t, l.db, `SELECT CAST(expire_date AS TEXT) FROM django_session`), tt.row)
		})
	}
}

// What cannot be stored is not answered with 200.
func TestBadValues(t *testing.T) {
	for name, do := range map[string]func(s *session.Session){
		"no JSON":   func(s *session.Session) { s.Set("a", make(chan int)) },
		"no flash":  func(s *session.Session) { s.AddFlash(make(chan int)) },
		"no expiry": func(s *session.Session) { s.SetExpiry("tomorrow") },
		"too large": func(s *session.Session) { s.Set("a", strings.Repeat("x", 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.handle("/page", func(c *gin.Context, s *session.Session) { do(s); c.String(200, "fine") })
			a := l.browser().get("/page")
			l.want("status", a.status, 500)
			l.want("body", strings.HasPrefix(a.body, "error: session: "), true)
			l.want("rows", l.rows(), "0")
		})
	}
}

func TestTypedGetters(t *testing.T) {
	l := newLab(t)
	l.handle("/page", func(c *gin.Context, s *session.Session) {
		for name, v := range map[string]any{"s": "text", "i": 42, "f": 1.5, "whole": 3.0, "b": true, "big": uint64(1 << 63)} {
			s.Set(name, v)
		}
		l.want("string", s.GetString("s")+s.GetString("i"), "text")
		l.want("int", s.GetInt("i")+s.GetInt("s")+s.GetInt("f")+s.GetInt("big")+s.GetInt("none"), 42)
		l.want("whole", s.GetInt("whole"), 3)
		l.want("float", s.GetFloat64("f")+s.GetFloat64("i")+s.GetFloat64("s"), 43.5)
		l.want("big", s.GetFloat64("big"), float64(1<<63))
		l.want("bool", s.GetBool("b") && !s.GetBool("i"), true)
		v, ok := s.Pop("s")
		l.want("pop", ok && v == "text" && !s.Has("s"), true)
		s.AddFlash(1)
		s.AddFlash("two")
		f := s.Flashes()
		l.want("flashes", len(f) == 2 && f[0] == 1 && f[1] == "two" && s.Flashes() == nil, true)
	})
	l.want("status", l.browser().get("/page").status, 200)
}

// A client that left gets nothing stored.
func TestClientLeft(t *testing.T) {
	l := newLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.handle("/page", func(c *gin.Context, s *session.Session) { s.Set("a", 1); cancel() })
	w := httptest.NewRecorder()
	l.router.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/page", nil))
	l.want("rows", l.rows(), "0")
	l.want("status", w.Code, 500)
}

func TestLateChange(t *testing.T) {
	l := newLab(t)
	var logged string
	l.router.Use(func(c *gin.Context) { c.Next(); logged = c.Errors.String() })
	late := func(c *gin.Context, s *session.Session) { c.String(200, "gone"); s.Set("a", 1) }
	// Errors are noted after the handlers: this looks at them from outside the middleware.
	r := gin.New()
	r.Use(func(c *gin.Context) { c.Next(); logged = c.Errors.String() })
	r.Use(ginsession.Middleware(l.store, l.clock.Now, func(*gin.Context, error) { t.Error("the answer had left") }))
	r.GET("/", func(c *gin.Context) { late(c, session.From(c)) })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	l.want("body", w.Body.String(), "gone")
	l.want("noted", strings.Contains(logged, "after the answer had begun"), true)
	l.want("rows", l.rows(), "0")
}

// Whatever sends the first byte, the session is saved before.
func TestCommitsBeforeFirstByte(t *testing.T) {
	for name, send := range map[string]func(c *gin.Context){
		"Write":          func(c *gin.Context) { _, _ = c.Writer.Write([]byte("x")) },
		"WriteString":    func(c *gin.Context) { _, _ = c.Writer.WriteString("x") },
		"WriteHeaderNow": func(c *gin.Context) { c.Writer.WriteHeaderNow() },
		"Flush":          func(c *gin.Context) { c.Writer.Flush() },
		"controller":     func(c *gin.Context) { _ = http.NewResponseController(c.Writer).Flush() },
		"abort":          func(c *gin.Context) { c.AbortWithStatus(403) },
		"nothing":        func(c *gin.Context) {},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.router.GET("/page", func(c *gin.Context) {
				session.From(c).Set("a", 1)
				send(c)
				if name != "nothing" {
					l.want("rows when the first byte left", l.rows(), "1")
				}
			})
			a := l.browser().get("/page")
			l.want("cookie set", strings.HasPrefix(a.cookie, "sessionid="), true)
			l.want("rows", l.rows(), "1")
		})
	}
}

func TestHijack(t *testing.T) {
	l := newLab(t)
	l.router.GET("/page", func(c *gin.Context) {
		session.From(c).Set("a", 1)
		conn, rw, err := c.Writer.Hijack()
		if err != nil {
			l.Error(err)
			return
		}
		defer conn.Close()
		l.want("rows", l.rows(), "1")
		writeRaw(l, rw.Writer)
	})
	l.want("body", l.browser().get("/page").body, "raw")
}

func writeRaw(l *lab, w *bufio.Writer) {
	_, err := w.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nraw")
	if err = errors.Join(err, w.Flush()); err != nil {
		l.Error(err)
	}
}

// http.ResponseController reaches the connection through the committer.
func TestDeadlines(t *testing.T) {
	l := newLab(t)
	l.handle("/page", func(c *gin.Context, s *session.Session) {
		if err := http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			l.Error(err)
		}
	})
	l.want("status", l.browser().get("/page").status, 200)
}

func TestVaryIsNotRepeated(t *testing.T) {
	l := newLab(t)
	l.handle("/page", func(c *gin.Context, s *session.Session) {
		c.Header("Vary", "Accept-Language, cookie")
		s.Get("a")
	})
	l.want("Vary", strings.Join(l.browser().get("/page").header["Vary"], "|"), "Accept-Language, cookie")
}
