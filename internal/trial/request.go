// Package trial runs the requests of experiments on sessions that nobody else uses, so that nothing done to them can reach
// a login or another visitor.
package trial

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sessionlab/session"
)

// Outcome holds what a request of an experiment did with its session.
type Outcome struct {
	Sent      string // the key sent with the request, or ""
	Found     bool   // whether there was a session with that key
	Key       string // the session's key at the end, or "" if there is none
	SetCookie string // of the response, or ""; the cookie's name is the session engine's
}

// Request runs handler as if it handled a request with that session key, from the opening of the session to the header of
// the response, like session.Handler.
func Request(ctx context.Context, store session.Store, now func() time.Time, key string, handler func(*session.Session)) (Outcome, error) {
	// The stage shows only the visitor's own session, which this is not.
	ctx = session.WithObserver(ctx, func(session.Access) {})
	s := session.Open(ctx, store, key, now)
	x := Outcome{Sent: key, Found: key != "" && s.ID() == key}
	handler(s)
	answer := http.Header{}
	err := s.Commit(answer, http.StatusOK)
	if err != nil {
		return x, err
	}
	x.Key, x.SetCookie = s.ID(), answer.Get("Set-Cookie")
	return x, nil
}

// Rename returns an engine's Set-Cookie line for a cookie with another name that is sent to that path only.
func Rename(setCookie, name, path string, tls bool) string {
	_, rest, _ := strings.Cut(setCookie, "=")
	rest = strings.Replace(rest, "Path=/", "Path="+path, 1)
	if tls {
		rest += "; Secure"
	}
	return name + "=" + rest
}
