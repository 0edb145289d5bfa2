package database

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// begin opens a transaction for the tickets of batch whose callers still wait, and returns these. If none
// are left, it opens no transaction.
func (w *writer) begin(batch []*ticket) []*ticket {
	for {
		batch = slices.DeleteFunc(batch, func(t *ticket) bool {
			if t.ctx.Err() != nil {
				t.refuse(t.left())
				return true
			}
			return false
		})
		if len(batch) == 0 {
			return nil
		}
		err := w.tryBegin()
		if err == nil {
			return batch
		}
		locked := primary(err) == sqlite3.SQLITE_BUSY // SQLite has already waited 50 ms for it (dsn.go)
		batch = slices.DeleteFunc(batch, func(t *ticket) bool {
			if locked && time.Since(t.since) < w.patience {
				return false
			}
			t.refuse(unavailable(err))
			return true
		})
	}
}

// tryBegin opens a transaction, on a new connection if necessary.
func (w *writer) tryBegin() error {
	if err := w.check(); err != nil {
		return err
	}
	if w.conn == nil {
		c, err := w.open()
		if err != nil {
			return err
		}
		w.conn = c
	}
	err := w.conn.exec("BEGIN IMMEDIATE")
	if err != nil && primary(err) != sqlite3.SQLITE_BUSY {
		err = w.drop(err)
	}
	return err
}

// transaction gives each ticket of batch its turn in the open transaction, commits it and only then
// answers them. It returns the tickets that had no turn because the transaction failed.
func (w *writer) transaction(batch []*ticket) (rest []*ticket) {
	var broken error
	ran := batch[:0] // shares the array of batch, and is never longer than what was taken from it
	for len(batch) > 0 && broken == nil {
		t := batch[0]
		batch = batch[1:]
		if t.take() {
			if t.query != "" {
				broken = w.execute(t)
			} else {
				broken = w.lend(t)
			}
			ran = append(ran, t)
		}
	}
	if broken == nil {
		start := time.Now()
		broken = w.conn.exec("COMMIT")
		traceCommit(ran, start, broken)
	}
	if broken != nil {
		// SQLite may or may not have rolled back; closing the connection certainly does.
		broken = unavailable(w.drop(broken))
	} else {
		w.commits.Add(1)
	}
	for _, t := range ran {
		if broken != nil {
			t.err, t.changed = broken, 0
		}
		t.answer(t.err)
	}
	return batch
}

// traceCommit reports the shared commit to the callers that trace, except those whose closure failed and
// was rolled back.
func traceCommit(ran []*ticket, start time.Time, err error) {
	took := time.Since(start)
	for _, t := range ran {
		if t.trace != nil && t.err == nil {
			t.trace(Statement{Query: "COMMIT", Shared: len(ran), Start: start, Duration: took, Err: err})
		}
	}
}

// execute runs the one statement of t and stores its result. SQLite undoes a statement that fails; an error
// from execute means that it may have undone more.
func (w *writer) execute(t *ticket) error {
	stmt, err := w.conn.prepare(t.query)
	if err == nil {
		var result sql.Result
		start := time.Now()
		if result, err = stmt.ExecContext(context.WithoutCancel(t.ctx), t.args...); err == nil {
			t.changed, err = result.RowsAffected()
		}
		if t.trace != nil {
			t.trace(Statement{Query: t.query, Args: t.args, Changed: t.changed, Start: start, Duration: time.Since(start), Err: err})
		}
	}
	t.err = classify(err)
	if errors.Is(t.err, ErrUnavailable) {
		return t.err
	}
	return nil
}

// lend gives t its turn in a savepoint and stores the closure's result. An error means that the transaction
// has ended and that everything done in it is undone.
func (w *writer) lend(t *ticket) error {
	if err := w.conn.exec("SAVEPOINT closure"); err != nil {
		return err
	}
	tx := newTx(t.ctx, w.conn)
	t.turn <- tx
	t.err = <-w.back
	cause := tx.err // SQLite's own error; what the closure made of it concerns its caller only
	if err := tx.end(); err != nil {
		return errors.Join(cause, err)
	}
	var err error
	if t.err != nil {
		err = w.conn.exec("ROLLBACK TO closure")
	}
	if err == nil {
		err = w.conn.exec("RELEASE closure") // fails if SQLite rolled back and fn did not report it
	}
	if err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// errUnfinished is the result of a closure that panics. Nobody sees it, because the caller panics.
var errUnfinished = errors.New("the closure ended by a panic")

// borrow runs fn in the caller's goroutine. It gives the transaction back even if fn panics.
func (w *writer) borrow(tx *Tx, fn func(tx *Tx) error) {
	err := errUnfinished
	defer func() { w.back <- err }()
	err = tx.run(fn)
}

// drop closes the connection after the failure err; the next transaction opens a new one.
func (w *writer) drop(err error) error {
	broken := w.conn
	w.conn = nil
	return errors.Join(err, broken.close())
}
