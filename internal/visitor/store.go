package visitor

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// Bounds say how much a Store keeps, and what it does at its bounds.
type Bounds[T any] struct {
	Visitors int           // how many visitors may have something
	Idle     time.Duration // after which what its visitor has not used is let go
	Bytes    int           // of all values together, as Size measures them; 0: they are not measured

	Size   func(T) int  // nil where Bytes is 0
	Busy   func(T) bool // reports whether a value goes after all others; nil: none does
	Refuse bool         // what is busy stays, and whoever comes new gets ErrFull
	Drop   func(T)      // is told what was let go, while the store is locked; nil: nobody is
}

// ErrFull says that a Store has no room for one more visitor.
var ErrFull = errors.New("too many visitors at once")

// Store keeps a value for each visitor, of those who used theirs last. It is safe for use by many
// goroutines at once.
type Store[T any] struct {
	bounds Bounds[T]
	now    func() time.Time

	mu     sync.Mutex
	places map[string]*list.Element
	order  *list.List // of *kept[T], the one used longest ago in front
	bytes  int
}

// kept is a visitor's value.
type kept[T any] struct {
	visitor string
	value   T
	used    time.Time
	size    int
}

// NewStore returns an empty store.
func NewStore[T any](bounds Bounds[T], now func() time.Time) *Store[T] {
	return &Store[T]{bounds: bounds, now: now, places: map[string]*list.Element{}, order: list.New()}
}

// Get returns the visitor's value, the zero value and false if there is none. It is no use of the value:
// looking keeps nothing alive.
func (s *Store[T]) Get(visitor string) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if place := s.places[visitor]; place != nil {
		return place.Value.(*kept[T]).value, true
	}
	return value, false
}

// Update replaces the visitor's value by what change makes of it, of the zero value where there is
// none; no other call comes between. The error is ErrFull: change was not called then.
func (s *Store[T]) Update(visitor string, change func(T) T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	place := s.places[visitor]
	if place == nil {
		if len(s.places) >= s.bounds.Visitors && !s.makeRoom() {
			return ErrFull
		}
		place = s.order.PushBack(&kept[T]{visitor: visitor})
		s.places[visitor] = place
	}
	s.change(place, change)
	return nil
}

// change replaces a value, and lets others go where all together have become too large.
func (s *Store[T]) change(place *list.Element, change func(T) T) {
	k := place.Value.(*kept[T])
	k.value, k.used = change(k.value), s.now()
	s.order.MoveToBack(place)
	if s.bounds.Bytes == 0 {
		return
	}
	size := s.bounds.Size(k.value)
	s.bytes, k.size = s.bytes+size-k.size, size
	for s.bytes > s.bounds.Bytes && s.order.Len() > 1 && s.makeRoom() {
	}
}

// Drain empties the store and returns what it held. From then on there is room for nobody.
func (s *Store[T]) Drain() (all []T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for place := s.order.Front(); place != nil; place = place.Next() {
		all = append(all, place.Value.(*kept[T]).value)
	}
	s.places, s.order, s.bytes = map[string]*list.Element{}, list.New(), 0
	s.bounds.Visitors, s.bounds.Refuse = 0, true
	return all
}

// Use hands the visitor's value to use, while the store is locked, and reports whether there is one.
func (s *Store[T]) Use(visitor string, use func(T)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	place := s.places[visitor]
	if place == nil {
		return false
	}
	s.change(place, func(value T) T { use(value); return value })
	return true
}

// Delete lets the visitor's value go.
func (s *Store[T]) Delete(visitor string) { s.DeleteIf(visitor, func(T) bool { return true }) }

// DeleteIf lets the visitor's value go if over reports that it is no longer needed.
func (s *Store[T]) DeleteIf(visitor string, over func(T) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place := s.places[visitor]; place != nil && over(place.Value.(*kept[T]).value) {
		s.remove(place)
	}
}

// Len returns how many visitors have something.
func (s *Store[T]) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.places)
}

// expire lets go what was not used for long. What is busy is in use.
func (s *Store[T]) expire() {
	old := s.now().Add(-s.bounds.Idle)
	for place := s.order.Front(); place != nil; {
		k, next := place.Value.(*kept[T]), place.Next()
		if k.used.After(old) {
			return
		}
		if !s.busy(k) {
			s.remove(place)
		}
		place = next
	}
}

// makeRoom lets go the value that was used longest ago, and reports whether one could go.
func (s *Store[T]) makeRoom() bool {
	for place := s.order.Front(); place != nil; place = place.Next() {
		if !s.busy(place.Value.(*kept[T])) {
			s.remove(place)
			return true
		}
	}
	if s.bounds.Refuse || s.order.Len() == 0 {
		return false
	}
	s.remove(s.order.Front())
	return true
}

func (s *Store[T]) busy(k *kept[T]) bool { return s.bounds.Busy != nil && s.bounds.Busy(k.value) }

func (s *Store[T]) remove(place *list.Element) {
	k := s.order.Remove(place).(*kept[T])
	delete(s.places, k.visitor)
	s.bytes -= k.size
	if s.bounds.Drop != nil {
		s.bounds.Drop(k.value)
	}
}
