package database

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Write runs fn in a transaction. It returns when fn's changes are on disk (synchronous=FULL) or, if fn
// returned an error, rolled back. Calls that wait at the same moment share one transaction, each in its
// own savepoint: if one fails or panics, the others are unaffected.
//
// fn runs in the caller's goroutine while all other writes wait, so compute beforehand whatever you can.
// fn must call neither Read nor Write. It does not run if ctx ends before its turn (the error then wraps
// that of ctx) or if another program keeps the file locked for 5 s. Once fn has begun, Write waits for
// the outcome.
//
// Write returns fn's own error. SQLite's errors wrap ErrUnavailable or ErrUnique if that is the cause.
// After an error, none of fn's changes are in the database.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	t := newTicket(ctx)
	tx, err := db.writer.join(t)
	if err != nil {
		return err
	}
	if tx == nil {
		return t.err
	}
	db.writer.borrow(tx, fn)
	<-t.turn
	return t.err
}

// Exec does a Write of one statement and returns how many rows it changed. It costs less than Write: the
// writer runs the statement itself and needs no savepoint, since SQLite does a statement completely or
// not at all.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	t := newTicket(ctx)
	t.query, t.args = query, args
	if _, err := db.writer.join(t); err != nil {
		return 0, err
	}
	return t.changed, t.err
}

// ticket holds one caller's place in the writer's queue, for a closure or for one statement.
type ticket struct {
	ctx     context.Context
	trace   func(Statement) // nil: no trace was asked for
	since   time.Time
	claimed atomic.Bool
	turn    chan *Tx // receives the transaction when a closure may run, and in any case nil once err is the outcome
	err     error

	query   string // "" for a closure
	args    []any
	changed int64
}

// newTicket returns a ticket for a closure.
func newTicket(ctx context.Context) *ticket {
	return &ticket{ctx: ctx, trace: traceOf(ctx), since: time.Now(), turn: make(chan *Tx, 1)}
}

// claim settles a race between the writer, which would serve or answer the ticket, and the caller, which
// would leave: only the first call returns true.
func (t *ticket) claim() bool { return t.claimed.CompareAndSwap(false, true) }

// take reports whether the ticket gets its turn now. It does not if its caller has left.
func (t *ticket) take() bool {
	if t.ctx.Err() != nil {
		t.refuse(t.left())
		return false
	}
	return t.claim()
}

// refuse answers a ticket with err unless its caller has left.
func (t *ticket) refuse(err error) {
	if t.claim() {
		t.answer(err)
	}
}

// answer gives the caller the outcome.
func (t *ticket) answer(err error) {
	t.err = err
	t.turn <- nil
}

// left returns the error for a caller whose context ended.
func (t *ticket) left() error { return fmt.Errorf("wait for the turn to write: %w", t.ctx.Err()) }
