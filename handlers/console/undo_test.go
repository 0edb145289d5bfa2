package console

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/session"
)

// Thousands of names that were set, and then cleared, are taken back, and another page's stays.
func TestUndoThousandsOfNames(t *testing.T) {
	var names strings.Builder
	for i := range 3_000 {
		names.WriteString(`"` + strconv.FormatInt(int64(i), 36) + `": NaN, `)
	}
	before, err := session.ParseData([]byte("{" + strings.TrimSuffix(names.String(), ", ") + "}"))
	if err != nil {
		t.Fatal(err)
	}
	h := NewHistories(time.Now)
	s := detached(before, time.Now)
	want := s.Data().String()
	visit(t, h, "v", s, `s.update({`+strings.ReplaceAll(names.String(), `": NaN`, `x": 1`)+`"z": [2]})`, `s.clear()`)
	s.Set("another page's", 1)
	for range 2 {
		e, _ := h.Pop("v")
		if err := Undo(s, e); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.Pop("another page's"); !ok {
		t.Error("what another page has written is gone")
	}
	if got := s.Data().String(); got != want {
		t.Errorf("%.100s, want %.100s", got, want)
	}
}

// Taking back what changed nothing leaves nothing to save.
func TestUndoOfReads(t *testing.T) {
	h := NewHistories(time.Now)
	store := session.NewCache(session.DefaultLimits(), time.Now)
	s := session.Open(t.Context(), store, "", time.Now)
	visit(t, h, "v", s, `s.keys()`, `del s["missing"]`)
	for range 2 {
		e, _ := h.Pop("v")
		if err := Undo(s, e); err != nil || s.Modified() {
			t.Errorf("error %v, modified %t", err, s.Modified())
		}
	}
}
