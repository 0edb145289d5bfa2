package console

import (
	"slices"
	"strings"
	"time"

	"sessionlab/internal/visitor"
	"sessionlab/session"
)

// Bounds of what is kept.
const (
	maxEntries  = 50
	maxBytes    = 256 << 10
	maxVisitors = 200
	maxIdle     = time.Hour
)

// An Entry is an operation that a visitor has done, with its outcome.
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

// Reserved reports whether the console may not write a name of a session: those that record the login,
// and those with an underscore, which belong to the framework.
func Reserved(name string) bool {
	return strings.HasPrefix(name, "_") || slices.Contains([]string{"IS_LOGIN", "username", "session_version"}, name)
}

// expiryName is the only name of the framework that the console's operations change.
const expiryName = "_session_expiry"

func owns(name string) bool { return !Reserved(name) || name == expiryName }

// Own returns the part of a session's data that the console may change.
func Own(d session.Data) session.Data {
	d.DeleteFunc(func(name string) bool { return !owns(name) })
	return d
}

// measure sets the size of e.
func (e *Entry) measure() {
	e.size = 500 + len(e.Line) + len(e.Outcome.Result) + len(e.Command.Value) + len(e.Cookie) + len(e.Before.String())
}

// Histories keeps the latest operations of the latest visitors, for an hour. It is safe for use by many
// goroutines at once.
type Histories struct {
	entries *visitor.Store[[]Entry]
}

// NewHistories returns histories in which nobody has done anything yet.
func NewHistories(now func() time.Time) *Histories {
	return &Histories{visitor.NewStore(visitor.Bounds[[]Entry]{Visitors: maxVisitors, Idle: maxIdle}, now)}
}

// Add appends an entry, and drops the oldest ones where there are too many.
func (h *Histories) Add(of string, e Entry) {
	e.measure()
	_ = h.entries.Update(of, func(all []Entry) []Entry { // cannot fail: others go
		all = append(slices.Clone(all), e)
		size := 0
		for i := range all {
			size += all[i].size
		}
		for len(all) > maxEntries || size > maxBytes && len(all) > 1 {
			size -= all[0].size
			all = all[1:]
		}
		return all
	})
}

// Entries returns a visitor's operations, the newest last. They do not change any more.
func (h *Histories) Entries(of string) (all []Entry) {
	h.entries.Use(of, func(kept []Entry) { all = kept })
	return all
}

// Pop removes the newest entry and returns it.
func (h *Histories) Pop(of string) (e Entry, ok bool) {
	if all, _ := h.entries.Get(of); len(all) == 0 {
		return Entry{}, false
	}
	_ = h.entries.Update(of, func(all []Entry) []Entry {
		if ok = len(all) > 0; !ok {
			return nil
		}
		last := len(all) - 1
		e = all[last]
		return slices.Clone(all[:last])
	})
	return e, ok
}

// PutBack restores an entry that Pop has removed and that could not be undone.
func (h *Histories) PutBack(of string, e Entry) {
	_ = h.entries.Update(of, func(all []Entry) []Entry { return append(slices.Clone(all), e) })
}

// Forget drops a visitor's operations.
func (h *Histories) Forget(of string) { h.entries.Delete(of) }

// Rename hands a visitor's operations to the visitor's new name.
func (h *Histories) Rename(old, id string) { h.entries.Rename(old, id) }

// Short returns the result as Python writes it, shortened for a list.
func (e Entry) Short() string {
	result := []rune(e.Outcome.Python())
	if len(result) > 60 {
		return string(result[:60]) + "…"
	}
	return string(result)
}
