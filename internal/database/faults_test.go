package database

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ownError is the error of one closure. No other caller may get it.
type ownError string

func (e ownError) Error() string { return "the own error of " + string(e) }

// kinds lists the operations that fail, first one by one, then all at once.
var kinds = []string{"open", "close", "prepare", "BEGIN", "SAVEPOINT", "ROLLBACK TO", "RELEASE", "COMMIT", "statement"}

// Whatever fails, every answer is true: a closure's changes are all there, exactly once, or none are. And
// once nothing fails any more, the next write succeeds.
func TestFaults(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	luck := rand.New(rand.NewPCG(seed, 0))
	db, f := newFaulty(t)
	db.writer.patience = 20 * time.Millisecond // for locks that are only simulated
	if err := db.Write(t.Context(), makeTable); err != nil {
		t.Fatal(err)
	}
	unavailable := sqliteErrors(t)
	want := make(map[string]int)
	for _, kind := range kinds {
		faultyRound(t, db, f, want, kind, []string{kind}, unavailable, luck)
	}
	spared := func() bool { return slices.ContainsFunc(kinds, func(kind string) bool { return f.struck[kind] == 0 }) }
	for round := 0; round < 5 || round < 50 && spared(); round++ {
		faultyRound(t, db, f, want, fmt.Sprint("all, round ", round), kinds, unavailable, luck)
	}
	t.Log("failed:", f.struck)
	for _, kind := range kinds {
		if f.struck[kind] == 0 {
			t.Errorf("%s never failed", kind)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if f.opened != 0 {
		t.Errorf("%d connections are left open", f.opened)
	}
	wantNoGoroutine(t)
}

func makeTable(tx *Tx) error {
	_, err := tx.Exec(`CREATE TABLE written (name TEXT)`) // no UNIQUE, so that a name written twice is noticed
	return err
}

// faultyRound runs many writes in parallel while operations fail. It adds to want what the answers say was
// written, and compares the table with it.
func faultyRound(t *testing.T, db *DB, f *faults, want map[string]int, name string, failing []string, errs []error, luck *rand.Rand) {
	t.Helper()
	f.set(sometimes(rand.New(rand.NewPCG(luck.Uint64(), luck.Uint64())), failing, errs))
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 {
		luck := rand.New(rand.NewPCG(luck.Uint64(), luck.Uint64()))
		all.Go(func() {
			for j := range 15 {
				id := fmt.Sprintf("%s, writer %d, write %d", name, i, j)
				n, err := writeAnyhow(db, luck, id)
				if err := wrongError(id, err); err != nil {
					t.Error(err)
				}
				mu.Lock()
				if n > 0 {
					want[id] = n
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	f.set(nil)
	if _, err := db.Exec(t.Context(), insertWritten, name); err != nil {
		t.Errorf("%s: when nothing fails any more: %v", name, err)
	}
	want[name] = 1
	if got := written(t, db); !maps.Equal(got, want) {
		for id := range got {
			if got[id] != want[id] {
				t.Errorf("%s: is there %d times, want %d", id, got[id], want[id])
			}
		}
		for id := range want {
			if got[id] == 0 {
				t.Errorf("%s: is lost", id)
			}
		}
		t.FailNow()
	}
}

const insertWritten = `INSERT INTO written VALUES (?)`

func insert(tx *Tx, id string) error {
	_, err := tx.Exec(insertWritten, id)
	return err
}

// writeAnyhow tries to write id in one of several ways. n is how many rows it adds if err is correct.
func writeAnyhow(db *DB, luck *rand.Rand, id string) (n int, err error) {
	ctx := context.Background()
	switch luck.IntN(8) {
	case 0: // one statement
		changed, err := db.Exec(ctx, insertWritten, id)
		if (err == nil) != (changed == 1) {
			return 0, fmt.Errorf("%s: changed %d, %v", id, changed, err)
		}
		return int(changed), err
	case 1: // two statements: both or none
		n, err = 2, db.Write(ctx, func(tx *Tx) error { return errors.Join(insert(tx, id), insert(tx, id)) })
	case 2: // a statement that returns a row, after one that may fail
		n, err = 1, db.Write(ctx, func(tx *Tx) error {
			_, _ = tx.Exec(`UPDATE written SET name = '' WHERE rowid = 0`)
			return tx.QueryRow(insertWritten+` RETURNING name`, id).Scan(new(string))
		})
	case 3: // an error that the closure does not pass on
		err = db.Write(ctx, func(tx *Tx) error {
			n = 0
			if insert(tx, id) == nil {
				n++
			}
			if tx.QueryRow(insertWritten+` RETURNING name`, id).Scan(new(string)) == nil {
				n++
			}
			return nil
		})
	case 4: // the closure's own error
		err = db.Write(ctx, func(tx *Tx) error { return errors.Join(ownError(id), insert(tx, id)) })
	case 5: // a panic
		func() {
			defer func() {
				if caught := recover(); caught != nil {
					err = ownError(id)
				}
			}()
			err = db.Write(ctx, func(tx *Tx) error {
				_ = insert(tx, id)
				panic(id)
			})
		}()
	case 6, 7: // a caller that may leave first
		leaving, leave := context.WithTimeout(ctx, time.Duration(luck.IntN(3000))*time.Microsecond)
		defer leave()
		if n = 1; luck.IntN(2) == 0 {
			err = db.Write(leaving, func(tx *Tx) error { return insert(tx, id) })
		} else {
			_, err = db.Exec(leaving, insertWritten, id)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return 0, nil
		}
	}
	if err != nil {
		n = 0
	}
	return n, err
}

// wrongError returns an error unless err is one that the write of id may return: its own error, or that the
// database is unavailable.
func wrongError(id string, err error) error {
	own, isOwn := errors.AsType[ownError](err)
	switch {
	case isOwn && string(own) != id:
		return fmt.Errorf("%s was told another's error: %w", id, err)
	case err != nil && !isOwn && !errors.Is(err, ErrUnavailable):
		return fmt.Errorf("%s: %w, want ErrUnavailable", id, err)
	case errors.Is(err, errUnfinished), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s was told what did not happen to it: %w", id, err)
	}
	return nil
}

func written(t *testing.T, db *DB) map[string]int {
	t.Helper()
	found := make(map[string]int)
	err := db.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.Query(`SELECT name, count(*) FROM written GROUP BY name`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var name string
			var n int
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			found[name] = n
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wantNoGoroutine waits until no goroutine of a writer or a connection is left.
func wantNoGoroutine(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for range 100 {
		text := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(text, "(*writer)") && !strings.Contains(text, "database/sql.(*DB)") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("left running:\n%s", stacks[:runtime.Stack(stacks, true)])
}
