package race

import (
	"errors"
	"fmt"
	"time"

	"sessionlab/session"
)

// raceEvent is one access to the store by an experiment's request.
type raceEvent struct {
	Kind   string // read, save, gone (there was nothing to change), insert, delete
	Before string // the watched value; "" if there is no session
	After  string
	At     time.Time
}

// watched returns the experiment's store for one request; it records each access in events.
func (run *raceRun) watched(events *[]raceEvent) session.Store {
	return session.Observe(run.races.store, func(a session.Access) {
		if e, ok := raceEventOf(a, run.watch); ok {
			*events = append(*events, e)
		}
	})
}

// raceEventOf returns an access as the picture shows it, with the value of that name; ok is false if
// the access failed.
func raceEventOf(a session.Access, name string) (e raceEvent, ok bool) {
	if a.Operation == "update" && errors.Is(a.Err, session.ErrNotFound) {
		return raceEvent{Kind: "gone", At: a.At}, true
	}
	value := func(r *session.Record) string {
		if r == nil {
			return ""
		}
		v, _ := r.Data.Get(name)
		return fmt.Sprint(v)
	}
	kind := map[string]string{"load": "read", "update": "save", "create": "insert", "delete": "delete"}[a.Operation]
	e = raceEvent{kind, value(a.Before), value(a.After), a.At}
	if kind == "read" {
		e.After = e.Before
	}
	return e, a.Err == nil
}
