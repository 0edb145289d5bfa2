package visitor

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dropped []string
		s := NewStore(Bounds[string]{
			Visitors: 3, Idle: time.Hour, Bytes: 10, Size: func(v string) int { return len(v) },
			Busy: func(v string) bool { return v == "busy" }, Drop: func(v string) { dropped = append(dropped, v) },
		}, time.Now)
		put := func(visitor, value string) {
			t.Helper()
			if err := s.Update(visitor, func(string) string { return value }); err != nil {
				t.Errorf("%s: %v", visitor, err)
			}
			time.Sleep(time.Second)
		}
		has := func(visitor, want string) {
			t.Helper()
			if got, _ := s.Get(visitor); got != want {
				t.Errorf("%s has %q, want %q", visitor, got, want)
			}
		}
		put("a", "1")
		put("b", "2")
		put("c", "3")
		s.Use("a", func(string) {}) // now b is the least recently used
		put("d", "4")
		has("b", "")
		has("a", "1")
		put("c", "much") // 1 + 4 + 1 bytes of 10
		put("d", "more!!")
		has("a", "") // the bound on bytes drops the least recently used, too
		put("a", "busy")
		has("c", "")
		put("e", "x")
		put("f", "y")
		has("a", "busy")
		has("d", "")
		time.Sleep(time.Hour)
		has("e", "")
		has("a", "busy") // although it was not used for a long time
		if n := s.Len(); n != 1 {
			t.Errorf("%d visitors", n)
		}
		if want := []string{"2", "1", "much", "more!!", "x", "y"}; !slices.Equal(dropped, want) {
			t.Errorf("dropped %q, want %q", dropped, want)
		}
		s.Delete("a")
		has("a", "")
		if s.Use("a", func(string) { t.Error("used what is gone") }) {
			t.Error("there is nothing to use")
		}
	})
}

// If busy values stay, a new visitor is refused; otherwise they are dropped last.
func TestStoreFull(t *testing.T) {
	for _, refuse := range []bool{true, false} {
		t.Run(fmt.Sprint(refuse), func(t *testing.T) {
			s := NewStore(Bounds[int]{Visitors: 2, Idle: time.Hour, Refuse: refuse, Busy: func(int) bool { return true }}, time.Now)
			same := func(n int) int { return n + 1 }
			var err error
			for _, visitor := range []string{"a", "b", "a", "c"} {
				err = errors.Join(err, s.Update(visitor, same))
			}
			if errors.Is(err, ErrFull) != refuse || s.Len() != 2 {
				t.Errorf("%v, %d visitors", err, s.Len())
			}
			if n, _ := s.Get("a"); refuse && n != 2 {
				t.Errorf("a has %d", n)
			}
			if _, ok := s.Get("b"); ok != refuse {
				t.Error("b was not the one to go")
			}
			if all := s.Drain(); len(all) != 2 || !errors.Is(s.Update("d", same), ErrFull) {
				t.Errorf("drained %v, and there is room afterwards", all)
			}
		})
	}
}
