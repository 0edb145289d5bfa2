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

// ContextName is where an adapter puts the session into a context that knows only strings, as Gin's
// does. From looks there too.
const ContextName = "sessionlab/session"

type contextKey struct{}

// From returns the session of the request whose context, or *gin.Context, that is. Where no
// middleware has put one it panics: that is a mistake in the program.
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

// Begin returns the session of a request. It is for adapters, such as Handler: they call Commit
// before the answer's header leaves, and Late at the end. header is the answer's as it is before
// the handler runs. Secure and the name of the cookie are as of TLS of the request itself; proxies
// are not believed.
func Begin(header http.Header, r *http.Request, store Store, now func() time.Time) *Session {
	tls := r.TLS != nil
	cookie, ok := cookieValue(r.Header["Cookie"], CookieName(tls))
	s := Open(r.Context(), store, cookie, now)
	s.hasCookie = ok                         // also with nothing in it
	s.tls, s.entry = tls, maps.Clone(header) // handlers replace values, and write into none
	return s
}

// Commit saves what the handler changed, unless the status says that the server failed, and sets or
// deletes the cookie. If that fails it puts header back to what it was before the handler, and
// returns why: the adapter answers with that error, whatever the handler has written.
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

// Late returns what went wrong with the session after a good Commit, when the answer had begun to
// leave: nobody but the log can be told.
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

// Handler gives each request of next its session, where From finds it in the request's context, and
// saves it before the first byte of the answer leaves. Nothing is read or stored for a handler that
// does not use it, and nothing is stored for one that panics.
//
// If the session fails (Session.Err says how) the request is answered by onError instead, and what
// next writes is discarded. What is changed after the first byte cannot be saved any more; that is
// a mistake in the handler, and goes to the log.
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

// committer saves the session before the first byte is written.
type committer struct {
	http.ResponseWriter
	session   *Session
	replace   func(err error)
	committed bool
	err       error // the session's: the handler's answer was replaced
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
		c.ResponseWriter.WriteHeader(status) // the answer itself is still to come
		return
	}
	if c.commit(status) == nil {
		c.ResponseWriter.WriteHeader(status)
	}
}

// Write fails once the answer was replaced, so that a handler that streams comes to an end.
func (c *committer) Write(b []byte) (int, error) {
	if err := c.commit(http.StatusOK); err != nil {
		return 0, err
	}
	return c.ResponseWriter.Write(b)
}

// Flush is for handlers that ask for an http.Flusher.
func (c *committer) Flush() { _ = c.FlushError() }

// FlushError is what http.ResponseController calls.
func (c *committer) FlushError() error {
	if err := c.commit(http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Hijack is for websockets and the like: the session is saved before.
func (c *committer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := c.commit(http.StatusSwitchingProtocols); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController, which sets deadlines by it.
func (c *committer) Unwrap() http.ResponseWriter { return c.ResponseWriter }
