// Package trial runs requests of experiments on sessions that nobody else uses, so that nothing that
// is done to them can reach a login or another visitor.
package trial

import (
	"context"
	"net/http"
	"strings"
	"time"

	"sessionlab/session"
)

// Exchange is what a request of an experiment did with its session.
type Exchange struct {
	Sent      string // the key that came with the request, "" if none did
	Found     bool   // and there was a session of that key
	Key       string // the session's key at the end, "" if there is none
	SetCookie string // of the answer, "" if it had none; the name is the session engine's
}

// Request runs handler as the handler of a request with that session cookie, from the session's
// beginning to the header of the answer. It is what session.Handler does around every handler.
func Request(ctx context.Context, store session.Store, now func() time.Time, key string, handler func(*session.Session)) (Exchange, error) {
	// The stage tells of the visitor's own session, which this is not.
	ctx = session.WithObserver(ctx, func(session.Access) {})
	s := session.Open(ctx, store, key, now)
	x := Exchange{Sent: key, Found: key != "" && s.ID() == key}
	handler(s)
	answer := http.Header{}
	err := s.Commit(answer, http.StatusOK)
	if err != nil {
		return x, err
	}
	x.Key, x.SetCookie = s.ID(), answer.Get("Set-Cookie")
	return x, nil
}

// Rename makes an engine's Set-Cookie one of another cookie, which is sent to that path alone.
func Rename(setCookie, name, path string, tls bool) string {
	_, rest, _ := strings.Cut(setCookie, "=")
	rest = strings.Replace(rest, "Path=/", "Path="+path, 1)
	if tls {
		rest += "; Secure"
	}
	return name + "=" + rest
}
