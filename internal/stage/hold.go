package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionlab/session"
)

// HoldTime is how long a request is held at most. Then it goes on as it came.
const HoldTime = 60 * time.Second

// hold is a visitor's wish to stop the next request, and those that are stopped.
type hold struct {
	armed   bool
	session string // whose request is stopped; one without a session is stopped, too
	last    uint64
	waiting []*Held
	dropped string    // the mark of what was dropped last
	retries time.Time // until then the same is the browser's, which asks again by itself
}

// retryTime is how soon a browser asks again whose connection was closed without an answer. It does so
// until it has tried a new connection.
const retryTime = 500 * time.Millisecond

// Held is a request that waits before its handler.
type Held struct {
	ID      uint64
	Until   time.Time
	Host    string
	Request Request // as the browser sent it, masked; its body only if it is short
	decided chan decision
	session string  // the key of the session that it brings; "" for none
	sent    Request // not masked
	mark    string  // tells the request from others: method, target and key
}

// decision is what the visitor makes of a held request.
type decision struct {
	drop   bool
	edited *Request // nil: as it came
}

func (h *Held) event() event {
	h = h.shown("")                                                                                                                     // everybody who has the visitor's name is told
	data, _ := json.Marshal(map[string]any{"id": h.ID, "method": h.Request.Method, "url": h.Host + h.Request.Target, "until": h.Until}) // cannot fail
	return event{name: "held", data: data}
}

// ErrNotHeld says that there is no such request any more.
var ErrNotHeld = errors.New("no such request is held")

// Arm makes the visitor's next request wait, or takes that back: one of v's own session, or of none.
func (s *Stage) Arm(v Viewer, armed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wish := &s.look(v.Visitor).hold
	wish.armed, wish.session = armed, v.Session
}

// Armed reports whether the next request of v will wait.
func (s *Stage) Armed(v Viewer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	wish := &s.look(v.Visitor).hold
	return wish.armed && wish.session == v.Session
}

// Held returns the requests that wait for v.
func (s *Stage) Held(v Viewer) (all []*Held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.look(v.Visitor).hold.waiting {
		if v.mine(h.session) {
			all = append(all, h.shown(v.Session))
		}
	}
	return all
}

// FindHeld returns a request that waits for v, ErrOtherSession for another's, or ErrNotHeld.
func (s *Stage) FindHeld(v Viewer, id uint64) (*Held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.look(v.Visitor).hold.waiting {
		if h.ID == id && !v.mine(h.session) {
			return nil, ErrOtherSession
		} else if h.ID == id {
			return h.shown(v.Session), nil
		}
	}
	return nil, ErrNotHeld
}

// shown returns h with all session keys but one shortened.
func (h *Held) shown(key string) *Held {
	shown := *h
	if hide := newHider(h.Request.keys(), key); hide != nil {
		shown.Request = hide.request(h.Request)
	}
	return &shown
}

// Release lets a held request go on, edited if edited is not nil, or drops it: the connection is
// closed without an answer. What is masked and comes back masked is as it was. v has come with r. The
// error is that of FindHeld, or ErrOtherSession for a request that was edited into another session's.
func (s *Stage) Release(v Viewer, r *http.Request, id uint64, drop bool, edited *Request) error {
	h, err := s.FindHeld(v, id)
	if err == nil && edited != nil {
		edited.unmask(h.sent)
		err = s.check(edited, r, h.session)
	}
	if err != nil {
		return err
	}
	select {
	case h.decided <- decision{drop, edited}:
		return nil
	default:
		return ErrNotHeld // decided already
	}
}

