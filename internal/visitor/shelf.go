package visitor

import (
	"errors"
	"io"
	"sync"
	"time"
)

// Errors of a Shelf besides ErrFull, for errors.Is.
var (
	ErrNone = errors.New("the visitor has no experiment")
	ErrBusy = errors.New("too many requests for one experiment at once")
)

const (
	// idleTime bounds how long an unused experiment is kept. After shortIdle it can be closed already, if another visitor
	// needs its place.
	idleTime  = 30 * time.Minute
	shortIdle = 2 * time.Minute
	// maxWaiting bounds how many requests of one visitor may wait for each other.
	maxWaiting = 8
)

// Shelf keeps one experiment for each visitor, up to a number of visitors. It is safe for concurrent use, and hands an
// experiment to one caller at a time.
type Shelf[E io.Closer] struct {
	places *Store[*place[E]]
	now    func() time.Time

	names  sync.Mutex // held while a visitor gets another name
	mu     sync.Mutex
	failed error // from closing experiments; the next caller gets it
}

// place holds a visitor's experiment. The lock of the store guards users and used.
type place[E io.Closer] struct {
	turn chan struct{} // full while somebody uses the experiment
	it   E
	full bool

	visitor string // Shelf.names guards it
	users   int    // how many use it or wait for it
	used    time.Time
}

// NewShelf returns an empty shelf for at most so many experiments.
func NewShelf[E io.Closer](most int, now func() time.Time) *Shelf[E] {
	s := &Shelf[E]{now: now}
	s.places = NewStore(Bounds[*place[E]]{
		Visitors: most, Idle: idleTime, Refuse: true,
		Busy: func(p *place[E]) bool { return p.users > 0 || now().Sub(p.used) <= shortIdle },
		Drop: func(p *place[E]) { s.fail(p.clear()) },
	}, now)
	return s
}

// Use calls use with the visitor's experiment, or returns ErrNone.
func (s *Shelf[E]) Use(visitor string, use func(E) error) error {
	return s.enter(visitor, false, func(p *place[E]) error {
		if !p.full {
			return ErrNone
		}
		return use(p.it)
	})
}

// Begin closes the visitor's experiment, if there is one, and keeps the new one that open returns.
func (s *Shelf[E]) Begin(visitor string, open func() (E, error)) error {
	return s.enter(visitor, true, func(p *place[E]) error {
		err := p.clear()
		if err != nil {
			return err
		}
		p.it, err = open()
		p.full = err == nil
		return err
	})
}

// End closes the visitor's experiment, if there is one.
func (s *Shelf[E]) End(visitor string) error {
	err := s.enter(visitor, false, (*place[E]).clear)
	if errors.Is(err, ErrNone) {
		return nil
	}
	return err
}

// Rename hands a visitor's experiment to the visitor's new name.
func (s *Shelf[E]) Rename(old, id string) {
	s.names.Lock()
	defer s.names.Unlock()
	if s.places.Rename(old, id) {
		s.places.Use(id, func(p *place[E]) { p.visitor = id })
	}
}

// Close closes all experiments. After that, the shelf accepts no more.
func (s *Shelf[E]) Close() error {
	for _, p := range s.places.Drain() {
		p.turn <- struct{}{}
		s.fail(p.clear())
		<-p.turn
	}
	return s.fail(nil)
}

// clear closes the experiment of a place.
func (p *place[E]) clear() error {
	if !p.full {
		return nil
	}
	it := p.it
	var none E
	p.it, p.full = none, false
	return it.Close()
}

// fail collects errors that no caller has received yet. With nil it returns and forgets them.
func (s *Shelf[E]) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed = errors.Join(s.failed, err); err != nil {
		return nil
	}
	err, s.failed = s.failed, nil
	return err
}

// enter waits for the visitor's turn and calls do with the visitor's place. If add is set, it makes a missing place.
func (s *Shelf[E]) enter(visitor string, add bool, do func(*place[E]) error) error {
	var p *place[E]
	busy := false
	come := func(at *place[E]) *place[E] {
		if at == nil {
			at = &place[E]{turn: make(chan struct{}, 1), visitor: visitor}
		}
		if busy = at.users >= maxWaiting; !busy {
			p = at
			at.users++
			at.used = s.now()
		}
		return at
	}
	switch {
	case add:
		if err := s.places.Update(visitor, come); err != nil {
			return err
		}
	case !s.places.Use(visitor, func(at *place[E]) { come(at) }):
		return ErrNone
	}
	if busy {
		return ErrBusy
	}
	defer s.leave(p)
	if err := s.fail(nil); err != nil {
		return err
	}
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	return do(p)
}

// leave gives the place back, and removes it if it is empty.
func (s *Shelf[E]) leave(p *place[E]) {
	s.names.Lock()
	defer s.names.Unlock()
	s.places.DeleteIf(p.visitor, func(at *place[E]) bool {
		if at == p {
			p.users--
		}
		return at.users == 0 && !at.full
	})
}
