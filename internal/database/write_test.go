package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

var errOwn = errors.New("the closure's own error")

func TestWriteGroups(t *testing.T) {
	db := newFile(t)
	before := db.writer.commits.Load()
	var closures []func(*Tx) error
	for i := range 20 {
		closures = append(closures, put(fmt.Sprint(i)))
	}
	if err := errors.Join(writeTogether(t, db, closures...)...); err != nil {
		t.Fatal(err)
	}
	if got := db.writer.commits.Load() - before; got != 2 { // one of them for hold
		t.Errorf("%d commits, want 2", got)
	}
	if got := len(names(t, db)); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}

// However a closure fails, it is rolled back, the others' changes are kept, and the writer goes on.
func TestWriteFailsAlone(t *testing.T) {
	for name, end := range map[string]func() error{
		"error":  func() error { return errOwn },
		"panic":  func() error { panic(errOwn) },
		"Goexit": func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			db := newFile(t)
			outcomes := writeTogether(t, db, put("a"), func(tx *Tx) error {
				if err := put("b")(tx); err != nil {
					return err
				}
				if rows, err := tx.Query(`SELECT name FROM sessionlab_setting`); err != nil || !rows.Next() {
					t.Error("no rows:", err) // left open on purpose
				}
				return end()
			}, put("c"))
			if outcomes[0] != nil || outcomes[2] != nil {
				t.Errorf("outcomes %v, want nil for the first and the last", outcomes)
			}
			if name == "error" && outcomes[1] != errOwn {
				t.Errorf("outcome %v, want the closure's own", outcomes[1])
			}
			if err := db.Write(t.Context(), put("d")); err != nil {
				t.Error(err)
			}
			wantNames(t, db, "a", "c", "d")
		})
	}
}

