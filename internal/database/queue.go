package database

import (
	"fmt"
	"slices"
	"sync"
)

// maxWaiting bounds the queue: an error now is better than an answer after a minute.
const maxWaiting = 4096

// errClosed is returned by reads and writes after Close.
var errClosed = fmt.Errorf("%w: it was closed", ErrUnavailable)

// queue holds the tickets that wait for a leader. It is safe for concurrent use.
type queue struct {
	mu      sync.Mutex
	tickets []*ticket
	ended   bool
}

// add adds t unless its caller has left, the queue has ended or it is full.
func (q *queue) add(t *ticket) error {
	if t.ctx.Err() != nil {
		return t.left()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.ended:
		return errClosed
	case len(q.tickets) >= maxWaiting:
		return fmt.Errorf("%w: %d writes are waiting already", ErrUnavailable, maxWaiting)
	}
	q.tickets = append(q.tickets, t)
	return nil
}

// remove withdraws t and reports whether it was in time.
func (q *queue) remove(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.tickets, t); i >= 0 {
		q.tickets = slices.Delete(q.tickets, i, i+1) // perhaps no leader would come to remove it
	}
	return t.claim()
}

// takeAll empties the queue and returns the tickets that were in it.
func (q *queue) takeAll() []*ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	tickets := q.tickets
	q.tickets = make([]*ticket, 0, len(tickets))
	return tickets
}

// len returns how many tickets wait.
func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tickets)
}

// end makes the queue refuse further tickets.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
}
