package console

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
)

// visit runs lines on a session and adds them to the histories, as the page does.
func visit(t *testing.T, h *Histories, visitor string, s *session.Session, lines ...string) {
	t.Helper()
	for _, line := range lines {
		c, err := ParseLine(line)
		if err != nil {
			t.Fatal(err)
		}
		e := Entry{Command: c, Line: line, At: time.Now(), Before: Own(s.Data())}
		e.Outcome, _ = Run(s, c)
		h.Add(visitor, e)
	}
}

// What is kept is bounded: in number, in bytes, in visitors and in time.
func TestHistoriesEnd(t *testing.T) {
	now := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	h := NewHistories(func() time.Time { return now })
	s := detached(session.Data{}, time.Now)
	for i := range maxEntries + 20 {
		visit(t, h, "many", s, `s["a"] = `+strconv.Itoa(i))
	}
	entries := h.Entries("many")
	if len(entries) != maxEntries || entries[0].Line != `s["a"] = 20` {
		t.Errorf("%d entries from %s", len(entries), entries[0].Line)
	}
	if got := redone(entries[maxEntries-1]).String(); got != `{"a":69}` {
		t.Errorf("done again, the last one makes %s", got)
	}
	for range maxEntries {
		visit(t, h, "large", s, `s["b"] = "`+strings.Repeat("x", 20<<10)+`"`)
	}
	size := 0
	for _, e := range h.Entries("large") {
		size += e.size
	}
	if size == 0 || size > maxBytes {
		t.Errorf("%d bytes are kept", size)
	}
	for i := range maxVisitors + 10 {
		now = now.Add(time.Second)
		visit(t, h, strconv.Itoa(i), s, `s.keys()`)
	}
	if h.entries.Len() != maxVisitors || h.Entries("many") != nil || h.Entries("9") != nil || len(h.Entries("10")) != 1 {
		t.Errorf("%d visitors, the longest idle not gone", h.entries.Len())
	}
	now = now.Add(maxIdle + time.Minute)
	visit(t, h, "new", s, `s.keys()`)
	if h.entries.Len() != 1 {
		t.Errorf("after an hour %d visitors are kept", h.entries.Len())
	}
}

// The names of a login are never kept, so that no undo can bring a login back.
func TestHistoriesKeepNoLogin(t *testing.T) {
	h := NewHistories(time.Now)
	s := detached(session.Data{}, time.Now)
	s.Set("IS_LOGIN", true)
	s.Set("username", "judy")
	s.Set("session_version", 1)
	s.Set("mine", 1)
	visit(t, h, "judy", s, `s.clear()`)
	e, _ := h.Pop("judy")
	if err := Undo(s, e); err != nil {
		t.Fatal(err)
	}
	if got := s.Data().String(); got != `{"mine":1}` {
		t.Errorf("undo made %s", got)
	}
}
