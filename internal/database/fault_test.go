package database

import (
	"context"
	"errors"
	"testing"
)

// A caller never gets another caller's error, even if both shared the failed transaction.
func TestErrorIsForItsCaller(t *testing.T) {
	db, f := newFaulty(t)
	f.set(once("ROLLBACK TO", before, sqliteErrors(t)[0]))
	outcomes := writeTogether(t, db, put("before"), func(*Tx) error { return errOwn }, put("after"))
	if err := outcomes[0]; !errors.Is(err, ErrUnavailable) || errors.Is(err, errOwn) {
		t.Errorf("the caller before it was told: %v", err)
	}
	if outcomes[2] != nil {
		t.Errorf("the caller after it was told: %v", outcomes[2])
	}
	wantNames(t, db, "after")
}

// Once SQLite has failed and may have ended the transaction, no query runs: it would be outside of it.
func TestQueryRowFails(t *testing.T) {
	for _, kind := range []string{"prepare", "statement"} {
		for name, how := range map[string]fault{"alone": before, "with the transaction": rolledBack} {
			t.Run(kind+" "+name, func(t *testing.T) {
				db, f := newFaulty(t)
				if err := db.Write(t.Context(), put("first")); err != nil { // this prepares the other statements
					t.Fatal(err)
				}
				f.set(once(kind, how, sqliteErrors(t)[0]))
				err := db.Write(t.Context(), func(tx *Tx) error {
					_ = insertRow(tx, "second")
					return insertRow(tx, "third")
				})
				if !errors.Is(err, ErrUnavailable) || errors.Is(err, context.Canceled) {
					t.Errorf("the outcome is %v, want SQLite's failure", err)
				}
				wantNames(t, db, "first")
			})
		}
	}
}

func insertRow(tx *Tx, name string) error {
	return tx.QueryRow(`INSERT INTO sessionlab_setting VALUES (?, '') RETURNING name`, name).Scan(new(string))
}
