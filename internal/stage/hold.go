package stage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HoldTime is how long a request is held at most. Then it goes on as it came.
const HoldTime = 60 * time.Second

// hold is a visitor's wish to stop the next request, and those that are stopped.
type hold struct {
	armed   bool
	last    uint64
	waiting []*Held
	dropped string    // the request line that was dropped last
	retries time.Time // until then the same line is the browser's, who asks again by itself
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
}

// decision is what the visitor makes of a held request.
type decision struct {
	drop   bool
	edited *Request // nil: as it came
}

func (h *Held) event() event {
	data, _ := json.Marshal(map[string]any{"id": h.ID, "method": h.Request.Method, "url": h.Host + h.Request.Target, "until": h.Until}) // cannot fail
	return event{name: "held", data: data}
}

// Arm makes the visitor's next request wait, or takes that back.
func (s *Stage) Arm(id string, armed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.look(id).hold.armed = armed
}

// Armed reports whether the visitor's next request will wait.
func (s *Stage) Armed(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look(id).hold.armed
}

// Held returns the visitor's requests that wait.
func (s *Stage) Held(id string) []*Held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Held(nil), s.look(id).hold.waiting...)
}

// Release lets a held request go on, edited if edited is not nil, or drops it: the connection is
// closed without an answer. It reports whether there is such a request. What is masked and comes back
// masked is as it was.
func (s *Stage) Release(id string, held uint64, drop bool, edited *Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.look(id).hold.waiting {
		if h.ID == held {
			select {
			case h.decided <- decision{drop, edited}:
				return true
			default: // decided already
			}
		}
	}
	return false
}

// held lets the request of rec wait, if its visitor wishes. It reports whether it goes on; if not, the
// visitor has dropped it.
func (s *Stage) held(rec *recording, w http.ResponseWriter, r *http.Request) (goesOn bool) {
	goesOn = true
	defer survive()
	h, again := s.stop(rec)
	if h == nil {
		rec.exchange.Dropped = again
		return !again
	}
	h.Request.Body = rec.readBody(r)
	h.Request.Header = slices.Clone(h.Request.Header)
	new(masker).request(&h.Request)
	s.wait(rec.visitor, h)

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

// stop takes the visitor's wish for the request of rec: it returns nil if there is none. again says that
// this is the browser's second try of one that was dropped.
func (s *Stage) stop(rec *recording) (h *Held, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wish, now := &rec.visitor.hold, s.now()
	if requestLine(rec.exchange.Request) == wish.dropped && now.Before(wish.retries) {
		wish.retries = now.Add(retryTime)
		return nil, true
	}
	if !wish.armed {
		return nil, false
	}
	wish.armed = false
	wish.last++
	return &Held{ID: wish.last, Until: now.Add(HoldTime), Host: rec.exchange.Host, Request: rec.exchange.Request, decided: make(chan decision, 1)}, false
}

// wait notes a request that waits, and tells its visitor.
func (s *Stage) wait(v *visitor, h *Held) {
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
		v.hold.dropped, v.hold.retries = requestLine(rec.exchange.Request), s.now().Add(retryTime)
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
	edited.unmask(rec.exchange.Request)
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
