// Package ginsession gives Gin's handlers their session. It is the only file of the engine that
// knows Gin.
package ginsession

import (
	"bufio"
	"net"
	"net/http"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/session"
)

// Middleware gives each request its session, where session.From(c) and Default of
// github.com/gin-contrib/sessions find it, and saves it before the first byte of the answer leaves.
// Nothing is read or stored for a handler that does not use it, and nothing is stored for one that
// panics.
//
// If the session fails (Session.Err says how) the request is answered by onError instead: the
// headers are put back to what they were before the handler, and what it writes is discarded.
func Middleware(store session.Store, now func() time.Time, onError func(c *gin.Context, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		s := session.Begin(c.Writer.Header(), c.Request, store, now)
		w := &committer{ResponseWriter: c.Writer, c: c, session: s, onError: onError}
		// Put back also after a panic: what answers that must not save anything.
		defer func(inner gin.ResponseWriter) { c.Writer = inner }(c.Writer)
		c.Writer = w
		c.Set(session.ContextName, s)
		c.Set(sessions.DefaultKey, contrib{s})
		c.Next()
		if w.commit() == nil {
			if err := s.Late(); err != nil {
				_ = c.Error(err) // the answer has left: only the log can tell. It returns its argument
			}
		}
	}
}

// contrib is a session as gin-contrib's handlers know it.
type contrib struct{ *session.Session }

var _ sessions.Session = contrib{}

// Options sets the expiry by MaxAge, in gin-contrib's sense: seconds, 0 for the end of the browser,
// less to end the session. The cookie's other attributes are the site's, the same for everyone.
func (s contrib) Options(o sessions.Options) {
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
	session *session.Session
	onError func(c *gin.Context, err error)

	committed bool
	err       error // the session's: the handler's answer was replaced
}

func (w *committer) commit() error {
	if w.committed {
		return w.err
	}
	w.committed = true // first: the page that onError writes may look at the session
	if w.err = w.session.Commit(w.Header(), w.Status()); w.err != nil {
		w.replace()
	}
	return w.err
}

// replace answers with the error.
func (w *committer) replace() {
	outer := w.c.Writer // perhaps another writer of the handler's, around this one
	w.c.Writer = w.ResponseWriter
	w.ResponseWriter.WriteHeader(http.StatusInternalServerError) // should onError choose none
	w.onError(w.c, w.err)
	w.ResponseWriter.WriteHeaderNow()
	w.c.Writer = outer
	w.c.Abort()
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
