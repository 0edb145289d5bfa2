package visitor

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// thing counts how many of its kind are open.
type thing struct{ open *atomic.Int32 }

func (t thing) Close() error {
	t.open.Add(-1)
	return nil
}

func TestShelf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open atomic.Int32
		s := NewShelf[thing](2, time.Now)
		begin := func(visitor string) error {
			return s.Begin(visitor, func() (thing, error) {
				open.Add(1)
				return thing{&open}, nil
			})
		}
		use := func(visitor string) error { return s.Use(visitor, func(thing) error { return nil }) }
		check := func(what string, got, want error, opened int32) {
			t.Helper()
			if !errors.Is(got, want) || open.Load() != opened {
				t.Errorf("%s: %v, want %v; %d open, want %d", what, got, want, open.Load(), opened)
			}
		}
		check("nobody", use("a"), ErrNone, 0)
		check("a begins", begin("a"), nil, 1)
		check("a begins afresh", begin("a"), nil, 1)
		failed := errors.New("cannot open")
		check("b fails", s.Begin("b", func() (thing, error) { return thing{}, failed }), failed, 1)
		check("b begins", begin("b"), nil, 2)
		check("no room", begin("c"), ErrFull, 2)
		time.Sleep(shortIdle + time.Second)
		check("a is there", use("a"), nil, 2)
		check("c takes the place of b", begin("c"), nil, 2)
		check("b is gone", use("b"), ErrNone, 2)
		check("a ends", s.End("a"), nil, 1)
		check("a ends again", s.End("a"), nil, 1)

		// There is also a bound on the calls that wait for one experiment.
		hold, done := make(chan struct{}), make(chan error)
		for range maxWaiting {
			go func() { done <- s.Use("c", func(thing) error { <-hold; return nil }) }()
		}
		synctest.Wait()
		check("one too many", use("c"), ErrBusy, 1)
		close(hold)
		for range maxWaiting {
			check("after the wait", <-done, nil, 1)
		}
		time.Sleep(idleTime + time.Second)
		check("too old", use("c"), ErrNone, 0)

		check("d begins", begin("d"), nil, 1)
		check("the end", s.Close(), nil, 0)
		check("after the end", begin("d"), ErrFull, 0)
	})
}

// An experiment comes along to its visitor's new name, also while it is in use.
func TestShelfRename(t *testing.T) {
	var open atomic.Int32
	s := NewShelf[thing](1, time.Now)
	begin := func(visitor string) error {
		return s.Begin(visitor, func() (thing, error) {
			open.Add(1)
			return thing{&open}, nil
		})
	}
	if err := begin("old"); err != nil {
		t.Fatal(err)
	}
	if err := s.Use("old", func(thing) error { s.Rename("old", "new"); return nil }); err != nil {
		t.Error(err)
	}
	if err := s.Use("old", func(thing) error { return nil }); !errors.Is(err, ErrNone) {
		t.Errorf("the old name: %v", err)
	}
	if err := s.Use("new", func(thing) error { return nil }); err != nil {
		t.Errorf("the new name: %v", err)
	}
	if err := s.End("new"); err != nil || open.Load() != 0 {
		t.Errorf("%v, %d open", err, open.Load())
	}
	if err := begin("next"); err != nil {
		t.Errorf("its place is not free: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
