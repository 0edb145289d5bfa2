// Package storetest holds the contract that every session.Store keeps, as a test suite.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/session"
)

// A Clock gives a store under test its time.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that has stopped at a time with a fraction of a second.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 11, 22, 22, 0, 0, 500_000_000, time.UTC)}
}

// Now returns the clock's time. It is the function that stores are given.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// An Engine says which store to test, and what it cannot do.
type Engine struct {
	// New returns an empty store for one test.
	New func(t *testing.T, now func() time.Time) session.Store

	// ExpiresItself says that the store itself deletes what has expired.
	ExpiresItself bool

	// InKey says that the session is in its key, so that the server keeps nothing. Such an engine
	// cannot keep the whole contract; the suite tests what it does instead.
	InKey bool
}

// Run tests an engine.
func Run(t *testing.T, engine Engine) {
	for _, tt := range []struct {
		name       string
		run, inKey func(*suite)
	}{
		{"create and load", (*suite).createAndLoad, (*suite).createAndLoadInKey},
		{"create does not replace", (*suite).createTaken, (*suite).createTwiceInKey},
		{"update", (*suite).update, (*suite).updateInKey},
		{"update never inserts", (*suite).updateMissing, (*suite).updateMissing},
		{"update moves the key", (*suite).updateMoves, (*suite).updateDoesNotMoveInKey},
		{"update to a taken key", (*suite).updateToTaken, (*suite).updateDoesNotMoveInKey},
		{"an error in update changes nothing", (*suite).updateFails, (*suite).updateFails},
		{"too large", (*suite).tooLarge, (*suite).tooLarge},
		{"parallel updates", (*suite).updateParallel, (*suite).updateParallelInKey},
		{"parallel move: one wins", (*suite).moveParallel, (*suite).updateDoesNotMoveInKey},
		{"delete", (*suite).deletes, (*suite).deletesNothingInKey},
		{"delete against update", (*suite).deleteAgainstUpdate, (*suite).deletesNothingInKey},
		{"expired is not found", (*suite).expired, (*suite).expiredInKey},
		{"expired does not hold its key", (*suite).expiredKey, (*suite).expiredInKey},
		{"delete expired in batches", (*suite).deleteExpired, (*suite).deleteExpiredInKey},
		{"no end", (*suite).noEnd, (*suite).noEndInKey},
		{"records are values", (*suite).values, (*suite).values},
		{"ended context", (*suite).endedContext, (*suite).endedContext},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := NewClock()
			s := &suite{t, engine, clock, engine.New(t, clock.Now)}
			if engine.InKey {
				tt.inKey(s)
			} else {
				tt.run(s)
			}
		})
	}
}

type suite struct {
	*testing.T
	engine Engine
	clock  *Clock
	store  session.Store
}

const (
	key1 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	key2 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	// What Go would change comes back as it was: large integers, NaN, half surrogate pairs, the order.
	text = `{"z":1,"a":[9007199254740993,"\u4e2d"],"nan":NaN,"half":"\ud800","one":1.0}`
)

func (s *suite) record(key, json string) session.Record {
	s.Helper()
	d, err := session.ParseData([]byte(json))
	if err != nil {
		s.Fatal(err)
	}
	return session.Record{Key: key, Data: d, Expires: s.clock.Now().Add(time.Hour).Truncate(time.Microsecond)}
}

