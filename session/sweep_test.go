package session_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
)

func createSessions(t *testing.T, store session.Store, n int, expires time.Time) {
	t.Helper()
	for i := range n {
		r := session.Record{Key: fmt.Sprintf("%d-%032d", expires.Unix(), i), Expires: expires}
		if _, err := store.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweep(t *testing.T) {
	db := openDatabase(t)
	now := time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)
	store := session.NewDB(db, session.Keys{"k"}, func() time.Time { return now })
	exec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 450)
		INSERT INTO django_session SELECT 'expired' || i, '', '2026-11-22 21:59:59.999999' FROM n`)
	createSessions(t, store, 3, now)
	deleted, err := session.Sweep(t.Context(), store, now)
	if err != nil || deleted != 450 {
		t.Errorf("deleted %d (%v), want 450", deleted, err)
	}
	if rows := queryString(t, db, `SELECT CAST(count(*) AS TEXT) FROM django_session`); rows != "3" {
		t.Errorf("%s are left, want 3", rows)
	}
}

func TestStartSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		store := &failing{Store: session.NewDB(db, session.Keys{"k"}, time.Now)}
		createSessions(t, store, 2, time.Now().Add(-time.Second))
		createSessions(t, store, 1, time.Now().Add(90*time.Minute))
		var reports []string
		stop := session.StartSweep(store, time.Hour, time.Now, func(deleted int, err error) {
			reports = append(reports, fmt.Sprint(deleted, errors.Is(err, session.ErrUnavailable)))
		})
		time.Sleep(30 * time.Minute)
		store.broken.Store(true)
		time.Sleep(time.Hour)
		store.broken.Store(false)
		time.Sleep(time.Hour)
		stop()
		if got := fmt.Sprint(reports); got != "[2 false 0 true 1 false]" {
			t.Errorf("reported %s", got)
		}
		time.Sleep(3 * time.Hour)
		if len(reports) != 3 {
			t.Error("it went on after stop")
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

type failing struct {
	session.Store
	broken atomic.Bool
}

func (f *failing) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	if f.broken.Load() {
		return 0, session.ErrUnavailable
	}
	return f.Store.DeleteExpired(ctx, before, limit)
}

func TestSweepStopsInBetween(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	endless := &endless{cancel: cancel}
	deleted, err := session.Sweep(ctx, endless, time.Now())
	if !errors.Is(err, context.Canceled) || deleted != 50 {
		t.Errorf("deleted %d, error %v, want one batch and the context's", deleted, err)
	}
}

// An endless store always has another batch, and ends the context after the first.
type endless struct {
	session.Store
	cancel func()
}

func (e *endless) DeleteExpired(_ context.Context, _ time.Time, limit int) (int, error) {
	e.cancel()
	return limit, nil
}
