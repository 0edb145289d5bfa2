package stage

import (
	"fmt"
	"net/http"
	"time"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// Arm makes the visitor's next request wait, or cancels that. It applies to requests of v's own session
// and to those without a session.
func (s *Stage) Arm(v Viewer, armed bool) {
	s.kept.visit(v.Visitor, func(of *visitor) { of.hold.armed, of.hold.session = armed, v.Session })
}

// Armed reports whether the next request of v will wait.
func (s *Stage) Armed(v Viewer) (armed bool) {
	s.kept.visit(v.Visitor, func(of *visitor) { armed = of.hold.armed && of.hold.session == v.Session })
	return armed
}

// Held returns the waiting requests that v may decide on.
func (s *Stage) Held(v Viewer) (all []*Held) {
	s.kept.visit(v.Visitor, func(of *visitor) {
		for _, h := range of.hold.waiting {
			if v.mine(h.session) {
				all = append(all, h.shown(v.Session))
			}
		}
	})
	return all
}

// FindHeld returns a waiting request that v may decide on. Its error is ErrOtherSession or ErrNotHeld.
func (s *Stage) FindHeld(v Viewer, id uint64) (h *Held, err error) {
	s.kept.visit(v.Visitor, func(of *visitor) { h, err = of.hold.find(v, id) })
	return h, err
}

// Release lets a held request continue, edited if edited is not nil, or drops it: its connection closes
// without a response. Masked text that comes back unchanged is replaced by the original. r is the request
// by which v decides. The errors are those of FindHeld; a request that was edited to carry another
// session's key is also ErrOtherSession.
func (s *Stage) Release(v Viewer, r *http.Request, id uint64, drop bool, edited *record.Request) error {
	h, err := s.FindHeld(v, id)
	if err == nil && edited != nil {
		mask.Restore(edited, h.sent)
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

// held makes r, the request of rec, wait if its visitor wants that. It reports whether the request goes
// on; if not, the visitor dropped it.
func (s *Stage) held(rec *recording, w http.ResponseWriter, r *http.Request) (goesOn bool) {
	goesOn = true
	defer survive()
	if rec.visitor == nil {
		return true
	}
	h, again := s.stop(rec, r)
	if h == nil {
		rec.exchange.Dropped = again
		return !again
	}
	hold := &rec.visitor.hold
	h.Request.Body = rec.readBody(r)
	h.Request = mask.Request(h.Request)
	s.kept.guard(func() {
		hold.waiting = append(hold.waiting, h)
		rec.visitor.tell(h.event())
	})
	d := s.decision(h, w, r)
	s.kept.guard(func() {
		hold.forget(h)
		if d.drop {
			hold.drop(h, s.now())
		}
		rec.visitor.tell(event{name: "released", data: fmt.Appendf(nil, `{"id":%d,"dropped":%t}`, h.ID, d.drop)})
	})
	if d.edited != nil && !d.drop {
		rec.edit(r, h.Request, d.edited)
	}
	rec.exchange.Dropped = d.drop
	return !d.drop
}

// stop returns r, the request of rec, as a held request, or nil if it need not wait. again reports that the
// browser retries a request that was dropped.
func (s *Stage) stop(rec *recording, r *http.Request) (h *Held, again bool) {
	q, hold := rec.exchange.Request, &rec.visitor.hold
	mark := q.Method + " " + q.Target + " " + session.ClaimedKey(r)
	armed := false
	s.kept.guard(func() { armed, again = hold.wishes(mark, s.now()) })
	if again || !armed {
		return nil, again
	}
	key, err := s.liveKey(r)
	if err != nil {
		return nil, false // the handler will report it
	}
	s.kept.guard(func() { h = hold.take(key, Held{Host: rec.exchange.Host, Request: q, sent: q, mark: mark}, s.now()) })
	return h, false
}

// decision waits until the visitor decides, the time is up, the client leaves or the stage closes.
func (s *Stage) decision(h *Held, w http.ResponseWriter, r *http.Request) (d decision) {
	// The server's deadlines would end a waiting request. It sets both again for the next one.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Now().Add(2 * HoldTime))

	timeout := time.NewTimer(HoldTime)
	defer timeout.Stop()
	select {
	case d = <-h.decided:
	case <-timeout.C:
	case <-r.Context().Done():
	case <-s.end.closed:
	}
	return d
}
