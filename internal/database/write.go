package database

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Write runs fn in a transaction and returns when what it did is on disk (synchronous=FULL) or,
// if fn returned an error, undone. Closures that wait at the same moment share one transaction, each
// in a savepoint of its own: one that fails, or panics, leaves the others whole.
//
// fn runs in the caller's goroutine, while all other writes wait: it computes beforehand whatever it
// can, and calls neither Read nor Write. It does not run if ctx ends before its turn (the error is
// ctx's) or if the file stays locked by another program for 5 s; once begun, its outcome is waited for.
//
// Errors are fn's own; those of SQLite wrap ErrUnavailable and ErrUnique where that is what they are.
// After an error nothing of fn is in the database.
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

// Exec is Write of one statement, and returns how many rows it changed. It costs less: the writer
// runs the statement by itself, and needs no savepoint, since SQLite does all of a statement or
// nothing.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	t := newTicket(ctx)
	t.query, t.args = query, args
	if _, err := db.writer.join(t); err != nil {
		return 0, err
	}
	return t.changed, t.err
}

// ticket is one caller's place in the writer's queue: for a closure, or for one statement.
type ticket struct {
	ctx     context.Context
	trace   func(Statement) // nil: nobody asked
	since   time.Time
	claimed atomic.Bool
	turn    chan *Tx // first the transaction, if the caller is to run its closure; then nil: err is the outcome
	err     error

	query   string // "" for a closure
	args    []any
	changed int64
}

func newTicket(ctx context.Context) *ticket {
	return &ticket{ctx: ctx, trace: traceOf(ctx), since: time.Now(), turn: make(chan *Tx, 1)}
}

// claim decides between the writer, who would give the ticket its turn or an answer, and the caller,
// who would leave: the first one wins.
func (t *ticket) claim() bool { return t.claimed.CompareAndSwap(false, true) }

// take reports whether the ticket has its turn now; one whose caller leaves has not.
func (t *ticket) take() bool {
	if t.ctx.Err() != nil {
		t.refuse(t.left())
		return false
	}
	return t.claim()
}

// refuse answers a ticket that did not have its turn.
func (t *ticket) refuse(err error) {
	if t.claim() {
		t.answer(err)
	}
}

func (t *ticket) answer(err error) {
	t.err = err
	t.turn <- nil
}

func (t *ticket) left() error { return fmt.Errorf("wait for the turn to write: %w", t.ctx.Err()) }
