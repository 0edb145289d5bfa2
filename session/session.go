// Package session is the lab's session engine: Django's sessions, in Go.
//
// A handler gets its [Session] by [From]. [Handler] puts it there for net/http, the package
// ginsession for Gin, where it is also found by Default of github.com/gin-contrib/sessions. A program
// that has a key and no request calls [Open].
// Sessions are kept by a [Store]: [DB], [Cache], [CachedDB], [Redis] or [SignedCookies]. Read
// session.go for what happens to a session in a request, operations.go for what a handler can do
// with it.
//
// To start:
//
//	store := session.NewCache(session.DefaultLimits(), time.Now)
//	http.ListenAndServe(addr, session.Handler(mux, store, time.Now, onError))
//
// Promised: nothing is read before the first operation and nothing stored unless something was
// changed. A request's changes are replayed, name by name, on what is stored at its end, so that
// requests at the same time lose nothing of each other. A key that the server did not make, or
// that is gone, is never adopted. A slower request does not bring back a session that was flushed. No
// response claims that something was saved when it was not.
package session

import (
	"context"
	"time"
)

// A Session belongs to one request, and only the goroutine that handles it may use it.
//
// Like those of a map, its operations return no errors. The first failure is remembered: from then on
// reads find nothing, writes do nothing, Err returns it, and the request is answered with it whatever
// the handler writes.
type Session struct {
	values
}

// Open returns the session with that key without a request, as a handler gets it when the key comes
// in a cookie. With an unknown key, or "", it begins without one. Nothing is read yet: as in a
// handler, Err says what failed. Save stores what was changed.
func Open(ctx context.Context, store Store, key string, now func() time.Time) *Session {
	s := &Session{}
	s.ctx, s.store, s.now, s.hasCookie = ctx, observedBy(ctx, store), now, key != ""
	if possibleKey(key) {
		s.stored, s.key = key, key
	}
	return s
}
