// Package stage shows what happens between a browser and the lab: it records the exchanges of a
// visitor who looks, with the bytes on the wire, the handler, the statements and the session before
// and after, and streams them to the visitor's pages.
//
// Read [record.Exchange] first, which is what is recorded, then [Stage], which records. In the folders below,
// mask hides what should not be shown, view tells an exchange in steps, export writes it for other programs,
// and pages has the pages of the stage.
package stage

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"sessionlab/internal/stage/record"
)

// Stage records for visitors who look. It is safe for concurrent use.
type Stage struct {
	Passes *Passes // to the lab's other host names

	engine   string
	sessions Sessions
	source   func(function string) record.Source
	now      func() time.Time
	guest    func(*http.Request) string
	next     http.Handler
	names    names
	kept     *keeper
	end      *end
}

// end tells everyone that the stage is closed.
type end struct {
	once   sync.Once
	closed chan struct{}
}

// Open returns an empty stage. engine is the name of the session engine, and sessions is its store; source
// returns where a handler's code can be read.
func Open(engine string, sessions Sessions, source func(function string) record.Source, now func() time.Time) *Stage {
	names := newNames()
	return &Stage{
		Passes: &Passes{names: names, now: now},
		engine: engine, sessions: sessions, source: source, now: now,
		names: names, kept: newKeeper(now), end: &end{closed: make(chan struct{})},
	}
}

// Welcome sets a function that names the visitor of a request to another host, which cannot bring the
// visitor's cookie; it returns "" if it knows none. Call Welcome before the stage is used.
func (s *Stage) Welcome(guest func(*http.Request) string) { s.guest = guest }

// Close ends all streams and releases all held requests. It may be called again.
func (s *Stage) Close() { s.end.once.Do(func() { close(s.end.closed) }) }

// Wrap returns next with its exchanges recorded for visitors who look, and a few for those who may soon. It belongs outside of everything that
// changes what is on the wire; [Inside] belongs inside of it.
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

// survive recovers from a panic of the stage: its mistakes must not break a lesson.
func survive() { _ = recover() }

// begin starts to record a request. It returns nil if nobody looks and no person seems to have made it.
func (s *Stage) begin(r *http.Request) *recording {
	defer survive()
	t := tapOf(r.Context())
	v := s.watched(r)
	wanted := v != nil || isLesson(r) && s.kept.recent.admits(r)
	var head []byte
	if t != nil {
		head = t.begin(r, wanted)
	}
	if !wanted {
		return nil
	}
	return newRecording(s, v, r, head, t)
}

// isLesson reports whether a request is for a lesson, not for the stage or what all pages load.
func isLesson(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/stage/") && !strings.HasPrefix(r.URL.Path, "/static/") && r.URL.Path != "/cookie/lab/predict"
}

// watched returns the visitor for whom a request should be recorded, or nil.
func (s *Stage) watched(r *http.Request) *visitor {
	if !isLesson(r) {
		return nil
	}
	for id := range claims(r) {
		if s.kept.looking(id) != nil { // asked first: most do not look, and a signature takes time
			return s.kept.looking(s.names.of(r))
		}
	}
	if s.guest != nil {
		return s.kept.looking(s.guest(r))
	}
	return nil
}

type recordingKey struct{}

// PageToken returns a token for the page that answers the request of ctx. If its reader opens the stage from
// there, this shows that the request was the reader's own, before the browser has any cookie. It returns "" if
// the request is not recorded, or recorded for a visitor.
func PageToken(ctx context.Context) string {
	rec, ok := ctx.Value(recordingKey{}).(*recording)
	if !ok || rec.visitor != nil {
		return ""
	}
	if rec.page == "" {
		rec.page = rand.Text()
	}
	return rec.page
}

// NoteHandler records which Go function handles the request of ctx, if it is recorded.
func NoteHandler(ctx context.Context, function string) {
	if rec, ok := ctx.Value(recordingKey{}).(*recording); ok {
		rec.exchange.Handler = function
	}
}
