package stage

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
)

const (
	// HoldTime is the longest time that a request is held. Then it goes on as it came.
	HoldTime = 60 * time.Second
	// retryTime is how soon a browser repeats a request whose connection closed without a response. It
	// keeps doing so until it has tried a new connection.
	retryTime = 500 * time.Millisecond
)

// ErrNotHeld reports that no such request waits, or that it has gone on.
var ErrNotHeld = errors.New("no such request is held")

// hold has a visitor's wish to stop the next request, and the requests that wait. keeper.mu guards it.
type hold struct {
	armed   bool
	session string // the key of the session whose requests stop; those without a session stop, too
	last    uint64
	waiting []*Held
	dropped string    // the mark of what was dropped last
	retries time.Time // until then the same mark is a retry by the browser
}

// Held is a request that waits before its handler.
type Held struct {
	ID      uint64
	Until   time.Time
	Host    string
	Request record.Request // as the browser sent it, masked; its body only if it is short
	decided chan decision
	session string         // the key of its session; "" for none
	sent    record.Request // not masked
	mark    string         // tells the request from others: method, target and key
}

// decision says what happens to a held request.
type decision struct {
	drop   bool
	edited *record.Request // nil: as it came
}

// shown returns h with all session keys but one shortened.
func (h *Held) shown(key string) *Held {
	shown := *h
	shown.Request = mask.RequestKeys(h.Request, key)
	return &shown
}

// event returns what everyone with the visitor's name is told.
func (h *Held) event() event {
	q := h.shown("").Request
	data, _ := json.Marshal(map[string]any{"id": h.ID, "method": q.Method, "url": h.Host + q.Target, "until": h.Until}) // cannot fail
	return event{name: "held", data: data}
}

// wishes reports whether the visitor wants a request to be held, and whether a request of that mark is a
// retry of the one that was dropped.
func (w *hold) wishes(mark string, now time.Time) (armed, again bool) {
	if again = mark == w.dropped && now.Before(w.retries); again {
		w.retries = now.Add(retryTime)
	}
	return w.armed, again
}

// take returns h as the held request if the visitor still wants one of the session of key; otherwise nil.
func (w *hold) take(key string, h Held, now time.Time) *Held {
	if !w.armed || key != "" && key != w.session {
		return nil
	}
	w.armed = false
	w.last++
	h.ID, h.Until, h.session, h.decided = w.last, now.Add(HoldTime), key, make(chan decision, 1)
	return &h
}

// forget notes that a request waits no more.
func (w *hold) forget(h *Held) {
	w.waiting = slices.DeleteFunc(w.waiting, func(other *Held) bool { return other == h })
}

// drop notes that a request was dropped.
func (w *hold) drop(h *Held, now time.Time) { w.dropped, w.retries = h.mark, now.Add(retryTime) }

// find returns a waiting request that v may decide on, ErrOtherSession or ErrNotHeld.
func (w *hold) find(v Viewer, id uint64) (*Held, error) {
	i := slices.IndexFunc(w.waiting, func(h *Held) bool { return h.ID == id })
	switch {
	case i < 0:
		return nil, ErrNotHeld
	case !v.mine(w.waiting[i].session):
		return nil, ErrOtherSession
	}
	return w.waiting[i].shown(v.Session), nil
}
