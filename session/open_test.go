package session_test

import (
	"errors"
	"testing"

	"sessionlab/session"
	"sessionlab/session/storetest"
)

// A program with a key and no request finds the session, in every engine, and takes over no key that
// the store does not know.
func TestOpen(t *testing.T) {
	for _, engine := range engines() {
		t.Run(engine.name, func(t *testing.T) {
			clock := storetest.NewClock()
			store := engine.New(t, clock.Now)
			s := session.Open(t.Context(), store, "", clock.Now)
			s.Set("a", 1)
			if err := s.Save(); err != nil || s.ID() == "" {
				t.Fatalf("key %q, error %v", s.ID(), err)
			}
			if again := session.Open(t.Context(), store, s.ID(), clock.Now); again.ID() != s.ID() || again.GetInt("a") != 1 {
				t.Errorf("opened again it holds %s", again.Data())
			}
			planted := session.NewKey()
			other := session.Open(t.Context(), store, planted, clock.Now)
			if other.ID() != "" || !other.IsEmpty() {
				t.Errorf("an unknown key opens a session with %s", other.Data())
			}
			other.Set("a", 2)
			if err := other.Save(); err != nil || other.ID() == planted {
				t.Errorf("a planted key was taken over, or error %v", err)
			}
		})
	}
}

// What fails, fails at the first use, and Save says so.
func TestOpenFails(t *testing.T) {
	clock := storetest.NewClock()
	store := &faulty{Store: session.NewCache(session.DefaultLimits(), clock.Now)}
	store.fail = map[string]error{"load": session.ErrUnavailable}
	s := session.Open(t.Context(), store, session.NewKey(), clock.Now)
	if asked := store.asked(); s.Err() != nil || asked != "" {
		t.Errorf("before the first use: asked %q, error %v", asked, s.Err())
	}
	s.Set("a", 1)
	if err := s.Save(); !errors.Is(err, session.ErrUnavailable) || s.Get("a") != nil {
		t.Errorf("error %v, value %v", err, s.Get("a"))
	}
}