// create stores r and returns its key, which is r.Key unless the engine is InKey.
func (s *suite) create(r session.Record) (key string) {
	s.Helper()
	stored, err := s.store.Create(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	if stored.Key != r.Key && !s.engine.InKey {
		s.Error("create returned another key")
	}
	return stored.Key
}

// wantData fails unless the store has that data for key.
func (s *suite) wantData(key, json string) {
	s.Helper()
	r, err := s.store.Load(s.Context(), key)
	if err != nil {
		s.Fatalf("load: %v", err)
	}
	if r.Key != key || r.Data.String() != json {
		s.Errorf("loaded key right: %t, data %s, want %s", r.Key == key, r.Data, json)
	}
}

// wantNone fails unless there is no session of that key, neither to load nor to update.
func (s *suite) wantNone(key string) {
	s.Helper()
	if r, err := s.store.Load(s.Context(), key); !errors.Is(err, session.ErrNotFound) {
		s.Errorf("load: %s, error %v, want ErrNotFound", r.Data, err)
	}
	_, err := s.store.Update(s.Context(), key, func(*session.Record) error { return nil })
	if !errors.Is(err, session.ErrNotFound) {
		s.Errorf("update: error %v, want ErrNotFound", err)
	}
}

// increment changes a record as an atomic counter does.
func increment(r *session.Record) error {
	n, _ := r.Data.Get("n")
	return r.Data.Set("n", session.Int(n)+1)
}

func (s *suite) createAndLoad() {
	s.wantNone(key1)
	r := s.record(key1, text)
	s.create(r)
	s.wantData(key1, text)
	s.wantNone(key2)
	if got, err := s.store.Load(s.Context(), key1); err != nil || !got.Expires.Equal(r.Expires) {
		s.Errorf("expires %v (%v), want %v", got.Expires, err, r.Expires)
	}
}

func (s *suite) createTaken() {
	s.create(s.record(key1, text))
	if _, err := s.store.Create(s.Context(), s.record(key1, `{}`)); !errors.Is(err, session.ErrExists) {
		s.Errorf("error %v, want ErrExists", err)
	}
	s.wantData(key1, text)
}

func (s *suite) update() {
	s.create(s.record(key1, `{"n":1}`))
	expires := s.clock.Now().Add(24 * time.Hour).Truncate(time.Microsecond)
	r, err := s.store.Update(s.Context(), key1, func(r *session.Record) error {
		if r.Key != key1 || r.Data.String() != `{"n":1}` {
			s.Errorf("update was given key right: %t, data %s", r.Key == key1, r.Data)
		}
		r.Expires = expires
		return increment(r)
	})
	if err != nil || r.Key != key1 || r.Data.String() != `{"n":2}` || !r.Expires.Equal(expires) {
		s.Errorf("update returned %s, expires %v (%v)", r.Data, r.Expires, err)
	}
	s.wantData(key1, `{"n":2}`)
	if r, err := s.store.Load(s.Context(), key1); err != nil || !r.Expires.Equal(expires) {
		s.Errorf("expires %v (%v), want %v", r.Expires, err, expires)
	}
}

func (s *suite) updateMissing() { s.wantNone(key1); s.wantNone(key1) }

func (s *suite) updateMoves() {
	s.create(s.record(key1, text))
	r, err := s.store.Update(s.Context(), key1, func(r *session.Record) error {
		r.Key = key2
		return nil
	})
	if err != nil || r.Key != key2 {
		s.Errorf("moved: %t (%v)", r.Key == key2, err)
	}
	s.wantNone(key1)
	s.wantData(key2, text)
}

func (s *suite) updateToTaken() {
	s.create(s.record(key1, `{"a":1}`))
	s.create(s.record(key2, `{"b":2}`))
	_, err := s.store.Update(s.Context(), key1, func(r *session.Record) error {
		r.Key = key2
		return nil
	})
	if !errors.Is(err, session.ErrExists) {
		s.Errorf("error %v, want ErrExists", err)
	}
	s.wantData(key1, `{"a":1}`)
	s.wantData(key2, `{"b":2}`)
}

func (s *suite) updateFails() {
	key := s.create(s.record(key1, text))
	mine := errors.New("mine")
	_, err := s.store.Update(s.Context(), key, func(r *session.Record) error {
		r.Data.Clear()
		r.Key = key2
		return mine
	})
	if !errors.Is(err, mine) {
		s.Errorf("error %v, want the function's", err)
	}
	s.wantData(key, text)
	s.wantNone(key2)
}

func (s *suite) tooLarge() {
	key := s.create(s.record(key1, text))
	large := strings.Repeat("x", 1<<20)
	_, err := s.store.Update(s.Context(), key, func(r *session.Record) error { return r.Data.Set("large", large) })
	if !errors.Is(err, session.ErrTooLarge) {
		s.Errorf("update: error %v, want ErrTooLarge", err)
	}
	s.wantData(key, text)
	_, err = s.store.Create(s.Context(), s.record(key2, `{"large":"`+large+`"}`))
	if !errors.Is(err, session.ErrTooLarge) {
		s.Errorf("create: error %v, want ErrTooLarge", err)
	}
	s.wantNone(key2)
}

func (s *suite) updateParallel() {
	s.create(s.record(key1, `{"n":0}`))
	const workers, each = 16, 25
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for range each {
				_, err := s.store.Update(s.Context(), key1, func(r *session.Record) error {
					if err := r.Data.Set(fmt.Sprintf("worker%02d", i), true); err != nil {
						return err
					}
					return increment(r)
				})
				if err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r, err := s.store.Load(s.Context(), key1)
	if err != nil {
		s.Fatal(err)
	}
	if n, _ := r.Data.Get("n"); n != workers*each || r.Data.Len() != 1+workers {
		s.Errorf("%d updates counted %v and left %d names, want %d", workers*each, n, r.Data.Len(), 1+workers)
	}
}

func (s *suite) moveParallel() {
	s.create(s.record(key1, text))
	var moved []string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			key := fmt.Sprintf("%032d", i)
			_, err := s.store.Update(s.Context(), key1, func(r *session.Record) error {
				r.Key = key
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				moved = append(moved, key)
			case !errors.Is(err, session.ErrNotFound):
				s.Error(err)
			}
		})
	}
	wg.Wait()
	if len(moved) != 1 {
		s.Fatalf("%d have moved the session, want 1", len(moved))
	}
	s.wantNone(key1)
	s.wantData(moved[0], text)
}

