package database

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// BenchmarkWrite does what a session's counter does, with 1, 16 and 64 parallel callers: one SELECT and one
// UPDATE of the caller's own row, answered once it is on disk.
func BenchmarkWrite(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			db, err := Open(b.Context(), filepath.Join(b.TempDir(), "a.db"))
			if err != nil {
				b.Fatal(err)
			}
			data := strings.Repeat("x", 100)
			for i := range callers {
				insertSession(b, db, fmt.Sprint("key", i), data)
			}
			before := db.writer.commits.Load()
			runParallel(b, callers, func(caller int) error {
				key := fmt.Sprint("key", caller)
				return db.Write(context.Background(), func(tx *Tx) error {
					var got, expires string
					err := tx.QueryRow(`SELECT session_data, expire_date FROM django_session WHERE session_key = ?`, key).Scan(&got, &expires)
					if err != nil {
						return err
					}
					_, err = tx.Exec(`UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ?`, got, expires, key)
					return err
				})
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(b.N)/float64(db.writer.commits.Load()-before), "writes/commit")
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkRead looks up one session, as nearly every request does.
func BenchmarkRead(b *testing.B) {
	for _, callers := range []int{1, 16} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			db, err := Open(b.Context(), filepath.Join(b.TempDir(), "a.db"))
			if err != nil {
				b.Fatal(err)
			}
			insertSession(b, db, "key", strings.Repeat("x", 100))
			runParallel(b, callers, func(int) error {
				return db.Read(context.Background(), func(tx *Tx) error {
					var data, expires string
					return tx.QueryRow(`SELECT session_data, expire_date FROM django_session WHERE session_key = ?`, "key").Scan(&data, &expires)
				})
			})
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func insertSession(tb testing.TB, db *DB, key, data string) {
	tb.Helper()
	err := db.Write(tb.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)`, key, data, "2030-01-01 00:00:00")
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// runParallel divides b.N calls among parallel callers.
func runParallel(b *testing.B, callers int, call func(caller int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	failed := make(chan error, callers)
	for i := range callers {
		go func() {
			for left.Add(-1) >= 0 {
				if err := call(i); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range callers {
		if err := <-failed; err != nil {
			b.Error(err)
		}
	}
	b.StopTimer()
}
