package database

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Read runs fn in a transaction that cannot write: all its statements see the same state, that of
// the last commit before the first of them. It waits at most 5 s for its turn when many read at
// once, and at most 5 s for a lock. fn calls neither Read nor Write. Errors are as of Write.
func (db *DB) Read(ctx context.Context, fn func(tx *Tx) error) (err error) {
	c, err := db.reader(ctx)
	if err != nil {
		return err
	}
	if db.source.memory {
		db.writer.alone.RLock()
		defer db.writer.alone.RUnlock()
	}
	if err := c.exec("BEGIN"); err != nil {
		return classify(db.giveBack(c, err))
	}
	tx := newTx(ctx, c)
	defer func() { // also when fn panics
		ended := db.giveBack(c, errors.Join(tx.end(), c.exec("COMMIT")))
		if err == nil {
			err = classify(ended)
		}
	}()
	return tx.run(fn)
}

// reader takes a connection from the pool, and opens it if that was not done yet.
func (db *DB) reader(ctx context.Context) (*conn, error) {
	c, err := db.nextReader(ctx)
	if c != nil || err != nil {
		return c, err
	}
	c, err = openConn(context.WithoutCancel(ctx), db.source.reader)
	if err != nil {
		db.pool <- nil
		return nil, classify(err)
	}
	return c, nil
}

func (db *DB) nextReader(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait for the turn to read: %w", err)
	}
	select {
	case <-db.closed:
		return nil, errClosed
	default:
	}
	select {
	case c := <-db.pool:
		return c, nil
	default:
	}
	timeout := time.NewTimer(db.writer.patience)
	defer timeout.Stop()
	select {
	case c := <-db.pool:
		return c, nil
	case <-db.closed:
		return nil, errClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the turn to read: %w", ctx.Err())
	case <-timeout.C:
		return nil, fmt.Errorf("%w: too many reads at once", ErrUnavailable)
	}
}

// giveBack returns a connection to the pool; one that failed is closed, and the next reader opens
// another. It returns err, and what closing it said.
func (db *DB) giveBack(c *conn, err error) error {
	if err != nil {
		err = errors.Join(err, c.close())
		c = nil
	}
	db.pool <- c
	return err
}
