package console

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"sessionlab/session"
)

// What is kept of a visitor, and of how many.
const (
	maxEntries  = 50
	maxBytes    = 256 << 10
	maxVisitors = 200
	maxIdle     = time.Hour
)

// Entry is an operation that a visitor has done, and what came of it.
type Entry struct {
	Command  Command
	Line     string // as it was written
	At       time.Time
	Outcome  Outcome
	Missing  bool         // it was a KeyError
	Before   session.Data // what the session held, as Own has it
	After    session.Data // and what it holds now
	From, To string       // the session's keys, shortened
	Cookie   string       // the Set-Cookie line, its value shortened

	resumed bool // Before is not what the entry before this one left: another page wrote
	size    int  // roughly what the entry takes of memory, in bytes
}

// Reserved reports whether a name of a session is not for the console to write: the names that say
// who is logged in, and those with an underscore, which belong to the framework.
func Reserved(name string) bool {
	return strings.HasPrefix(name, "_") || slices.Contains([]string{"IS_LOGIN", "username", "session_version"}, name)
}

// expiryName is the one name of the framework that the console's own operations change.
const expiryName = "_session_expiry"

// Own returns the part of a session's data that the console may change.
func Own(d session.Data) session.Data {
	for name := range d.Values() {
		if Reserved(name) && name != expiryName {
			d.Delete(name)
		}
	}
	return d
}

// measure notes how large e is.
func (e *Entry) measure() {
	e.size = 500 + len(e.Line) + len(e.Outcome.Result.JSON()) + len(e.Cookie) + len(e.Before.String()) + len(e.After.String())
	if e.Command.Value != nil {
		e.size += len(e.Command.Value.JSON())
	}
}

// Histories keeps the last operations of the visitors who used the console last, for an hour. It is
// safe for use by many goroutines at once.
type Histories struct {
	now func() time.Time

	mu  sync.Mutex
	all map[string]*history
}

type history struct {
	used    time.Time
	entries []Entry
}

// NewHistories returns the histories of nobody yet.
func NewHistories(now func() time.Time) *Histories {
	return &Histories{now: now, all: map[string]*history{}}
}

// of returns a visitor's history, and lets go those that nobody used for long.
func (h *Histories) of(visitor string) *history {
	now := h.now()
	var oldest string
	for id, each := range h.all {
		if now.Sub(each.used) > maxIdle {
			delete(h.all, id)
		} else if oldest == "" || each.used.Before(h.all[oldest].used) {
			oldest = id
		}
	}
	if h.all[visitor] == nil {
		if len(h.all) >= maxVisitors {
			delete(h.all, oldest)
		}
		h.all[visitor] = &history{}
	}
	h.all[visitor].used = now
	return h.all[visitor]
}

// Add appends an entry, and lets go the oldest ones where there are too many.
func (h *Histories) Add(visitor string, e Entry) {
	e.measure()
	h.mu.Lock()
	defer h.mu.Unlock()
	to := h.of(visitor)
	n := len(to.entries)
	e.resumed = n == 0 || !same(to.entries[n-1].After, e.Before)
	to.entries = append(slices.Clone(to.entries), e)
	size := 0
	for i := range to.entries {
		size += to.entries[i].size
	}
	for len(to.entries) > maxEntries || size > maxBytes && len(to.entries) > 1 {
		size -= to.entries[0].size
		to.entries = to.entries[1:]
	}
	to.entries[0].resumed = true
}

// Entries returns a visitor's operations, the newest last. They are not changed any more.
func (h *Histories) Entries(visitor string) []Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all[visitor] == nil {
		return nil
	}
	return slices.Clone(h.of(visitor).entries)
}

// Pop takes the newest entry out and returns it with all that were there.
func (h *Histories) Pop(visitor string) (all []Entry, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.all[visitor]
	if of == nil || len(of.entries) == 0 {
		return nil, false
	}
	all = of.entries
	of.entries = all[:len(all)-1]
	return slices.Clone(all), true
}

// PutBack puts an entry back that Pop took out, when it could not be undone.
func (h *Histories) PutBack(visitor string, e Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	to := h.of(visitor)
	to.entries = append(slices.Clone(to.entries), e)
}

// Forget forgets a visitor's operations.
func (h *Histories) Forget(visitor string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, visitor)
}

// same reports whether two sessions hold the same, whatever the order.
func same(a, b session.Data) bool { return len(changes(a, b)) == 0 && a.Len() == b.Len() }

// changes are the names by which after differs from before.
func changes(before, after session.Data) (names []string) {
	old := map[string]string{}
	for name, text := range before.Values() {
		old[name] = string(text)
	}
	for name, text := range after.Values() {
		if was, ok := old[name]; !ok || was != string(text) {
			names = append(names, name)
		}
		delete(old, name)
	}
	for name := range before.Values() {
		if _, gone := old[name]; gone {
			names = append(names, name)
		}
	}
	return names
}

// Replay does operations again, from what the first one found, on a session of its own in memory,
// and returns what that holds then. Where another page wrote in between it goes on from there.
func Replay(entries []Entry) session.Data {
	var d session.Data
	for _, e := range entries {
		if e.resumed {
			d = e.Before
		}
		s := detached(d, func() time.Time { return e.At })
		_, _ = Run(s, e.Command) // a KeyError again
		d = Own(s.Data())
	}
	return d
}

// Undo takes the last of the operations back: what it changed becomes what a replay of all but it
// has there. A key that is gone does not come back, nor who was logged in. Its error is ErrTooLarge:
// another page has filled the room since.
func Undo(s *session.Session, entries []Entry) error {
	last := entries[len(entries)-1]
	before := Replay(entries[:len(entries)-1])
	if last.resumed {
		before = last.Before
	}
	texts := map[string]string{}
	for name, text := range before.Values() {
		texts[name] = string(text)
	}
	names := changes(before, Replay(entries))
	back := session.Data{}
	after := s.Data()
	size := len(after.AppendJSON(nil))
	for _, name := range names {
		if text, ok := texts[name]; ok {
			_ = back.Set(name, json.RawMessage(text)) // it was there
		} else {
			after.Delete(name)
		}
	}
	after.SetAll(back)
	if grown := len(after.AppendJSON(nil)); grown > MaxData && grown > size {
		return ErrTooLarge
	}
	for _, name := range names {
		if v, err := ParseStored(texts[name]); err == nil {
			s.Set(name, v.raw())
		} else {
			s.Delete(name)
		}
	}
	return nil
}

// Afresh removes all that the console may change.
func Afresh(s *session.Session) {
	for name := range Own(s.Data()).Values() {
		s.Delete(name)
	}
}

// detached returns a session with that data that no store but its own knows.
func detached(d session.Data, now func() time.Time) *session.Session {
	store := session.NewCache(session.DefaultLimits(), now)
	ctx, key := context.Background(), ""
	if d.Len() > 0 {
		key = session.NewKey()
		_, _ = store.Create(ctx, session.Record{Key: key, Data: d, Expires: now().Add(session.DefaultAge)}) // there is room
	}
	return session.Open(ctx, store, key, now)
}

// Short is the result, cut for a list.
func (e Entry) Short() string {
	result := []rune(e.Outcome.Result.Python())
	if len(result) > 60 {
		return string(result[:60]) + "…"
	}
	return string(result)
}
