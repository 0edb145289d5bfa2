package stage

import (
	"container/list"
	"maps"

	"sessionlab/cookie"
)

// kept is an exchange in memory.
type kept struct {
	*Exchange
	owner *visitor
	size  int // in bytes
}

// look notes that a visitor looks, and returns the visitor.
func (s *Stage) look(id string) *visitor {
	v, now := s.visitors[id], s.now()
	if v == nil {
		maps.DeleteFunc(s.visitors, func(_ string, v *visitor) bool { // their jars, too, are gone after an hour
			return len(v.streams) == 0 && len(v.ring) == 0 && now.Sub(v.looked) > MaxAge
		})
		if len(s.visitors) >= MaxVisitors {
			s.forgetOldest()
		}
		v = &visitor{id: id, streams: map[*stream]bool{}, jar: cookie.NewJar(cookie.Chromium(), s.now)}
		s.visitors[id] = v
	}
	v.looked = now
	s.expire()
	return v
}

// forgetOldest forgets the visitor who looked longest ago, and one with an open stream only if all
// have one.
func (s *Stage) forgetOldest() {
	var oldest *visitor
	for _, v := range s.visitors {
		if oldest == nil || v.before(oldest) {
			oldest = v
		}
	}
	for st := range oldest.streams {
		st.drop()
	}
	for len(oldest.ring) > 0 {
		s.remove(oldest.ring[0])
	}
	delete(s.visitors, oldest.id)
}

// before reports whether v is to be forgotten before other.
func (v *visitor) before(other *visitor) bool {
	if watches := len(v.streams) > 0; watches != (len(other.streams) > 0) {
		return !watches
	}
	return v.looked.Before(other.looked)
}

// add gives an exchange its ID and keeps it, within the bounds. From then on it does not change.
func (s *Stage) add(v *visitor, e *Exchange) (added bool) {
	s.fill(v, e)
	k := &kept{Exchange: e, owner: v, size: e.pack() + overhead}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.visitors[v.id] != v {
		return false // forgotten meanwhile
	}
	v.last++
	e.ID = v.last
	v.ring = append(v.ring, s.kept.PushBack(k))
	s.bytes += k.size
	if len(v.ring) > MaxExchanges {
		s.remove(v.ring[0])
	}
	s.expire()
	v.tell(event{exchange: e})
	return true
}

// overhead is about what the lists take for an exchange, in bytes.
const overhead = 128

// fill adds to an exchange what is known of its visitor's jar.
func (s *Stage) fill(v *visitor, e *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.fill(e)
}

// expire removes what is too old, and the oldest of what is too much.
func (s *Stage) expire() {
	old := s.now().Add(-MaxAge)
	for front := s.kept.Front(); front != nil; front = s.kept.Front() {
		if s.bytes <= MaxBytes && front.Value.(*kept).Time.After(old) {
			break
		}
		s.remove(front)
	}
}

// remove removes an exchange, the oldest of its visitor.
func (s *Stage) remove(e *list.Element) {
	k := s.kept.Remove(e).(*kept)
	s.bytes -= k.size
	k.owner.ring[0] = nil // or the array would keep it alive, as long as the visitor is known
	k.owner.ring = k.owner.ring[1:]
}

// Exchanges returns what is kept of a visitor's exchanges, the oldest first, as v may see them. The
// visitor looks.
func (s *Stage) Exchanges(v Viewer) []*Exchange {
	s.mu.Lock()
	all := s.look(v.Visitor).after(0)
	s.mu.Unlock()
	for i, e := range all {
		all[i] = e.Shown(v.Session)
	}
	return all
}

// Exchange returns one of a visitor's exchanges as v may see it, or nil if it is not kept. The visitor
// looks.
func (s *Stage) Exchange(v Viewer, id uint64) *Exchange {
	s.mu.Lock()
	all := s.look(v.Visitor).after(id - 1)
	s.mu.Unlock()
	if len(all) == 0 || all[0].ID != id {
		return nil
	}
	return all[0].Shown(v.Session)
}

// Clear forgets a visitor's exchanges.
func (s *Stage) Clear(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := s.look(id); len(v.ring) > 0; {
		s.remove(v.ring[0])
	}
}

// after returns what is kept after an ID.
func (v *visitor) after(id uint64) (all []*Exchange) {
	for _, element := range v.ring {
		if e := element.Value.(*kept).Exchange; e.ID > id {
			all = append(all, e)
		}
	}
	return all
}
