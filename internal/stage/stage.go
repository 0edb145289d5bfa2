package stage

import (
	"container/list"
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"sessionlab/cookie"
)

// Stage records for those who look. It is safe for use by many goroutines at once.
type Stage struct {
	engine   string
	sessions Sessions
	source   func(function string) Source
	now      func() time.Time
	guest    func(*http.Request) string
	next     http.Handler
	secret   []byte // signs the visitors' names, for as long as this process lives

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

// Open returns a stage that has recorded nothing. engine is the name of the session engine, and sessions
// what it keeps; source says where a function that answers requests is to be read.
func Open(engine string, sessions Sessions, source func(function string) Source, now func() time.Time) *Stage {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	return &Stage{engine: engine, sessions: sessions, source: source, now: now, secret: secret, visitors: map[string]*visitor{}, kept: list.New(), closed: make(chan struct{})}
}

// Welcome lets a function name the visitor of a request that cannot bring the visitor's cookie, since
// it goes to another host; "" if it knows none. It is called before the stage is used.
func (s *Stage) Welcome(guest func(*http.Request) string) { s.guest = guest }

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
		if !s.held(rec, w, r) {
			panic(http.ErrAbortHandler) // net/http closes the connection
		}
		next.ServeHTTP(rec.watch(w), r.WithContext(rec.context(r.Context())))
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
	if strings.HasPrefix(r.URL.Path, "/stage/") || strings.HasPrefix(r.URL.Path, "/static/") || r.URL.Path == "/cookie/lab/predict" {
		return nil
	}
	for id := range claims(r) {
		if s.looking(id) != nil { // most do not, and a signature takes some time
			return s.looking(s.visitorID(r))
		}
	}
	if s.guest != nil {
		return s.looking(s.guest(r))
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

type recordingKey struct{}

// NoteHandler notes which Go function answers the request of ctx, if anybody wants to know.
func NoteHandler(ctx context.Context, function string) {
	if rec, ok := ctx.Value(recordingKey{}).(*recording); ok {
		rec.exchange.Handler = function
	}
}
