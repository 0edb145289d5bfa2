package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// transaction holds what a request does to its session in the store.
type transaction struct {
	ctx   context.Context
	store Store
	now   func() time.Time

	loaded bool   // stored and view are what the store said
	stored string // the key of the session in the store; until loaded, what the client claims
	key    string // the key it will have: another one after Cycle, "" until the first save
	view   Data   // what is stored, with the edits applied

	client
	changes
	err error // the first failure
}

// client holds what a session has to do with the browser.
type client struct {
	tls       bool
	entry     http.Header // the response's, as it was before the handler ran
	hasCookie bool        // the browser sent a session cookie, whatever its value
	touched   bool        // the handler used the session: the response depends on the cookie
}

// changes holds those of this request.
type changes struct {
	edits   []edit   // what has not been saved yet
	doomed  []string // keys to delete from the store, after Flush
	saved   bool     // something was stored: the response sets the cookie
	renewed bool     // the key is new, and the session must still be there
	failed  bool     // the response reports a server error: nothing more is stored
}

// An edit changes the data. It may be applied more than once, to different data.
type edit func(*Data) error

// Err returns the first failure of the session in this request: ErrUnavailable and other errors of
// the store, ErrInterrupted, ErrTooLarge, or a value that has no JSON.
func (s *transaction) Err() error { return s.err }

func (s *transaction) fail(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("session: %w", err)
	}
}

// load reads the session at the request's first operation. It reports whether there is a view.
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

// forget makes this a session without a key, a row or data.
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

// save applies this request's changes to the stored session, and then last, if it is not nil.
func (s *transaction) save(last edit) error {
	for len(s.doomed) > 0 {
		if err := s.store.Delete(s.ctx, s.doomed[0]); err != nil {
			return err
		}
		s.doomed = s.doomed[1:]
	}
	if last == nil && s.key == "" && s.view.Len() == 0 {
		s.edits = nil // an empty session is not created
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

// put updates the stored session. If there is none it creates one, unless the request has seen one
// before: that was ended meanwhile, and stays ended.
func (s *transaction) put(change func(*Record) error) (Record, error) {
	if s.stored != "" {
		r, err := s.store.Update(s.ctx, s.stored, change)
		if !errors.Is(err, ErrNotFound) {
			return r, err
		}
		switch {
		case !s.loaded: // the client's key was never valid
			s.forget()
		case s.key == s.stored, s.renewed:
			return Record{}, ErrInterrupted
		}
		// After Cycle the new session starts with what this request set and nothing of the old one,
		// so that two clicks on "log in" log in.
	}
	r := Record{Key: NewKey()}
	if err := change(&r); err != nil {
		return Record{}, err
	}
	return s.store.Create(s.ctx, r)
}

// A fate says what happens to the session's cookie.
type fate int

const (
	leaveCookie fate = iota
	keepCookie       // it is set, with the session's key and expiry
	dropCookie       // it is deleted: its value is not a key
)

// commit ends the request: it saves what was changed, unless the server failed, and returns what
// happens to the cookie.
func (s *transaction) commit() (fate, error) {
	if s.err == nil && s.modified() && !s.failed {
		s.fail(s.save(nil))
	}
	switch {
	case s.err != nil:
		return leaveCookie, s.err
	case s.saved: // even by Save or Update of a request that failed later: the key may be new
		return keepCookie, nil
	case s.hasCookie && s.touched && s.stored == "" && len(s.doomed) == 0:
		return dropCookie, nil
	}
	return leaveCookie, nil
}
