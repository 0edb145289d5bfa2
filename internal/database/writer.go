package database

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxBatch bounds one transaction, so that its first caller does not wait too long for an answer.
const maxBatch = 256

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
	queue    queue         // the callers that wait for a leader

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
	if err := w.queue.add(t); err != nil {
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
			if w.queue.remove(t) {
				return nil, t.left()
			}
			return <-t.turn, nil // it was served at this very moment
		}
	}
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
	if w.queue.len() > 1 {
		runtime.Gosched() // more callers are on their way, and a larger group costs the disk no more
	}
	w.drain()
}

// drain serves the callers that are in the queue now.
func (w *writer) drain() {
	for batch := range slices.Chunk(w.queue.takeAll(), maxBatch) {
		w.process(batch)
	}
}

// stop lets waiting writes finish, then checkpoints and closes the connection. It keeps the lead, so it
// must be called only once.
func (w *writer) stop() error {
	w.queue.end()
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
