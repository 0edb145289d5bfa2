package storetest

import (
	"errors"
	"sync"
	"time"

	"sessionlab/session"
)

// The suite for an engine that has the session in its key.

func (s *suite) createAndLoadInKey() {
	s.wantNone(key1)
	key := s.create(s.record(key1, text))
	s.wantData(key, text)
	s.wantNone(key1)
	if len(key) > 0 { // a forged key
		s.wantNone("x" + key)
	}
}

// Two sessions with the same data are the same session.
func (s *suite) createTwiceInKey() {
	first := s.create(s.record(key1, text))
	if second := s.create(s.record(key1, text)); second != first {
		s.Error("the same data at the same time made another key")
	}
	s.wantData(first, text)
}

// An update makes a new key. The old one stays valid, with the old data.
func (s *suite) updateInKey() {
	old := s.create(s.record(key1, `{"n":1}`))
	r, err := s.store.Update(s.Context(), old, increment)
	if err != nil || r.Key == old || r.Data.String() != `{"n":2}` {
		s.Errorf("update returned %s, another key: %t (%v)", r.Data, r.Key != old, err)
	}
	s.wantData(r.Key, `{"n":2}`)
	s.wantData(old, `{"n":1}`)
}

// Nobody chooses a key, and a login does not invalidate the old one.
func (s *suite) updateDoesNotMoveInKey() {
	old := s.create(s.record(key1, text))
	_, err := s.store.Update(s.Context(), old, func(r *session.Record) error {
		r.Key = key2
		return nil
	})
	if err != nil {
		s.Error(err)
	}
	s.wantNone(key2)
	s.wantData(old, text)
}

// Each of several parallel updates knows only its own change.
func (s *suite) updateParallelInKey() {
	key := s.create(s.record(key1, `{"n":0}`))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			r, err := s.store.Update(s.Context(), key, increment)
			if n, _ := r.Data.Get("n"); err != nil || n != 1 {
				s.Errorf("counted %v (%v), want 1", n, err)
			}
		})
	}
	wg.Wait()
	s.wantData(key, `{"n":0}`)
}

// Nothing can be taken back.
func (s *suite) deletesNothingInKey() {
	key := s.create(s.record(key1, text))
	if err := s.store.Delete(s.Context(), key); err != nil {
		s.Error(err)
	}
	s.wantData(key, text)
}

// The expiry is the one in the data, from the second of the signature.
func (s *suite) expiredInKey() {
	signed := s.clock.Now().Truncate(time.Second)
	until := func(t time.Time) {
		s.Helper()
		s.clock.Advance(t.Sub(s.clock.Now()))
	}
	short := s.create(s.record(key1, `{"_session_expiry":300}`))
	plain := s.create(s.record(key2, `{"a":1}`))
	until(signed.Add(300*time.Second - 1))
	s.wantData(short, `{"_session_expiry":300}`)
	until(signed.Add(300 * time.Second))
	s.wantNone(short)
	until(signed.Add(session.DefaultAge - 1))
	s.wantData(plain, `{"a":1}`)
	until(signed.Add(session.DefaultAge))
	s.wantNone(plain)
}

func (s *suite) deleteExpiredInKey() {
	s.create(s.record(key1, text))
	s.clock.Advance(session.DefaultAge)
	s.wantDeleted(0)
}

func (s *suite) noEndInKey() {
	const never = `{"_session_expiry":"9999-12-31T23:59:59+00:00"}`
	key := s.create(s.record(key1, never))
	s.clock.Advance(200 * 365 * 24 * time.Hour)
	s.wantData(key, never)
	if _, err := s.store.Load(s.Context(), key[:len(key)-1]); !errors.Is(err, session.ErrNotFound) {
		s.Errorf("a key without its end: %v, want ErrNotFound", err)
	}
}
