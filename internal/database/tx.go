package database

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Tx represents a transaction, lent to a closure until it returns. Only the closure's own goroutine may
// use it.
//
// Statements are prepared once and kept, so their text must be a constant of the program; values are
// passed as arguments. Times are stored as text, YYYY-MM-DD HH:MM:SS[.ffffff] in UTC.
// A statement that has started runs to its end, even if the caller's context ends meanwhile.
type Tx struct {
	ctx   context.Context // the caller's, with its values but without its cancellation
	conn  *conn
	trace func(Statement) // nil: no trace was asked for
	rows  []*sql.Rows
	err   error // a failure that may have ended the transaction: no statement runs after it
}

// newTx removes the cancellation of ctx: watching for it would cost a goroutine for each statement.
func newTx(ctx context.Context, c *conn) *Tx {
	return &Tx{ctx: context.WithoutCancel(ctx), conn: c, trace: traceOf(ctx)}
}

// Exec runs a statement that returns no rows.
// Its error wraps ErrUnique or ErrUnavailable if that is the cause.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	stmt, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	result, err := stmt.ExecContext(tx.ctx, args...)
	if tx.trace != nil {
		var changed int64
		if err == nil {
			changed, _ = result.RowsAffected() // SQLite always knows the number
		}
		tx.trace(Statement{Query: query, Args: args, Changed: changed, Start: start, Duration: time.Since(start), Err: err})
	}
	return result, tx.failed(err)
}

// Query runs a statement that returns rows. They are closed at the end of the transaction at the latest.
// Its errors are those of Exec; later ones are in rows.Err.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.prepare(query)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	rows, err := stmt.QueryContext(tx.ctx, args...)
	tx.asked(query, args, start, err)
	if err != nil {
		return nil, tx.failed(err)
	}
	tx.rows = append(tx.rows, rows)
	return rows, nil
}

// QueryRow runs a statement that returns at most one row, which the caller must scan. Scan returns
// sql.ErrNoRows if there is none. It returns SQLite's errors as they are; Read and Write classify them.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	stmt, err := tx.prepare(query)
	switch {
	case tx.err != nil:
		// Only database/sql can make a *sql.Row that holds an error, so let it fail there.
		ended, cancel := context.WithCancel(tx.ctx)
		cancel()
		return tx.conn.sql.QueryRowContext(ended, query)
	case err != nil:
		return tx.conn.sql.QueryRowContext(tx.ctx, query, args...) // fails in the same way, and Scan returns the error
	}
	start := time.Now()
	row := stmt.QueryRowContext(tx.ctx, args...)
	tx.asked(query, args, start, row.Err())
	_ = tx.failed(row.Err()) // Scan returns it
	return row
}

// asked reports a query to the trace.
func (tx *Tx) asked(query string, args []any, start time.Time, err error) {
	if tx.trace != nil {
		tx.trace(Statement{Query: query, Args: args, Changed: -1, Start: start, Duration: time.Since(start), Err: err})
	}
}

// prepare returns the statement for query, or the error that ended the transaction.
func (tx *Tx) prepare(query string) (*sql.Stmt, error) {
	if tx.err != nil {
		return nil, tx.err
	}
	stmt, err := tx.conn.prepare(query)
	return stmt, tx.failed(err)
}

// failed classifies err. On a full disk or an I/O error SQLite may roll back the whole transaction on its
// own. A later statement would then commit by itself, so later statements are refused.
func (tx *Tx) failed(err error) error {
	err = classify(err)
	if errors.Is(err, ErrUnavailable) {
		tx.err = err
	}
	return err
}

// run runs fn and classifies its error. Once SQLite has failed, its error is returned rather than fn's,
// which can only come from a refused statement or from how fn handled that.
func (tx *Tx) run(fn func(tx *Tx) error) error {
	err := classify(fn(tx))
	if err != nil && tx.err != nil && !errors.Is(err, ErrUnavailable) {
		return tx.err
	}
	return err
}

// end closes the rows that the closure left open and makes the Tx useless to anything that kept it.
func (tx *Tx) end() error {
	var errs []error
	for _, rows := range tx.rows {
		errs = append(errs, rows.Close())
	}
	if tx.err == nil {
		tx.err = sql.ErrTxDone
	}
	return errors.Join(errs...)
}
