package session

import (
	"bufio"
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ContextName is the name under which an adapter keeps the session in a context whose keys are
// strings, such as Gin's. From looks there, too.
const ContextName = "sessionlab/session"

type contextKey struct{}

// From returns the session of the request that ctx, which may be a *gin.Context, belongs to. It panics
// if no middleware has put one there, which is a mistake in the program.
func From(ctx context.Context) *Session {
	s, ok := ctx.Value(contextKey{}).(*Session)
	if !ok {
		s, ok = ctx.Value(ContextName).(*Session)
	}
	if !ok {
		panic("session: none in this context; the session's middleware comes before the handler")
	}
	return s
}

// Begin returns the session of a request. It is for adapters such as Handler, which call Commit before
// the response's header is sent, and Late at the end. header is the response's before the handler
// runs. The cookie's name, and whether it is Secure, depend on the TLS of the request itself; proxies
// are not believed.
func Begin(header http.Header, r *http.Request, store Store, now func() time.Time) *Session {
	tls := r.TLS != nil
	cookie, ok := cookieValue(r.Header["Cookie"], CookieName(tls))
	s := Open(r.Context(), store, cookie, now)
	s.hasCookie = ok                         // even an empty one
	s.tls, s.entry = tls, maps.Clone(header) // handlers replace values, and write into none
	return s
}

// Commit saves what the handler changed, unless the status says that the server failed, and sets or
// deletes the cookie. If that fails it resets header to what it was before the handler ran, and
// returns the error, with which the adapter answers whatever the handler has written.
func (s *Session) Commit(header http.Header, status int) error {
	s.failed = status >= 500
	next, err := s.commit()
	switch {
	case err != nil:
		clear(header)
		maps.Copy(header, s.entry)
	case next == keepCookie:
		header.Add("Set-Cookie", setCookie(s.tls, s.key, expiryOf(s.view), s.now()))
	case next == dropCookie:
		header.Add("Set-Cookie", deleteCookie(s.tls))
	}
	if s.touched {
		addVary(header)
	}
	return err
}

// Late returns what went wrong with the session after a successful Commit. The response is on its way
// by then, so that the error can only be logged.
func (s *Session) Late() error {
	if s.modified() && !s.failed {
		s.fail(errLate)
	}
	return s.err
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

// Handler returns next with a session for each request, which From finds in the request's context. It
// is saved before the first byte of the response is sent. Nothing is read or stored for a handler that
// does not use it, and nothing is stored for one that panics.
//
// If the session fails (Session.Err says how), onError answers the request instead, and what next
// writes is discarded. A change after the first byte can no longer be saved; that is a mistake in the
// handler, and is logged.
func Handler(next http.Handler, store Store, now func() time.Time, onError func(w http.ResponseWriter, r *http.Request, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := Begin(w.Header(), r, store, now)
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, s))
		c := &committer{ResponseWriter: w, session: s}
		c.replace = func(err error) { onError(w, r, err) }
		next.ServeHTTP(c, r)
		if c.commit(http.StatusOK) == nil {
			if err := s.Late(); err != nil {
				slog.ErrorContext(r.Context(), "session not saved", "method", r.Method, "path", r.URL.Path, "error", err)
			}
		}
	})
}

// A committer saves the session before the first byte is written.
type committer struct {
	http.ResponseWriter
	session   *Session
	replace   func(err error)
	committed bool
	err       error // the session's; the handler's response was replaced
}

func (c *committer) commit(status int) error {
	if !c.committed {
		c.committed = true
		if c.err = c.session.Commit(c.Header(), status); c.err != nil {
			c.replace(c.err)
		}
	}
	return c.err
}

func (c *committer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		c.ResponseWriter.WriteHeader(status) // the response itself follows
		return
	}
	if c.commit(status) == nil {
		c.ResponseWriter.WriteHeader(status)
	}
}

// Write fails once the response has been replaced, so that a handler that streams ends.
func (c *committer) Write(b []byte) (int, error) {
	if err := c.commit(http.StatusOK); err != nil {
		return 0, err
	}
	return c.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (c *committer) Flush() { _ = c.FlushError() }

// FlushError saves the session, then flushes. http.ResponseController calls it.
func (c *committer) FlushError() error {
	if err := c.commit(http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Hijack saves the session, then hands over the connection, for example to a WebSocket.
func (c *committer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := c.commit(http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (c *committer) Unwrap() http.ResponseWriter { return c.ResponseWriter }
