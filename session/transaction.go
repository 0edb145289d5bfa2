package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// transaction is what a request does to its session in the store.
type transaction struct {
	ctx   context.Context
	store Store
	now   func() time.Time

	loaded bool   // stored and view are what the store said
	stored string // the key of the session in the store; until loaded, what the client claims
	key    string // the key that it gets: another one after Cycle, "" until the first save
	view   Data   // what is stored, with the edits applied

	client
	changes
	err error // the first failure
}

// client is what a session has to do with the browser.
type client struct {
	tls       bool
	entry     http.Header // the answer's, as it was before the handler
	hasCookie bool        // the browser sent a session cookie, with whatever in it
	touched   bool        // the handler asked for something: the answer depends on the cookie
}

// changes are those of this request.
type changes struct {
	edits   []edit   // not saved yet
	doomed  []string // keys to be deleted from the store, after Flush
	saved   bool     // something was stored: the answer sets the cookie
	renewed bool     // a new key, but only if the session is still there
	failed  bool     // the answer says that the server failed: nothing more is stored
}

// edit is one change of the data. It may be applied more than once, to different data.
type edit func(*Data) error

// Err returns the first failure of the session in this request: ErrUnavailable and other errors of
// the store, ErrInterrupted, ErrTooLarge, or a value that has no JSON.
func (s *transaction) Err() error { return s.err }

func (s *transaction) fail(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("session: %w", err)
	}
}

// load asks the store, at the first operation of the request. It reports whether there is a view.
func (s *transaction) load() bool {
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
func (s *transaction) forget() {
	s.loaded, s.stored, s.key, s.view = true, "", "", Data{}
}

// edit changes the view at once, and the stored data when the session is saved.
func (s *transaction) edit(e edit) {
	if !s.load() {
		return
	}
	if err := e(&s.view); err != nil {
		s.fail(err)
		return
	}
	s.edits = append(s.edits, e)
}

func (s *transaction) modified() bool {
	return len(s.edits) > 0 || len(s.doomed) > 0 || s.key != s.stored
}

// save brings the changes of this request to the store, and last, if not nil, after them.
func (s *transaction) save(last edit) error {
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
func (s *transaction) put(change func(*Record) error) (Record, error) {
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
func (s *transaction) commit() (fate, error) {
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
