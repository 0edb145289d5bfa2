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
// that is gone, is never taken over. A session that was flushed is not brought back by a slower
// request. An answer never says that something was saved that was not.
package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Session is the session of one request. It is for the goroutine that handles the request.
//
// Its operations have no errors to return, like those of a map. What fails is remembered: from then
// on reads find nothing, writes do nothing, Err says why, and the request is answered with that
// error whatever the handler writes.
type Session struct {
	ctx   context.Context
	store Store
	now   func() time.Time
	tls   bool
	entry http.Header // the answer's as it was before the handler

	hasCookie bool // the client sent a session cookie, with whatever in it
	touched   bool // the handler asked for something: the answer depends on the cookie

	loaded bool   // stored and view are what the store said
	stored string // the key of the session in the store; until loaded, what the client claims
	key    string // the key it shall have: another one after Cycle, "" until the first save
	view   Data   // what is stored, with the edits applied

	edits   []edit   // what this request changed and did not save yet
	doomed  []string // keys to be deleted from the store, after Flush
	saved   bool     // something was stored: the answer sets the cookie
	renewed bool     // a new key, but only if the session is still there
	failed  bool     // the answer says that the server failed: nothing more is stored
	err     error    // the first failure
}

// edit is one change of the data. It may be applied more than once, to different data.
type edit func(*Data) error

// Open returns the session with that key without a request, as a handler gets it when the key comes
// in a cookie. With an unknown key, or "", it begins without one. Nothing is read yet: as in a
// handler, Err says what failed. Save stores what was changed.
func Open(ctx context.Context, store Store, key string, now func() time.Time) *Session {
	s := &Session{ctx: ctx, store: observedBy(ctx, store), now: now, hasCookie: key != ""}
	if possibleKey(key) {
		s.stored, s.key = key, key
	}
	return s
}

// Err returns the first failure of the session in this request: ErrUnavailable and other errors of
// the store, ErrInterrupted, ErrTooLarge, or a value that has no JSON.
func (s *Session) Err() error { return s.err }

func (s *Session) fail(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("session: %w", err)
	}
}

// load asks the store, at the first operation of the request. It reports whether there is a view.
func (s *Session) load() bool {
	s.touched = true
	if s.loaded || s.err != nil {
		return s.err == nil
	}
	if s.stored == "" {
		s.forget()
		return true
	}
	r, err := s.store.Load(s.ctx, s.stored)
	switch {
	case errors.Is(err, ErrNotFound):
		s.forget()
	case err != nil:
		s.fail(err)
	default:
		s.loaded, s.view = true, r.Data
	}
	return s.err == nil
}

// forget makes this a session without key, row and data.
func (s *Session) forget() {
	s.loaded, s.stored, s.key, s.view = true, "", "", Data{}
}

// edit changes the view at once, and the stored data when the session is saved.
func (s *Session) edit(e edit) {
	if !s.load() {
		return
	}
	if err := e(&s.view); err != nil {
		s.fail(err)
		return
	}
	s.edits = append(s.edits, e)
}

func (s *Session) modified() bool {
	return len(s.edits) > 0 || len(s.doomed) > 0 || s.key != s.stored
}

// save brings the changes of this request to the store, and last, if not nil, after them.
func (s *Session) save(last edit) error {
	for len(s.doomed) > 0 {
		if err := s.store.Delete(s.ctx, s.doomed[0]); err != nil {
			return err
		}
		s.doomed = s.doomed[1:]
	}
	if last == nil && s.key == "" && s.view.Len() == 0 {
		s.edits = nil // no session is made to hold nothing
		return nil
	}
	now := s.now()
	r, err := s.put(func(r *Record) error {
		for _, e := range s.edits {
			if err := e(&r.Data); err != nil {
				return err
			}
		}
		if last != nil {
			if err := last(&r.Data); err != nil {
				return err
			}
		}
		if s.key != "" {
			r.Key = s.key
		}
		r.Expires = expiryOf(r.Data).date(now)
		return nil
	})
	if err != nil {
		return err
	}
	s.loaded, s.saved, s.edits = true, true, nil
	s.stored, s.key, s.view = r.Key, r.Key, r.Data
	return nil
}

// put updates the stored session. It makes one where there is none to be updated, unless there was
// one earlier in the request: that has been ended and stays so.
func (s *Session) put(change func(*Record) error) (Record, error) {
	if s.stored != "" {
		r, err := s.store.Update(s.ctx, s.stored, change)
		if !errors.Is(err, ErrNotFound) {
			return r, err
		}
		switch {
		case !s.loaded: // the client's key was never good
			s.forget()
		case s.key == s.stored, s.renewed:
			return Record{}, ErrInterrupted
		}
		// After Cycle the new session begins with what this request set, and nothing of the old
		// one: two clicks on "log in" log in.
	}
	r := Record{Key: NewKey()}
	if err := change(&r); err != nil {
		return Record{}, err
	}
	return s.store.Create(s.ctx, r)
}

// fate is what becomes of the session's cookie.
type fate int

const (
	leaveCookie fate = iota
	keepCookie       // it is set, with the session's key and expiry
	dropCookie       // it is deleted: what it held is no key
)

// commit ends the request: it saves what was changed, unless the server failed, and decides about
// the cookie.
func (s *Session) commit() (fate, error) {
	if s.err == nil && s.modified() && !s.failed {
		s.fail(s.save(nil))
	}
	switch {
	case s.err != nil:
		return leaveCookie, s.err
	case s.saved: // also by Save or Update of a request that failed later: the key may be new
		return keepCookie, nil
	case s.hasCookie && s.touched && s.stored == "" && len(s.doomed) == 0:
		return dropCookie, nil
	}
	return leaveCookie, nil
}
