package database

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Read runs fn in a transaction that cannot write. All its statements see the same state: that of the last
// commit before the first statement. If many read at once, Read waits up to 5 s for its turn, and it
// waits up to 5 s for a lock. fn must call neither Read nor Write. Errors are those of Write.
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
	defer func() { // runs even if fn panics
		ended := db.giveBack(c, errors.Join(tx.end(), c.exec("COMMIT")))
		if err == nil {
			err = classify(ended)
		}
	}()
	return tx.run(fn)
}

// reader takes a connection from the pool and opens it if it is not open yet.
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

// nextReader waits for a place in the pool. The connection is nil if it is not open yet.
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

// giveBack returns a connection to the pool. If it failed, it is closed, and the next reader opens a new
// one. giveBack returns err, joined with the error of closing.
func (db *DB) giveBack(c *conn, err error) error {
	if err != nil {
		err = errors.Join(err, c.close())
		c = nil
	}
	db.pool <- c
	return err
}
