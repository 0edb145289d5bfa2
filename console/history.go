package console

import (
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
	From, To string       // the session's keys, shortened
	Cookie   string       // the Set-Cookie line, its value shortened

	size int // roughly what the entry takes of memory, in bytes
}

// Reserved reports whether a name of a session is not for the console to write: the names that say
// who is logged in, and those with an underscore, which belong to the framework.
func Reserved(name string) bool {
	return strings.HasPrefix(name, "_") || slices.Contains([]string{"IS_LOGIN", "username", "session_version"}, name)
}

// expiryName is the one name of the framework that the console's own operations change.
const expiryName = "_session_expiry"

func owns(name string) bool { return !Reserved(name) || name == expiryName }

// Own returns the part of a session's data that the console may change.
func Own(d session.Data) session.Data {
	d.DeleteFunc(func(name string) bool { return !owns(name) })
	return d
}

// measure notes how large e is.
func (e *Entry) measure() {
	e.size = 500 + len(e.Line) + len(e.Outcome.Result) + len(e.Command.Value) + len(e.Cookie) + len(e.Before.String())
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
	to.entries = append(slices.Clone(to.entries), e)
	size := 0
	for i := range to.entries {
		size += to.entries[i].size
	}
	for len(to.entries) > maxEntries || size > maxBytes && len(to.entries) > 1 {
		size -= to.entries[0].size
		to.entries = to.entries[1:]
	}
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

// Pop takes the newest entry out.
func (h *Histories) Pop(visitor string) (e Entry, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.all[visitor]
	if of == nil || len(of.entries) == 0 {
		return Entry{}, false
	}
	last := len(of.entries) - 1
	e, of.entries = of.entries[last], of.entries[:last]
	return e, true
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

// Short is the result, cut for a list.
func (e Entry) Short() string {
	result := []rune(e.Outcome.Python())
	if len(result) > 60 {
		return string(result[:60]) + "…"
	}
	return string(result)
}