// held lets the request of rec wait, if its visitor wishes. It reports whether it goes on; if not, the
// visitor has dropped it.
func (s *Stage) held(rec *recording, w http.ResponseWriter, r *http.Request) (goesOn bool) {
	goesOn = true
	defer survive()
	h, again := s.stop(rec, r)
	if h == nil {
		rec.exchange.Dropped = again
		return !again
	}
	h.Request.Body = rec.readBody(r)
	h.Request.Header = slices.Clone(h.Request.Header)
	new(masker).request(&h.Request)
	s.waits(rec.visitor, h)

	// The server's deadlines would end a request that waits. Both are set anew for the next one.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Now().Add(2 * HoldTime))

	timeout := time.NewTimer(HoldTime)
	defer timeout.Stop()
	var d decision
	select {
	case d = <-h.decided:
	case <-timeout.C:
	case <-r.Context().Done():
	case <-s.closed:
	}
	s.released(rec, h, d.drop)
	if d.drop {
		rec.exchange.Dropped = true
		return false
	}
	if d.edited != nil {
		rec.edit(r, h.Request, d.edited)
	}
	return true
}

// stop takes the visitor's wish for r, the request of rec: it returns nil if there is none. again says
// that this is the browser's second try of one that was dropped.
func (s *Stage) stop(rec *recording, r *http.Request) (h *Held, again bool) {
	mark := rec.exchange.Request.Method + " " + rec.exchange.Request.Target + " " + session.ClaimedKey(r)
	armed, again := s.wish(rec.visitor, mark)
	if again || !armed {
		return nil, again
	}
	key, err := s.liveKey(r)
	if err != nil {
		return nil, false // the handler will say so
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wish := &rec.visitor.hold
	if !wish.armed || key != "" && key != wish.session {
		return nil, false
	}
	wish.armed = false
	wish.last++
	return &Held{
		ID: wish.last, Until: s.now().Add(HoldTime), Host: rec.exchange.Host, Request: rec.exchange.Request,
		decided: make(chan decision, 1), session: key, sent: rec.exchange.Request, mark: mark,
	}, false
}

// wish reports whether a visitor waits for a request to hold, and whether one of that mark is dropped
// once more.
func (s *Stage) wish(v *visitor, mark string) (armed, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if again = mark == v.hold.dropped && now.Before(v.hold.retries); again {
		v.hold.retries = now.Add(retryTime)
	}
	return v.hold.armed, again
}

// waits notes a request that waits, and tells its visitor.
func (s *Stage) waits(v *visitor, h *Held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.hold.waiting = append(v.hold.waiting, h)
	v.tell(h.event())
}

// released notes that a request waits no more.
func (s *Stage) released(rec *recording, h *Held, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := rec.visitor
	v.hold.waiting = slices.DeleteFunc(v.hold.waiting, func(other *Held) bool { return other == h })
	if dropped {
		v.hold.dropped, v.hold.retries = h.mark, s.now().Add(retryTime)
	}
	v.tell(event{name: "released", data: fmt.Appendf(nil, `{"id":%d,"dropped":%t}`, h.ID, dropped)})
}

// readBody reads a short body of a request that is held, so that it can be shown and edited.
func (rec *recording) readBody(r *http.Request) Body {
	if r.ContentLength <= 0 || r.ContentLength > MaxBody {
		return Body{}
	}
	text, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text), failing{err}))
	return rec.asked.body()
}

// failing is a reader whose end is an error, or none.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// edit makes r what its visitor has made of what was shown. What could not be shown stays as it came.
func (rec *recording) edit(r *http.Request, shown Request, edited *Request) {
	if edited.apply(r) != nil {
		return // cannot be: ParseHead has read it
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	shown.Header = slices.Clone(shown.Header) // its page may still read it
	rec.exchange.Held = &shown
	rec.exchange.Host = r.Host
	rec.exchange.Request = *edited
	if unix(edited.Body.Text) != unix(shown.Body.Text) {
		text := edited.Body.Text
		if rec.asked != nil {
			text = unmaskForm(text, rec.asked.body().Text)
		}
		rec.asked = &capture{}
		rec.asked.add([]byte(text))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		length := strconv.FormatInt(r.ContentLength, 10)
		r.Header.Set("Content-Length", length)
		for i, f := range edited.Header {
			if strings.EqualFold(f.Name, "Content-Length") {
				edited.Header[i].Value = length
			}
		}
	}
}

// unix has plain line feeds: a browser makes CRLFs of those in a form's field.
func unix(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
