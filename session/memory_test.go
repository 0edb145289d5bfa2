package session_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
	"sessionlab/session/storetest"
)

// record returns a session that lives for an hour and holds text.
func record(t *testing.T, now time.Time, key, text string) session.Record {
	t.Helper()
	r := session.Record{Key: key, Expires: now.Add(time.Hour)}
	if err := r.Data.Set("text", text); err != nil {
		t.Fatal(err)
	}
	return r
}

func create(t *testing.T, store session.Store, r session.Record) {
	t.Helper()
	if _, err := store.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func loads(t *testing.T, store session.Store, key string) bool {
	t.Helper()
	_, err := store.Load(t.Context(), key)
	if err != nil && !errors.Is(err, session.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestCacheForgetsTheLeastRecentlyUsed(t *testing.T) {
	clock := storetest.NewClock()
	c := session.NewCache(session.Limits{Entries: 3, Bytes: 1 << 20}, clock.Now)
	for _, key := range []string{"a", "b", "c"} {
		create(t, c, record(t, clock.Now(), key, ""))
	}
	loads(t, c, "a")
	create(t, c, record(t, clock.Now(), "d", ""))
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if loads(t, c, key) != want {
			t.Errorf("%s is there: %t, want %t", key, !want, want)
		}
	}
	if got := c.Stats(); got.Entries != 3 || got.Hits != 4 || got.Misses != 1 || got.Evictions != 1 {
		t.Errorf("stats %+v", got)
	}
}

// However many sessions there are, what they take stays below the limit, and is given back.
func TestCacheBytes(t *testing.T) {
	clock := storetest.NewClock()
	const limit = 100_000
	c := session.NewCache(session.Limits{Entries: 1000, Bytes: limit}, clock.Now)
	for i := range 500 {
		create(t, c, record(t, clock.Now(), fmt.Sprintf("key%05d", i), strings.Repeat("x", i)))
		if got := c.Stats().Bytes; got > limit {
			t.Fatalf("%d bytes with %d sessions", got, c.Stats().Entries)
		}
	}
	if _, err := c.Create(t.Context(), record(t, clock.Now(), "large", strings.Repeat("x", limit))); !errors.Is(err, session.ErrTooLarge) {
		t.Errorf("what has no room at all: error %v, want ErrTooLarge", err)
	}
	if got := c.Stats(); got.Entries < 100 || got.Evictions == 0 {
		t.Errorf("a session that was refused pushed others out: %+v", got)
	}
	clock.Advance(2 * time.Hour)
	for n := 1; n > 0; {
		var err error
		if n, err = c.DeleteExpired(t.Context(), clock.Now(), 50); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Stats(); got.Entries != 0 || got.Bytes != 0 {
		t.Errorf("after all have expired: %+v", got)
	}
}

// A cachedLab has the engine cached_db and, beside it, another process on the same table.
func cachedLab(t *testing.T) (c *session.CachedDB, other *session.DB, db *database.DB, clock *storetest.Clock) {
	db, clock = openDatabase(t), storetest.NewClock()
	keys := session.Keys{"secret"}
	return session.NewCachedDB(session.NewDB(db, keys, clock.Now), session.DefaultLimits(), clock.Now), session.NewDB(db, keys, clock.Now), db, clock
}

// What another process does is served from memory for Fresh at most, and nothing brings it back.
func TestCachedDBAndAnotherProcess(t *testing.T) {
	const key = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for name, tt := range map[string]struct {
		do   func(t *testing.T, other *session.DB, db *database.DB)
		want string
	}{
		"deleted": {func(t *testing.T, other *session.DB, _ *database.DB) {
			if err := other.Delete(t.Context(), key); err != nil {
				t.Error(err)
			}
		}, "none"},
		"changed": {func(t *testing.T, other *session.DB, _ *database.DB) {
			_, err := other.Update(t.Context(), key, func(r *session.Record) error { return r.Data.Set("text", "new") })
			if err != nil {
				t.Error(err)
			}
		}, `{"text":"new"}`},
		"swept": {func(t *testing.T, _ *session.DB, db *database.DB) {
			exec(t, db, `DELETE FROM django_session`)
		}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			c, other, db, clock := cachedLab(t)
			s := &site{t, c, clock.Now}
			create(t, c, record(t, clock.Now(), key, "old"))
			tt.do(t, other, db)
			clock.Advance(session.Fresh - 1)
			if got := s.data(key); got != `{"text":"old"}` {
				t.Errorf("a moment later: %s, want what memory has", got)
			}
			_, err := c.Update(t.Context(), key, func(r *session.Record) error { return nil })
			if gone := errors.Is(err, session.ErrNotFound); gone != (tt.want == "none") {
				t.Errorf("update: %v", err)
			}
			clock.Advance(session.Fresh)
			if got := s.data(key); got != tt.want {
				t.Errorf("then: %s, want %s", got, tt.want)
			}
			if rows := queryString(t, db, `SELECT CAST(count(*) AS TEXT) FROM django_session`); (rows == "0") != (tt.want == "none") {
				t.Errorf("%s rows", rows)
			}
		})
	}
}

// Reads come from memory, and what this process writes is read at once.
func TestCachedDBReadsFromMemory(t *testing.T) {
	c, _, db, clock := cachedLab(t)
	s := &site{t, c, clock.Now}
	key := s.request("", set("a", 1)).key
	exec(t, db, `UPDATE django_session SET session_data = 'broken'`)
	if got := s.data(key); got != `{"a":1}` {
		t.Errorf("read %s, want what memory has", got)
	}
	s.request(key, set("b", 2)) // applied to the row, which is broken: an empty session
	if got := s.data(key); got != `{"b":2}` {
		t.Errorf("after a write %s, want what the row has", got)
	}
	if got := c.Stats(); got.Hits == 0 || got.Entries != 1 {
		t.Errorf("stats %+v", got)
	}
}

// A reader never finds a number that is smaller than one that was answered before.
func TestCachedDBNeverGoesBack(t *testing.T) {
	c, _, _, _ := cachedLab(t)
	s := &site{t, c, time.Now}
	key := s.request("", set("n", 0)).key
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range 300 {
				r, err := c.Update(t.Context(), key, func(r *session.Record) error {
					n, _ := r.Data.Get("n")
					return r.Data.Set("n", session.Int(n)+1)
				})
				if err != nil {
					t.Error(err)
					return
				}
				wrote, _ := r.Data.Get("n")
				r, err = c.Load(t.Context(), key)
				if read, _ := r.Data.Get("n"); err != nil || session.Int(read) < session.Int(wrote) {
					t.Errorf("wrote %v and then read %v (%v)", wrote, read, err)
					return
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
}