func TestPanicReachesCaller(t *testing.T) {
	db := newFile(t)
	for name, call := range map[string]func(context.Context, func(*Tx) error) error{"Read": db.Read, "Write": db.Write} {
		for range 2 * readers {
			func() {
				defer func() {
					if got := recover(); got != errOwn {
						t.Errorf("%s: recovered %v, want the closure's panic", name, got)
					}
				}()
				err := call(t.Context(), func(tx *Tx) error {
					if rows, err := tx.Query(`SELECT * FROM sqlite_schema`); err != nil || !rows.Next() {
						t.Error("no rows:", err)
					}
					panic(errOwn)
				})
				t.Errorf("%s returned %v", name, err)
			}()
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWriteUnique(t *testing.T) {
	db := newFile(t)
	if err := db.Write(t.Context(), put("a")); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), put("a")); !errors.Is(err, ErrUnique) || errors.Is(err, ErrUnavailable) {
		t.Errorf("the same name again: %v, want ErrUnique", err)
	}
	err := db.Write(t.Context(), func(tx *Tx) error {
		if err := put("a")(tx); !errors.Is(err, ErrUnique) {
			return fmt.Errorf("in the closure: %w, want ErrUnique", err)
		}
		return put("b")(tx) // the closure may go on
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Write(t.Context(), func(tx *Tx) error {
		return tx.QueryRow(`INSERT INTO sessionlab_setting VALUES ('a', '') RETURNING name`).Scan(new(string))
	})
	if !errors.Is(err, ErrUnique) {
		t.Errorf("by QueryRow: %v, want ErrUnique", err)
	}
	wantNames(t, db, "a", "b")
}

func TestContextEndsBeforeTurn(t *testing.T) {
	db := newFile(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(*Tx) error {
		t.Error("it ran")
		return nil
	}
	for name, call := range map[string]func(context.Context, func(*Tx) error) error{"Read": db.Read, "Write": db.Write} {
		if err := call(ended, never); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}

	release := hold(t, db)
	waiting, cancel := context.WithCancel(t.Context())
	outcome := make(chan error)
	go func() { outcome <- db.Write(waiting, never) }()
	waitQueued(db, 1)
	cancel()
	if err := <-outcome; !errors.Is(err, context.Canceled) { // although the writer is still held
		t.Errorf("Write: %v, want context.Canceled", err)
	}
	release()
	if err := db.Write(t.Context(), put("a")); err != nil {
		t.Error(err)
	}
}

func TestContextEndsDuringTurn(t *testing.T) {
	db := newFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *Tx) error {
		cancel()
		return put("a")(tx)
	})
	if err != nil {
		t.Errorf("the outcome is %v, want that of the commit", err)
	}
	wantNames(t, db, "a")
}

func TestLockedByAnotherProgram(t *testing.T) {
	db := newFile(t)
	other := raw(t, db.Path(), "BEGIN IMMEDIATE")
	defer other.Close()

	db.writer.patience = time.Millisecond
	if err := db.Write(t.Context(), put("a")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Write: %v, want ErrUnavailable", err)
	}
	if err := db.Check(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Check: %v, want ErrUnavailable", err)
	}
	wantNames(t, db) // reading still works

	db.writer.patience = time.Hour
	outcome := make(chan error)
	go func() { outcome <- db.Write(t.Context(), put("b")) }()
	cancelled, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- db.Write(cancelled, put("c")) }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) { // at once, although the lock is still there
		t.Errorf("Write of a caller that left: %v", err)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := <-outcome; err != nil {
		t.Errorf("Write once the lock is gone: %v", err)
	}
	wantNames(t, db, "b")
}

func TestQueueIsBounded(t *testing.T) {
	db := newFile(t)
	release := hold(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range maxWaiting {
		all.Go(func() {
			if err := db.Write(ctx, put("never")); !errors.Is(err, context.Canceled) {
				t.Errorf("one who left: %v, want context.Canceled", err)
			}
		})
	}
	waitQueued(db, maxWaiting)
	if err := db.Write(t.Context(), put("a")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	cancel()
	all.Wait()
	release()
	if err := db.Write(t.Context(), put("b")); err != nil { // callers that left take up no place
		t.Error(err)
	}
	wantNames(t, db, "b")
}

// limit keeps the file from growing on the current connection, so that SQLite reports a full disk. The next
// connection has room again.
func limit(tx *Tx) error { return tx.QueryRow("PRAGMA max_page_count = 1").Scan(new(int)) }

func putBig(tx *Tx) error {
	_, err := tx.Exec(`INSERT INTO sessionlab_setting (name, value) VALUES ('big', hex(zeroblob(1000000)))`)
	return err
}

func TestDiskFull(t *testing.T) {
	for name, closure := range map[string]func(tx *Tx) error{
		"told":   putBig,
		"hidden": func(tx *Tx) error { _ = putBig(tx); return nil },
		"hidden and gone on": func(tx *Tx) error {
			_ = putBig(tx)
			if err := put("outside")(tx); !errors.Is(err, ErrUnavailable) {
				t.Errorf("a statement after the transaction ended: %v", err)
			}
			if err := tx.QueryRow(`INSERT INTO sessionlab_setting VALUES ('outside', '') RETURNING name`).Scan(new(string)); err == nil {
				t.Error("a QueryRow after the transaction ended ran")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := newFile(t)
			outcomes := writeTogether(t, db, limit, put("before"), closure, put("after"))
			for i, err := range outcomes[:3] { // they shared the transaction that SQLite rolled back
				if !errors.Is(err, ErrUnavailable) {
					t.Errorf("outcome %d: %v, want ErrUnavailable", i, err)
				}
			}
			if outcomes[3] != nil {
				t.Errorf("the closure after it: %v", outcomes[3])
			}
			wantNames(t, db, "after")
			if err := db.Write(t.Context(), put("later")); err != nil {
				t.Error("with room again:", err)
			}
			wantNames(t, db, "after", "later")
		})
	}
}

func TestCommitFails(t *testing.T) {
	db := newFile(t)
	violate := func(tx *Tx) error { // noticed at COMMIT only
		for _, query := range []string{
			`CREATE TABLE parent (id INTEGER PRIMARY KEY)`,
			`CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`,
			`INSERT INTO child VALUES (1)`,
		} {
			if _, err := tx.Exec(query); err != nil {
				return err
			}
		}
		return nil
	}
	for i, err := range writeTogether(t, db, put("a"), violate, func(*Tx) error { return errOwn }, put("b")) {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("outcome %d: %v, want ErrUnavailable", i, err)
		}
	}
	wantNames(t, db)
	if err := db.Write(t.Context(), put("c")); err != nil {
		t.Error(err)
	}
	wantNames(t, db, "c")
}

func TestTxIsForItsClosure(t *testing.T) {
	db := newFile(t)
	var kept *Tx
	if err := db.Write(t.Context(), func(tx *Tx) error { kept = tx; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := put("a")(kept); !errors.Is(err, sql.ErrTxDone) {
		t.Errorf("a Tx used after its closure: %v, want sql.ErrTxDone", err)
	}
	wantNames(t, db)
}

// No increment is lost, and readers see only committed data: both rows always hold the same count.
func TestReadersAndWriters(t *testing.T) {
	for _, path := range []string{Memory, t.TempDir() + "/lab.db"} {
		t.Run(path, func(t *testing.T) {
			db := openFile(t, path)
			err := db.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(`INSERT INTO sessionlab_setting (name, value) VALUES ('x', 0), ('y', 0)`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			const callers, rounds = 16, 40
			var wait sync.WaitGroup
			for range callers {
				wait.Go(func() {
					for range rounds {
						err := db.Write(t.Context(), func(tx *Tx) error {
							for _, name := range []string{"x", "y"} {
								if _, err := tx.Exec(`UPDATE sessionlab_setting SET value = value + 1 WHERE name = ?`, name); err != nil {
									return err
								}
							}
							return nil
						})
						if err == nil {
							err = db.Read(t.Context(), sameCount)
						}
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			wait.Wait()
			var count int
			err = db.Read(t.Context(), func(tx *Tx) error {
				return tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = 'x'`).Scan(&count)
			})
			if err != nil || count != callers*rounds {
				t.Errorf("counted %d (%v), want %d", count, err, callers*rounds)
			}
		})
	}
}

func sameCount(tx *Tx) error {
	var x, y int
	if err := tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = 'x'`).Scan(&x); err != nil {
		return err
	}
	if err := tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = 'y'`).Scan(&y); err != nil {
		return err
	}
	if x != y {
		return fmt.Errorf("x is %d and y is %d", x, y)
	}
	return nil
}
