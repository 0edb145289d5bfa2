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
	// HoldTime is how long a request is held at most. Then it goes on as it came.
	HoldTime = 60 * time.Second
	// retryTime is how soon a browser asks again whose connection was closed without a response. It does
	// so until it has tried a new connection.
	retryTime = 500 * time.Millisecond
)

// ErrNotHeld says that there is no such request, or none any more.
var ErrNotHeld = errors.New("no such request is held")

// hold is a visitor's wish to stop the next request, and those that are stopped.
type hold struct {
	armed   bool
	session string // whose request is stopped; one without a session is stopped, too
	last    uint64
	waiting []*Held
	dropped string    // the mark of what was dropped last
	retries time.Time // until then the same is the browser's, which asks again by itself
}

// Held is a request that waits before its handler.
type Held struct {
	ID      uint64
	Until   time.Time
	Host    string
	Request record.Request // as the browser sent it, masked; its body only if it is short
	decided chan decision
	session string         // the key of the session that it brings; "" for none
	sent    record.Request // not masked
	mark    string         // tells the request from others: method, target and key
}

// decision is what the visitor makes of a held request.
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

// event returns what all are told who have the visitor's name.
func (h *Held) event() event {
	q := h.shown("").Request
	data, _ := json.Marshal(map[string]any{"id": h.ID, "method": q.Method, "url": h.Host + q.Target, "until": h.Until}) // cannot fail
	return event{name: "held", data: data}
}

// wishes reports whether the visitor wants a request to be held, and whether one of that mark is dropped
// once more.
func (w *hold) wishes(mark string, now time.Time) (armed, again bool) {
	if again = mark == w.dropped && now.Before(w.retries); again {
		w.retries = now.Add(retryTime)
	}
	return w.armed, again
}

// take stops a request of the session of a key, if the visitor still wants that; it returns nil if not.
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

// find returns a request that waits for v, ErrOtherSession for another's, or ErrNotHeld.
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
