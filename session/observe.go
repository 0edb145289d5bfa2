package session

import (
	"context"
	"time"
)

// Access is one thing that a request's session asked of its store.
type Access struct {
	Operation string  // load, create, update, delete
	Key       string  // the session's, before
	Before    *Record // as it was stored; nil if there was none, or it was not asked for
	After     *Record // as it is stored now; nil for load, and when it is gone
	Start     time.Time
	Duration  time.Duration
	Err       error

	// At puts the accesses to a session in order: a successful update has the time of change's last
	// call, after which no other change came in between, and all others that of the store's answer.
	At time.Time
}

type observeKey struct{}

// WithObserver returns a context in which observe is told what the request's session asks of its
// store, each time it was answered. observe is called by the handler's goroutine.
func WithObserver(ctx context.Context, observe func(Access)) context.Context {
	return context.WithValue(ctx, observeKey{}, observe)
}

// observed is a store whose every answer is told to somebody.
type observed struct {
	Store
	observe func(Access)
}

// Observe returns store as one in which observe is told of every access but DeleteExpired, each time
// it was answered. observe is called by the goroutine that asks.
func Observe(store Store, observe func(Access)) Store { return observed{store, observe} }

// observedBy returns store, observed if the context says so.
func observedBy(ctx context.Context, store Store) Store {
	if f, ok := ctx.Value(observeKey{}).(func(Access)); ok {
		return Observe(store, f)
	}
	return store
}

// Load is Store's.
func (o observed) Load(ctx context.Context, key string) (Record, error) {
	a := Access{Operation: "load", Key: key, Start: time.Now()}
	r, err := o.Store.Load(ctx, key)
	if err == nil {
		a.Before = &r
	}
	o.tell(a, err)
	return r, err
}

// Create is Store's.
func (o observed) Create(ctx context.Context, r Record) (Record, error) {
	a := Access{Operation: "create", Key: r.Key, Start: time.Now()}
	r, err := o.Store.Create(ctx, r)
	if err == nil {
		a.After = &r
	}
	o.tell(a, err)
	return r, err
}

// Update is Store's.
func (o observed) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	a := Access{Operation: "update", Key: key, Start: time.Now()}
	r, err := o.Store.Update(ctx, key, func(r *Record) error {
		before := *r // the last one counts, should change be called again
		a.Before, a.At = &before, time.Now()
		return change(r)
	})
	if err == nil {
		a.After = &r
	}
	o.tell(a, err)
	return r, err
}

// Delete is Store's.
func (o observed) Delete(ctx context.Context, key string) error {
	a := Access{Operation: "delete", Key: key, Start: time.Now()}
	err := o.Store.Delete(ctx, key)
	o.tell(a, err)
	return err
}

func (o observed) tell(a Access, err error) {
	now := time.Now()
	a.Duration, a.Err = now.Sub(a.Start), err
	if err != nil || a.At.IsZero() {
		a.At = now
	}
	o.observe(a)
}
