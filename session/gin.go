package session

import (
	"bufio"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
)

var _ sessions.Session = (*Session)(nil)

// Middleware gives each request its session, where Default of github.com/gin-contrib/sessions and
// From find it, and saves it before the first byte of the answer leaves. Nothing is read or stored
// for a handler that does not use it, and nothing is stored for one that panics.
//
// If the session fails (Session.Err says how) the request is answered by onError instead: the
// headers are put back to what they were before the handler, and what it writes is discarded.
// Secure and the name of the cookie are as of TLS of the request itself; proxies are not believed.
func Middleware(store Store, now func() time.Time, onError func(c *gin.Context, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		tls := c.Request.TLS != nil
		cookie, ok := cookieValue(c.Request.Header["Cookie"], CookieName(tls))
		s := newSession(c.Request.Context(), store, now, cookie, ok)
		w := &committer{
			ResponseWriter: c.Writer,
			c:              c,
			session:        s,
			tls:            tls,
			entry:          c.Writer.Header().Clone(),
			onError:        onError,
		}
		// Put back also after a panic: what answers that must not save anything.
		defer func(inner gin.ResponseWriter) { c.Writer = inner }(c.Writer)
		c.Writer = w
		c.Set(sessions.DefaultKey, s)
		c.Next()
		if w.commit() == nil {
			w.late()
		}
	}
}

// From returns the request's session. Without Middleware it panics.
func From(c *gin.Context) *Session { return c.MustGet(sessions.DefaultKey).(*Session) }

// Options sets the expiry by MaxAge, in gin-contrib's sense: seconds, 0 for the end of the browser,
// less to end the session. The cookie's other attributes are the site's, the same for everyone.
func (s *Session) Options(o sessions.Options) {
	if o.MaxAge < 0 {
		s.Flush()
		return
	}
	s.SetExpiry(o.MaxAge)
}

// committer saves the session before the first byte is written.
type committer struct {
	gin.ResponseWriter
	c       *gin.Context
	session *Session
	tls     bool
	entry   http.Header // as before the handler
	onError func(c *gin.Context, err error)

	committed bool
	status    int   // of the handler's answer
	err       error // the session's: the handler's answer was replaced
}

func (w *committer) commit() error {
	if w.committed {
		return w.err
	}
	w.committed = true // first: the page that onError writes may look at the session
	w.status = w.Status()
	var next fate
	if next, w.err = w.session.commit(w.status); w.err != nil {
		w.replace()
		return w.err
	}
	header := w.Header()
	switch next {
	case keepCookie:
		s := w.session
		header.Add("Set-Cookie", setCookie(w.tls, s.key, expiryOf(s.view), s.now()))
	case dropCookie:
		header.Add("Set-Cookie", deleteCookie(w.tls))
	}
	if w.session.touched {
		addVary(header)
	}
	return nil
}

// late notes what went wrong with the session when the answer had left: only the log can tell.
func (w *committer) late() {
	s := w.session
	if s.modified() && w.status < 500 {
		s.fail(errLate)
	}
	if s.err != nil {
		_ = w.c.Error(s.err) // returns its argument
	}
}

// replace answers with the error.
func (w *committer) replace() {
	header := w.Header()
	clear(header)
	maps.Copy(header, w.entry)
	addVary(header)
	outer := w.c.Writer // perhaps another writer of the handler's, around this one
	w.c.Writer = w.ResponseWriter
	w.ResponseWriter.WriteHeader(http.StatusInternalServerError) // should onError choose none
	w.onError(w.c, w.err)
	w.ResponseWriter.WriteHeaderNow()
	w.c.Writer = outer
	w.c.Abort()
}

func addVary(header http.Header) {
	isCookie := func(v string) bool { return strings.EqualFold(strings.TrimSpace(v), "Cookie") }
	for _, line := range header["Vary"] {
		if slices.ContainsFunc(strings.Split(line, ","), isCookie) {
			return
		}
	}
	header.Add("Vary", "Cookie")
}

// Write fails once the answer was replaced, so that a handler that streams comes to an end.
func (w *committer) Write(b []byte) (int, error) {
	if err := w.commit(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}

func (w *committer) WriteString(s string) (int, error) {
	if err := w.commit(); err != nil {
		return 0, err
	}
	return w.ResponseWriter.WriteString(s)
}

func (w *committer) WriteHeader(status int) {
	if w.err == nil {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *committer) WriteHeaderNow() {
	if w.commit() == nil {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *committer) Flush() {
	if w.commit() == nil {
		w.ResponseWriter.Flush()
	}
}

func (w *committer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := w.commit(); err != nil {
		return nil, nil, err
	}
	return w.ResponseWriter.Hijack()
}

// Unwrap is for http.ResponseController, which sets deadlines by it.
func (w *committer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
