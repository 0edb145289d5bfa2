package stage

import (
	"container/list"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
)

// Stage records for those who look. It is safe for use by many goroutines at once.
type Stage struct {
	engine string
	source func(function string) Source
	now    func() time.Time
	next   http.Handler
	secret []byte // signs the visitors' names, for as long as this process lives

	mu       sync.Mutex
	visitors map[string]*visitor
	kept     *list.List // of *kept, the oldest in front
	bytes    int
	passes   []pass        // the oldest first
	closed   chan struct{} // closed by Close, once
}

// lookTime is how long a visitor's exchanges are recorded after the last look. An open stream looks
// all the time.
const lookTime = 10 * time.Minute

// visitor is one who has looked.
type visitor struct {
	id      string
	looked  time.Time
	last    uint64 // the newest exchange's ID; they begin at 1
	ring    []*list.Element
	streams map[*stream]bool
	hold    hold
	jar     *cookie.Jar
}

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

// Open returns a stage that has recorded nothing. engine is the name of the session engine; source says
// where a function that answers requests is to be read.
func Open(engine string, source func(function string) Source, now func() time.Time) *Stage {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	return &Stage{engine: engine, source: source, now: now, secret: secret, visitors: map[string]*visitor{}, kept: list.New(), closed: make(chan struct{})}
}

// Close ends all streams and lets go what is held. It may be called again.
func (s *Stage) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
}

// Wrap returns next with its exchanges recorded, for the visitors who look. It comes before
// everything that changes what is on the wire; [Inside] comes after.
func (s *Stage) Wrap(next http.Handler) http.Handler {
	s.next = next
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := s.begin(r)
		if rec == nil {
			next.ServeHTTP(w, r)
			return
		}
		defer rec.finish() // also when next panics
		r = r.WithContext(rec.context(r.Context()))
		if !s.held(rec, w, r) {
			panic(http.ErrAbortHandler) // net/http closes the connection
		}
		next.ServeHTTP(rec.watch(w), r)
	})
}

// survive is deferred where the stage works for a lesson, which a mistake of the stage must not break.
func survive() { _ = recover() }

// begin returns the recording of a request, or nil if nobody looks.
func (s *Stage) begin(r *http.Request) *recording {
	defer survive()
	t := tapOf(r.Context())
	v := s.watched(r)
	if t == nil && v == nil {
		return nil
	}
	var head []byte
	if t != nil {
		head = t.begin(r, v != nil)
	}
	if v == nil {
		return nil
	}
	return s.record(v, r, head, t)
}

// watched returns the visitor of a request that is to be recorded, or nil.
func (s *Stage) watched(r *http.Request) *visitor {
	if strings.HasPrefix(r.URL.Path, "/stage/") || strings.HasPrefix(r.URL.Path, "/static/") {
		return nil
	}
	for id, signature := range claims(r) {
		// Most do not look: that is asked first, since a signature takes some time.
		if v := s.looking(id); v != nil && s.signed(id, signature) {
			return v
		}
	}
	return nil
}

// looking returns the visitor of that name, or nil for one who does not look.
func (s *Stage) looking(id string) *visitor {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitors[id]
	if v == nil || len(v.streams) == 0 && s.now().Sub(v.looked) > lookTime {
		return nil
	}
	return v
}

// look notes that a visitor looks, and returns the visitor.
func (s *Stage) look(id string) *visitor {
	v := s.visitors[id]
	if v == nil {
		if len(s.visitors) >= MaxVisitors {
			s.forgetOldest()
		}
		v = &visitor{id: id, streams: map[*stream]bool{}, jar: cookie.NewJar(cookie.Chromium(), s.now)}
		s.visitors[id] = v
	}
	v.looked = s.now()
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
	k.owner.ring = k.owner.ring[1:]
}

// Exchanges returns what is kept of a visitor's exchanges, the oldest first. The visitor looks.
func (s *Stage) Exchanges(id string) (all []*Exchange, err error) {
	s.mu.Lock()
	kept := s.look(id).after(0)
	s.mu.Unlock()
	for _, k := range kept {
		e, err := k.exchange()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// Exchange returns one of a visitor's exchanges, or nil if it is not kept. The visitor looks.
func (s *Stage) Exchange(id string, exchange uint64) (*Exchange, error) {
	s.mu.Lock()
	kept := s.look(id).after(exchange - 1)
	s.mu.Unlock()
	if len(kept) == 0 || kept[0].id != exchange {
		return nil, nil
	}
	return kept[0].exchange()
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

type recordingKey struct{}

// NoteHandler notes which Go function answers the request of ctx, if anybody wants to know.
func NoteHandler(ctx context.Context, function string) {
	if rec, ok := ctx.Value(recordingKey{}).(*recording); ok {
		rec.exchange.Handler = function
	}
}
