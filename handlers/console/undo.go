package console

import (
	"context"
	"maps"
	"time"

	"sessionlab/session"
)

// Undo takes an operation back: each name that it changed becomes what it was before. What other pages
// have written since under other names stays. Neither a key that is gone nor a login comes back. It
// returns ErrTooLarge, and changes nothing, if another page has filled the room since.
func Undo(s *session.Session, e Entry) error {
	was := changed(e.Before, redone(e))
	isNew := func(name string) bool { old, ok := was[name]; return ok && !old }
	back := e.Before
	back.DeleteFunc(func(name string) bool { return !was[name] })

	after := s.Data()
	size := len(after.AppendJSON(nil))
	after.DeleteFunc(isNew)
	after.SetAll(back)
	if grown := len(after.AppendJSON(nil)); grown > MaxData && grown > size {
		return ErrTooLarge
	}
	s.DeleteFunc(isNew)
	if back.Len() > 0 {
		s.SetData(back)
	}
	return nil
}

// redone does an operation again on what it found, and returns the result. What the session really held
// afterwards would not do: another page may have written while the operation was saved.
func redone(e Entry) session.Data {
	s := detached(e.Before, func() time.Time { return e.At })
	_, _ = Run(s, e.Command) // a KeyError again
	return Own(s.Data())
}

// changed returns the names by which after differs from before, and whether each was there before.
func changed(before, after session.Data) map[string]bool {
	names := map[string]bool{}
	now := maps.Collect(after.Values())
	for name, value := range before.Values() {
		if now[name] != value {
			names[name] = true
		}
		delete(now, name)
	}
	for name := range now {
		names[name] = false
	}
	return names
}

// Afresh removes everything that the console may change.
func Afresh(s *session.Session) { s.DeleteFunc(owns) }

// detached returns a session with that data, in a store of its own.
func detached(d session.Data, now func() time.Time) *session.Session {
	s := session.Open(context.Background(), session.NewCache(session.DefaultLimits(), now), "", now)
	s.SetData(d)
	return s
}
