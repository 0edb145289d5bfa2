package race

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sessionlab/session"
)

// raceEvent is one thing that a request of an experiment asked of the store, as it happened.
type raceEvent struct {
	Kind   string // read, save, gone (nothing was there to be changed), insert, delete
	Before string // the watched value, "" where there is no session
	After  string
	At     time.Time
}

// raceWatch is a store that notes what one request asks of it.
type raceWatch struct {
	session.Store
	name   string // of the value that is watched
	now    func() time.Time
	events []raceEvent
}

func (w *raceWatch) value(r session.Record) string {
	v, _ := r.Data.Get(w.name)
	return fmt.Sprint(v)
}

// Load is the Store's. It is noted when it has been answered.
func (w *raceWatch) Load(ctx context.Context, key string) (session.Record, error) {
	r, err := w.Store.Load(ctx, key)
	if err == nil {
		v := w.value(r)
		w.events = append(w.events, raceEvent{"read", v, v, w.now()})
	}
	return r, err
}

// Update is the Store's. It is noted as of the last call of change, the one that counts: no other
// change came between that and what was stored, so that these times are in the order of the changes.
func (w *raceWatch) Update(ctx context.Context, key string, change func(*session.Record) error) (session.Record, error) {
	e := raceEvent{Kind: "save", At: w.now()}
	r, err := w.Store.Update(ctx, key, func(r *session.Record) error {
		e.Before, e.At = w.value(*r), w.now()
		return change(r)
	})
	switch {
	case err == nil:
		e.After = w.value(r)
		w.events = append(w.events, e)
	case errors.Is(err, session.ErrNotFound):
		w.events = append(w.events, raceEvent{Kind: "gone", At: w.now()})
	}
	return r, err
}

// Create is the Store's.
func (w *raceWatch) Create(ctx context.Context, r session.Record) (session.Record, error) {
	r, err := w.Store.Create(ctx, r)
	if err == nil {
		w.events = append(w.events, raceEvent{"insert", "", w.value(r), w.now()})
	}
	return r, err
}

// Delete is the Store's.
func (w *raceWatch) Delete(ctx context.Context, key string) error {
	err := w.Store.Delete(ctx, key)
	if err == nil {
		w.events = append(w.events, raceEvent{Kind: "delete", At: w.now()})
	}
	return err
}
