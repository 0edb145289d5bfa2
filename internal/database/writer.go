package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// maxBatch bounds one transaction, so that its first caller does not wait too long for an answer.
	maxBatch = 256
	// maxWaiting bounds the queue: an error now is better than an answer after a minute.
	maxWaiting = 4096
)

var (
	errClosed     = fmt.Errorf("%w: it was closed", ErrUnavailable)
	errUnfinished = errors.New("the closure ended by a panic") // nobody sees it, because the caller panics
)

// writer owns the one connection that writes. It has no goroutine of its own: a caller that finds no
// leader becomes the leader. It opens a transaction for all waiting callers, lends it to them one after
// the other, commits it and answers them. A single caller therefore waits for no other goroutine.
type writer struct {
	lead    chan struct{} // full while a caller leads; only the leader uses conn
	conn    *conn         // nil after a failure: the next transaction opens a new one
	back    chan error    // receives the closure's result when a lent transaction comes back
	commits atomic.Int64  // how many transactions have been committed

	check    func() error // returns an error if the file has gone
	open     func() (*conn, error)
	memory   bool
	patience time.Duration // how long a write waits for a locked file

	mu    sync.Mutex // guards queue and ended
	queue []*ticket
	ended bool

	// alone separates readers from the writer in memory, where there is no write-ahead log.
	alone sync.RWMutex
}

// newWriter returns a writer that begins with the connection first.
func newWriter(source source, first *conn, check func() error) *writer {
	return &writer{
		lead:     make(chan struct{}, 1),
		conn:     first,
		back:     make(chan error),
		check:    check,
		open:     func() (*conn, error) { return openConn(context.Background(), source.writer) },
		memory:   source.memory,
		patience: patience,
	}
}

// join queues t. It returns the transaction when it is t's turn, or nil once t is answered.
func (w *writer) join(t *ticket) (*Tx, error) {
	if err := w.enqueue(t); err != nil {
		return nil, err
	}
	for {
		select {
		case tx := <-t.turn:
			return tx, nil
		case w.lead <- struct{}{}:
			if t.query == "" {
				go w.run() // a closure runs only in its own goroutine, so another one must lead
				continue
			}
			w.run() // runs to the end even if the caller's context ends: others joined
			return <-t.turn, nil
		case <-t.ctx.Done():
			if w.leave(t) {
				return nil, t.left()
			}
			return <-t.turn, nil // it was served at this very moment
		}
	}
}

// enqueue adds t to the queue unless its caller has left, the writer has stopped or the queue is full.
func (w *writer) enqueue(t *ticket) error {
	if t.ctx.Err() != nil {
		return t.left()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.ended:
		return errClosed
	case len(w.queue) >= maxWaiting:
		return fmt.Errorf("%w: %d writes are waiting already", ErrUnavailable, maxWaiting)
	}
	w.queue = append(w.queue, t)
	return nil
}

// leave withdraws t and reports whether it was in time.
func (w *writer) leave(t *ticket) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.queue, t); i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1) // perhaps no leader would come to remove it
	}
	return t.claim()
}

// run serves all waiting callers. It must be called by the leader, whose lead ends with it.
func (w *writer) run() {
	defer func() {
		if caught := recover(); caught != nil {
			// A server would recover and take it for the failure of one request, while the other callers
			// would wait forever. So end the program.
			go panic(fmt.Sprintf("%v\n\n%s", caught, debug.Stack()))
			select {}
		}
		<-w.lead
	}()
	if w.waiting() > 1 {
		runtime.Gosched() // more callers are on their way, and a larger group costs the disk no more
	}
	w.drain()
}

// waiting returns the length of the queue.
func (w *writer) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}

// drain serves the callers that are in the queue now.
func (w *writer) drain() {
	w.mu.Lock()
	tickets := w.queue
	w.queue = make([]*ticket, 0, len(tickets))
	w.mu.Unlock()
	for batch := range slices.Chunk(tickets, maxBatch) {
		w.process(batch)
	}
}

// stop lets waiting writes finish, then checkpoints and closes the connection. It keeps the lead, so it
// must be called only once.
func (w *writer) stop() error {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.lead <- struct{}{}
	w.drain()
	if w.conn == nil {
		return nil
	}
	var err error
	if !w.memory {
		err = w.conn.exec("PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return w.drop(err)
}

// process answers every ticket of batch. It needs more than one transaction only if one fails before all
// tickets have had their turn.
func (w *writer) process(batch []*ticket) {
	if w.memory {
		w.alone.Lock()
		defer w.alone.Unlock()
	}
	for {
		batch = w.begin(batch)
		if len(batch) == 0 {
			return
		}
		batch = w.transaction(batch)
	}
}

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
