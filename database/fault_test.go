package database

import (
	"errors"
	"testing"
)

// The error of one caller is no other's, though they share the transaction that failed.
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
