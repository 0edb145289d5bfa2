// Package ginsession gives Gin's handlers their session. Nothing else of the engine knows Gin.
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

// Middleware returns a handler that gives each request its session, which session.From(c) and Default
// of github.com/gin-contrib/sessions find, and saves it before the first byte of the response is sent.
// Nothing is read or stored for a handler that does not use it, and nothing is stored for one that
// panics.
//
// If the session fails (Session.Err says how), onError answers the request instead: the headers are
// reset to what they were before the handler ran, and what it writes is discarded.
func Middleware(store session.Store, now func() time.Time, onError func(c *gin.Context, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		s := session.Begin(c.Writer.Header(), c.Request, store, now)
		w := &committer{ResponseWriter: c.Writer, c: c, session: s, onError: onError}
		// Restored even after a panic: whatever answers that must not save anything.
		defer func(inner gin.ResponseWriter) { c.Writer = inner }(c.Writer)
		c.Writer = w
		c.Set(session.ContextName, s)
		c.Set(sessions.DefaultKey, contrib{s})
		c.Next()
		if w.commit() == nil {
			if err := s.Late(); err != nil {
				_ = c.Error(err) // the response is sent: it can only be logged. Error returns its argument
			}
		}
	}
}

// contrib is a session with gin-contrib's interface.
type contrib struct{ *session.Session }

var _ sessions.Session = contrib{}

// Options sets the expiry by MaxAge, in gin-contrib's sense: seconds, 0 until the browser closes, or
// less to end the session. The cookie's other attributes are the site's, the same for everyone.
func (s contrib) Options(o sessions.Options) {
	if o.MaxAge < 0 {
		s.Flush()
		return
	}
	s.SetExpiry(o.MaxAge)
}

// A committer saves the session before the first byte is written.
type committer struct {
	gin.ResponseWriter
	c       *gin.Context
	session *session.Session
	onError func(c *gin.Context, err error)

	committed bool
	err       error // the session's; the handler's response was replaced
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

// replace lets onError answer.
func (w *committer) replace() {
	outer := w.c.Writer // perhaps one that the handler has put around this one
	w.c.Writer = w.ResponseWriter
	w.ResponseWriter.WriteHeader(http.StatusInternalServerError) // if onError chooses none
	w.onError(w.c, w.err)
	w.ResponseWriter.WriteHeaderNow()
	w.c.Writer = outer
	w.c.Abort()
}

// Write fails once the response has been replaced, so that a handler that streams ends.
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

// Unwrap returns the underlying writer, for http.ResponseController.
func (w *committer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
