package database

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// faults are what can go wrong in a turn of a shared transaction, by whatever cause: the statement in
// the comment is the one that fails then.
var faults = []func(tx *Tx) error{
	func(tx *Tx) error { _, err := tx.Exec("ROLLBACK"); return err },                      // RELEASE
	func(tx *Tx) error { _, err := tx.Exec("ROLLBACK"); return errors.Join(err, errOwn) }, // ROLLBACK TO
	func(tx *Tx) error { return errors.Join(tx.conn.sql.Close(), errOwn) },                // every one from now on
	func(tx *Tx) error { return tx.conn.sql.Close() },                                     // likewise
	func(tx *Tx) error { return errors.Join(limit(tx), putBig(tx)) },                      // a statement: the disk is full
	func(tx *Tx) error { _, err := tx.Exec("PRAGMA query_only = 1"); return err },         // the next SAVEPOINT's statements
	func(tx *Tx) error { _, err := tx.Exec("not SQL"); return err },                       // a statement, alone
	func(tx *Tx) error { return errOwn },                                                  // none
	func(tx *Tx) error { panic("a closure's own fault") },                                 // none
	func(tx *Tx) error { // COMMIT, by a constraint that only it looks at
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
	},
}

// However transactions, savepoints and connections fail, what was answered with nil is in the
// database once, what was answered with an error is not, and the writer goes on.
func TestFaults(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	refused := 0
	for round := range 20 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { refused += faultRound(t, rand.New(rand.NewPCG(seed, uint64(round)))) })
	}
	if refused == 0 {
		t.Error("no fault has hit anybody")
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}

// faultRound returns how many honest writes were refused.
func faultRound(t *testing.T, random *rand.Rand) int {
	db := newFile(t)
	var mu sync.Mutex
	var good, refused []string
	write := func(name string, do func(name string) error) {
		err := do(name)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			good = append(good, name)
		case errors.Is(err, ErrUnavailable):
			refused = append(refused, name)
		default:
			t.Errorf("%s: %v, want nil or ErrUnavailable", name, err)
		}
	}
	var wait sync.WaitGroup
	for i := range 40 {
		closure := random.IntN(2) == 0
		wait.Go(func() {
			for j := range 5 {
				write(fmt.Sprintf("%02d-%d", i, j), func(name string) error {
					if closure {
						return db.Write(context.Background(), put(name))
					}
					_, err := db.Exec(context.Background(), insertSetting, name)
					return err
				})
			}
		})
	}
	for range 15 {
		fault := faults[random.IntN(len(faults))]
		wait.Go(func() {
			defer func() { _ = recover() }()
			_ = db.Write(context.Background(), fault) // with whatever outcome
		})
	}
	if random.IntN(2) == 0 { // no connection can be opened, for a moment
		wait.Go(func() {
			away := db.Path() + ".away"
			if err := errors.Join(os.Rename(db.Path(), away), os.Rename(away, db.Path())); err != nil && runtime.GOOS != "windows" {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if err := db.Write(t.Context(), put("later")); err != nil {
		t.Errorf("a write after all faults: %v", err)
	}
	slices.Sort(good)
	want := append(good, "later")
	if got := names(t, db); !slices.Equal(got, want) {
		t.Errorf("%d rows, want the %d that were answered well; %d were refused\n%v\n%v", len(got), len(want), len(refused), got, want)
	}
	return len(refused)
}
