package session

import (
	"context"
	"time"
)

// An Access is one operation that a session asked of its store.
type Access struct {
	Operation string  // load, create, update, delete
	Key       string  // the session's, before
	Before    *Record // as it was stored; nil if there was none, or it was not read
	After     *Record // as it is stored now; nil after load, and when it is gone
	Start     time.Time
	Duration  time.Duration
	Err       error

	// At puts the accesses to a session in order. For a successful update it is when change was last
	// called, after which no other change came in between; otherwise it is when the store answered.
	At time.Time
}

type observeKey struct{}

// WithObserver returns a context in which observe is called with each access of the request's session
// to its store, once the store has answered, in the handler's goroutine.
func WithObserver(ctx context.Context, observe func(Access)) context.Context {
	return context.WithValue(ctx, observeKey{}, observe)
}

// An observed store reports each access.
type observed struct {
	Store
	observe func(Access)
}

// Observe returns store as one that calls observe with each access but DeleteExpired, once store has
// answered, in the goroutine that asked.
func Observe(store Store, observe func(Access)) Store { return observed{store, observe} }

// observedBy returns store, observed if the context has an observer.
func observedBy(ctx context.Context, store Store) Store {
	if f, ok := ctx.Value(observeKey{}).(func(Access)); ok {
		return Observe(store, f)
	}
	return store
}

// Load implements Store.
func (o observed) Load(ctx context.Context, key string) (Record, error) {
	a := Access{Operation: "load", Key: key, Start: time.Now()}
	r, err := o.Store.Load(ctx, key)
	if err == nil {
		a.Before = &r
	}
	o.tell(a, err)
	return r, err
}

// Create implements Store.
func (o observed) Create(ctx context.Context, r Record) (Record, error) {
	a := Access{Operation: "create", Key: r.Key, Start: time.Now()}
	r, err := o.Store.Create(ctx, r)
	if err == nil {
		a.After = &r
	}
	o.tell(a, err)
	return r, err
}

// Update implements Store.
func (o observed) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	a := Access{Operation: "update", Key: key, Start: time.Now()}
	r, err := o.Store.Update(ctx, key, func(r *Record) error {
		before := *r // the last call counts
		a.Before, a.At = &before, time.Now()
		return change(r)
	})
	if err == nil {
		a.After = &r
	}
	o.tell(a, err)
	return r, err
}

// Delete implements Store.
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
