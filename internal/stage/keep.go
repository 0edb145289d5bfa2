package stage

import (
	"container/list"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
)

// kept is an exchange in memory.
type kept struct {
	id    uint64
	time  time.Time
	owner *visitor
	text  []byte // JSON, without the ID
	// exact is the exchange itself, if it has bytes that JSON has not: headers in Latin-1 for one.
	exact *Exchange
}

// size is about how many bytes of memory it takes.
func (k *kept) size() int {
	size := 256 + len(k.text)
	if k.exact != nil {
		size += 2*len(k.text) + 4096
	}
	return size
}

func (k *kept) event() event {
	return event{name: "exchange", id: k.id, data: k.text}
}

func (k *kept) exchange() (*Exchange, error) {
	if k.exact != nil {
		return k.exact, nil
	}
	return decode(k.text, k.id)
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

// add gives an exchange its ID and keeps it, within the bounds.
func (s *Stage) add(v *visitor, e *Exchange) error {
	s.fill(v, e)
	text, err := e.encode()
	if err != nil {
		return err
	}
	k := &kept{time: e.Time, owner: v, text: text}
	if !e.isText() {
		k.exact = e
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.visitors[v.id] != v {
		return nil // forgotten meanwhile
	}
	v.last++
	e.ID, k.id = v.last, v.last
	v.ring = append(v.ring, s.kept.PushBack(k))
	s.bytes += k.size()
	if len(v.ring) > MaxExchanges {
		s.remove(v.ring[0])
	}
	s.expire()
	v.tell(k.event())
	return nil
}

// fill adds to an exchange what is known of its visitor's jar.
func (s *Stage) fill(v *visitor, e *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.fill(e)
}

// isText reports whether JSON can hold all of e.
func (e *Exchange) isText() bool {
	noText := func(f Field) bool { return !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) }
	return utf8.ValidString(e.Request.Target) && utf8.ValidString(e.Host) &&
		!slices.ContainsFunc(e.Request.Header, noText) && !slices.ContainsFunc(e.Response.Header, noText) &&
		(e.Held == nil || !slices.ContainsFunc(e.Held.Header, noText))
}

// expire removes what is too old, and the oldest of what is too much.
func (s *Stage) expire() {
	old := s.now().Add(-MaxAge)
	for front := s.kept.Front(); front != nil; front = s.kept.Front() {
		if s.bytes <= MaxBytes && front.Value.(*kept).time.After(old) {
			break
		}
		s.remove(front)
	}
}

// remove removes an exchange, the oldest of its visitor.
func (s *Stage) remove(e *list.Element) {
	k := s.kept.Remove(e).(*kept)
	s.bytes -= k.size()
	k.owner.ring[0] = nil // or the array would keep it alive, as long as the visitor is known
	k.owner.ring = k.owner.ring[1:]
}

// Exchanges returns what is kept of a visitor's exchanges, the oldest first, as v may see them. The
// visitor looks.
func (s *Stage) Exchanges(v Viewer) (all []*Exchange, err error) {
	s.mu.Lock()
	kept := s.look(v.Visitor).after(0)
	s.mu.Unlock()
	for _, k := range kept {
		e, err := k.exchange()
		if err != nil {
			return nil, err
		}
		all = append(all, e.Shown(v.Session))
	}
	return all, nil
}

// Exchange returns one of a visitor's exchanges as v may see it, or nil if it is not kept. The visitor
// looks.
func (s *Stage) Exchange(v Viewer, id uint64) (*Exchange, error) {
	s.mu.Lock()
	kept := s.look(v.Visitor).after(id - 1)
	s.mu.Unlock()
	if len(kept) == 0 || kept[0].id != id {
		return nil, nil
	}
	e, err := kept[0].exchange()
	if err != nil {
		return nil, err
	}
	return e.Shown(v.Session), nil
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
func (v *visitor) after(id uint64) (all []*kept) {
	for _, element := range v.ring {
		if k := element.Value.(*kept); k.id > id {
			all = append(all, k)
		}
	}
	return all
}