func (s *suite) deletes() {
	s.create(s.record(key1, text))
	for range 2 { // what is gone may be deleted again
		if err := s.store.Delete(s.Context(), key1); err != nil {
			s.Error(err)
		}
		s.wantNone(key1)
	}
}

func (s *suite) deleteAgainstUpdate() {
	for range 20 {
		s.create(s.record(key1, `{"n":0}`))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := s.store.Update(s.Context(), key1, increment); err != nil && !errors.Is(err, session.ErrNotFound) {
					s.Error(err)
				}
			})
		}
		wg.Go(func() {
			if err := s.store.Delete(s.Context(), key1); err != nil {
				s.Error(err)
			}
		})
		wg.Wait()
		s.wantNone(key1)
	}
}

func (s *suite) values() {
	mine := s.record(key1, text)
	key := s.create(mine)
	set := func(d *session.Data) {
		if err := d.Set("z", "changed"); err != nil {
			s.Fatal(err)
		}
	}
	set(&mine.Data)
	s.wantData(key, text)

	loaded, err := s.store.Load(s.Context(), key)
	if err != nil {
		s.Fatal(err)
	}
	set(&loaded.Data)
	list, _ := loaded.Data.Get("a")
	list.([]any)[0] = "changed"
	s.wantData(key, text)

	var kept *session.Record
	updated, err := s.store.Update(s.Context(), key, func(r *session.Record) error {
		kept = r
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	set(&updated.Data)
	set(&kept.Data)
	s.wantData(key, text)
}

func (s *suite) endedContext() {
	key := s.create(s.record(key1, text))
	ended, cancel := context.WithCancel(s.Context())
	cancel()
	for name, do := range map[string]func() error{
		"load":   func() error { _, err := s.store.Load(ended, key); return err },
		"create": func() error { _, err := s.store.Create(ended, s.record(key2, text)); return err },
		"update": func() error { _, err := s.store.Update(ended, key, increment); return err },
		"delete": func() error { return s.store.Delete(ended, key) },
		"delete expired": func() error {
			_, err := s.store.DeleteExpired(ended, s.clock.Now().Add(2*time.Hour), 10)
			return err
		},
	} {
		if err := do(); !errors.Is(err, context.Canceled) {
			s.Errorf("%s: error %v, want the context's", name, err)
		}
	}
	s.wantData(key, text)
	s.wantNone(key2)
}
