package visitor

import (
	"errors"
	"io"
	"sync"
	"time"
)

// Errors of a Shelf, for errors.Is.
var (
	ErrNone = errors.New("the visitor has no experiment")
	ErrFull = errors.New("too many experiments at once")
	ErrBusy = errors.New("too many requests for one experiment at once")
)

const (
	// idleTime is how long an experiment is kept that nobody looks at, and shortIdle how long when
	// others wait for its place.
	idleTime  = 30 * time.Minute
	shortIdle = 2 * time.Minute
	// maxWaiting is how many requests of one visitor may wait for each other.
	maxWaiting = 8
)

// Shelf keeps one experiment a visitor, and only so many. It may be used by many goroutines; an
// experiment is handed to one at a time.
type Shelf[E io.Closer] struct {
	most int
	now  func() time.Time

	mu     sync.Mutex
	places map[string]*place[E]
	closed bool
}

// place is where a visitor's experiment lies.
type place[E io.Closer] struct {
	turn chan struct{} // holds something while somebody uses the experiment
	it   E
	full bool

	users int // who use it or wait for it; of Shelf.mu, like used
	used  time.Time
}

// NewShelf returns an empty shelf with room for so many experiments.
func NewShelf[E io.Closer](most int, now func() time.Time) *Shelf[E] {
	return &Shelf[E]{most: most, now: now, places: map[string]*place[E]{}}
}

// Use hands the visitor's experiment to use, or returns ErrNone.
func (s *Shelf[E]) Use(visitor string, use func(E) error) error {
	p, err := s.enter(visitor, false)
	if err != nil {
		return err
	}
	defer s.leave(visitor, p)
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if !p.full {
		return ErrNone
	}
	return use(p.it)
}

// Begin closes the experiment that the visitor has, if any, and keeps the one that open returns.
func (s *Shelf[E]) Begin(visitor string, open func() (E, error)) error {
	p, err := s.enter(visitor, true)
	if err != nil {
		return err
	}
	defer s.leave(visitor, p)
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if err := p.clear(); err != nil {
		return err
	}
	p.it, err = open()
	p.full = err == nil
	return err
}

// End closes the visitor's experiment, if there is one.
func (s *Shelf[E]) End(visitor string) error {
	p, err := s.enter(visitor, false)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.leave(visitor, p)
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	return p.clear()
}

// Close closes all experiments. From then on there is room for none.
func (s *Shelf[E]) Close() error {
	s.mu.Lock()
	s.closed = true
	places := s.places
	s.places = map[string]*place[E]{}
	s.mu.Unlock()
	var errs []error
	for _, p := range places {
		p.turn <- struct{}{}
		errs = append(errs, p.clear())
		<-p.turn
	}
	return errors.Join(errs...)
}

func (p *place[E]) clear() error {
	if !p.full {
		return nil
	}
	it := p.it
	var none E
	p.it, p.full = none, false
	return it.Close()
}

// enter returns the visitor's place, and makes one if asked to.
func (s *Shelf[E]) enter(visitor string, add bool) (*place[E], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.tidy(idleTime)
	p := s.places[visitor]
	switch {
	case p != nil && p.users >= maxWaiting:
		return nil, ErrBusy
	case p != nil:
	case !add:
		return nil, ErrNone
	default:
		if len(s.places) >= s.most {
			err = errors.Join(err, s.tidy(shortIdle))
		}
		if s.closed || len(s.places) >= s.most {
			return nil, ErrFull
		}
		p = &place[E]{turn: make(chan struct{}, 1)}
		s.places[visitor] = p
	}
	if err != nil {
		return nil, err
	}
	p.users++
	p.used = s.now()
	return p, nil
}

// leave gives the place back, and takes it off the shelf if it is empty.
func (s *Shelf[E]) leave(visitor string, p *place[E]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.users--
	if p.users == 0 && !p.full && s.places[visitor] == p {
		delete(s.places, visitor)
	}
}

// tidy closes what nobody has used for so long.
func (s *Shelf[E]) tidy(idle time.Duration) error {
	var errs []error
	for visitor, p := range s.places {
		if p.users == 0 && s.now().Sub(p.used) > idle {
			delete(s.places, visitor)
			errs = append(errs, p.clear())
		}
	}
	return errors.Join(errs...)
}
