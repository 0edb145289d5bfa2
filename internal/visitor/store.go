package visitor

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// Bounds says how much a Store keeps, and what it does when that is exceeded.
type Bounds[T any] struct {
	Visitors int           // how many visitors may have a value
	Idle     time.Duration // a value that was not used for this long is dropped
	Bytes    int           // bounds the sum of Size over all values; 0: no bound

	Size   func(T) int  // nil if Bytes is 0
	Busy   func(T) bool // reports whether a value is dropped only after all others; nil: no value is
	Refuse bool         // busy values are never dropped, and a new visitor gets ErrFull instead
	Drop   func(T)      // called with each dropped value while the store is locked; may be nil
}

// ErrFull says that a Store has no room for another visitor.
var ErrFull = errors.New("too many visitors at once")

// Store keeps a value for each visitor. If there are too many, it drops those that were not used for the longest time. It
// is safe for concurrent use.
type Store[T any] struct {
	bounds Bounds[T]
	now    func() time.Time

	mu     sync.Mutex
	places map[string]*list.Element
	order  *list.List // of *kept[T], the least recently used first
	bytes  int
}

// kept holds a visitor's value.
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

// Get returns the visitor's value, or the zero value and false if there is none. It does not count as a use.
func (s *Store[T]) Get(visitor string) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if place := s.places[visitor]; place != nil {
		return place.Value.(*kept[T]).value, true
	}
	return value, false
}

// Update replaces the visitor's value by the result of change, which gets the zero value if there is none. No other call of
// the store runs meanwhile. If there is no room, it returns ErrFull and does not call change.
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

// change replaces a value, and drops others if they have become too large together.
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

// Drain empties the store and returns its values. After that, the store accepts no visitors.
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

// Use calls use with the visitor's value while the store is locked, and reports whether there is one.
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

// Rename hands what a visitor has to the visitor's new name, and reports whether there was anything.
func (s *Store[T]) Rename(old, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := s.places[old]
	if place == nil || s.places[id] != nil {
		return false
	}
	delete(s.places, old)
	place.Value.(*kept[T]).visitor = id
	s.places[id] = place
	return true
}

// Delete drops the visitor's value.
func (s *Store[T]) Delete(visitor string) { s.DeleteIf(visitor, func(T) bool { return true }) }

// DeleteIf drops the visitor's value if over returns true for it.
func (s *Store[T]) DeleteIf(visitor string, over func(T) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place := s.places[visitor]; place != nil && over(place.Value.(*kept[T]).value) {
		s.remove(place)
	}
}

// Len returns how many visitors have a value.
func (s *Store[T]) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	return len(s.places)
}

// expire drops values that were not used for a long time, except busy ones.
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

// makeRoom drops the least recently used value, if possible one that is not busy, and reports whether it could.
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

// busy reports whether a value is busy.
func (s *Store[T]) busy(k *kept[T]) bool { return s.bounds.Busy != nil && s.bounds.Busy(k.value) }

// remove drops a value.
func (s *Store[T]) remove(place *list.Element) {
	k := s.order.Remove(place).(*kept[T])
	delete(s.places, k.visitor)
	s.bytes -= k.size
	if s.bounds.Drop != nil {
		s.bounds.Drop(k.value)
	}
}
