package session_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// The vectors' secret key, and one of their rows.
const (
	djangoSecret = "teach-sessions-fixed-secret-key-0123456789abcdef"
	djangoRow    = "eyJhIjoxfQ:1r31eq:IfKsZcAuuUs2ffvrJMuExNRXTX83nO0b7k7n7Q4PUIo" // {"a":1}
	djangoKey    = "0123456789abcdefghijklmnopqrstuv"
)

func openDatabase(t testing.TB) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// exec runs a statement, as Django or a vandal might.
func exec(t testing.TB, db *database.DB, query string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func queryString(t testing.TB, db *database.DB, query string, args ...any) (s string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *database.Tx) error { return tx.QueryRow(query, args...).Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A row of Django's is read, and what is written is what Django would write.
func TestDBSharesWithDjango(t *testing.T) {
	db := openDatabase(t)
	now := time.Unix(1_700_000_000, 0)
	store := session.NewDB(db, session.Keys{djangoSecret}, func() time.Time { return now })
	exec(t, db, `INSERT INTO django_session VALUES (?, ?, '2023-11-14 23:00:00')`, djangoKey, djangoRow)
	r, err := store.Load(t.Context(), djangoKey)
	if err != nil || r.Data.String() != `{"a":1}` {
		t.Fatalf("loaded %s (%v)", r.Data, err)
	}
	if want := time.Date(2023, 11, 14, 23, 0, 0, 0, time.UTC); !r.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", r.Expires, want)
	}
	_, err = store.Update(t.Context(), djangoKey, func(r *session.Record) error {
		r.Expires = now.In(time.FixedZone("", 8*3600)).Add(1500 * time.Millisecond)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := queryString(t, db, `SELECT session_data || ' ' || CAST(expire_date AS TEXT) FROM django_session`)
	if want := djangoRow + " 2023-11-14 22:13:21.500000"; got != want {
		t.Errorf("row %s\nwant %s", got, want)
	}
}

// Whatever is wrong with the data, the key stays valid and the next write repairs the row.
func TestDBRepairsData(t *testing.T) {
	for name, data := range map[string]string{
		"empty":          "",
		"no signature":   "e30",
		"other key":      "eyJhIjoxfQ:1r31eq:JPetSA7YmlhzMV6rLUjgdyraDAzCGMReDQrI01OAx6s",
		"not ASCII":      "中文",
		"signed list":    "WzFd:1r31lI:9cS4bJfPwwHPyHRXPSaSyVjrG8Iqn5J9xvBcSzoYlJk",
		"signed, no b64": "!!!notbase64:1r31lI:4QOn0u4qoKHixJV8ZCuaDlcMCs8Ed5clgZkDcNsPU-o",
	} {
		t.Run(name, func(t *testing.T) {
			db := openDatabase(t)
			store := session.NewDB(db, session.Keys{djangoSecret}, time.Now)
			exec(t, db, `INSERT INTO django_session VALUES (?, ?, '2999-01-01 00:00:00')`, djangoKey, data)
			if r, err := store.Load(t.Context(), djangoKey); err != nil || r.Data.Len() > 0 {
				t.Errorf("loaded %s (%v), want an empty session", r.Data, err)
			}
			_, err := store.Update(t.Context(), djangoKey, func(r *session.Record) error { return r.Data.Set("b", 2) })
			if err != nil {
				t.Fatal(err)
			}
			if r, err := store.Load(t.Context(), djangoKey); err != nil || r.Data.String() != `{"b":2}` {
				t.Errorf("after the write %s (%v)", r.Data, err)
			}
		})
	}
}

// A session is dead if neither Django nor SQLite would take its expiry for a time.
func TestDBOddExpiry(t *testing.T) {
	for _, text := range []any{"2999-01-01T00:00:00Z", "", "soon", 99999999999, "2999-01-01 00:00:00+00:00"} {
		db := openDatabase(t)
		store := session.NewDB(db, session.Keys{djangoSecret}, time.Now)
		exec(t, db, `INSERT INTO django_session VALUES (?, ?, ?)`, djangoKey, djangoRow, text)
		if r, err := store.Load(t.Context(), djangoKey); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("expiry %v: loaded %s, error %v, want ErrNotFound", text, r.Data, err)
		}
	}
}

func TestDBUnavailable(t *testing.T) {
	db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	store := session.NewDB(db, session.Keys{"secret"}, time.Now)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	change := func(*session.Record) error { return nil }
	for operation, do := range map[string]func(ctx context.Context) error{
		"load": func(ctx context.Context) error { _, err := store.Load(ctx, djangoKey); return err },
		"create": func(ctx context.Context) error {
			_, err := store.Create(ctx, session.Record{Key: djangoKey})
			return err
		},
		"update":         func(ctx context.Context) error { _, err := store.Update(ctx, djangoKey, change); return err },
		"delete":         func(ctx context.Context) error { return store.Delete(ctx, djangoKey) },
		"delete expired": func(ctx context.Context) error { _, err := store.DeleteExpired(ctx, time.Now(), 1); return err },
	} {
		err := do(t.Context())
		if !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("%s: error %v, want ErrUnavailable", operation, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, "engine db: "+operation) || strings.Contains(text, djangoKey) {
			t.Errorf("%s: the error says %q", operation, text)
		}
	}
}

func TestDBTooLarge(t *testing.T) {
	store := session.NewDB(openDatabase(t), session.Keys{"secret"}, time.Now)
	r := session.Record{Key: djangoKey, Expires: time.Now().Add(time.Hour)}
	if _, err := store.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	_, err := store.Update(t.Context(), djangoKey, func(r *session.Record) error {
		return r.Data.Set("a", strings.Repeat("x", 1<<20))
	})
	if !errors.Is(err, session.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if r, err := store.Load(t.Context(), djangoKey); err != nil || r.Data.Len() != 0 {
		t.Errorf("then loaded %d names (%v), want it as it was", r.Data.Len(), err)
	}
}
