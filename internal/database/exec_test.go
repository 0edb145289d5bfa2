package database

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
)

const insertSetting = `INSERT INTO sessionlab_setting (name, value) VALUES (?, '')`

func TestExec(t *testing.T) {
	db := newFile(t)
	for _, name := range []string{"a", "b"} {
		if n, err := db.Exec(t.Context(), insertSetting, name); n != 1 || err != nil {
			t.Errorf("insert: %d rows, %v", n, err)
		}
	}
	if n, err := db.Exec(t.Context(), `DELETE FROM sessionlab_setting`); n != 2 || err != nil {
		t.Errorf("delete: %d rows, %v", n, err)
	}
	if n, err := db.Exec(t.Context(), `DELETE FROM nothing`); n != 0 || err == nil || errors.Is(err, ErrUnavailable) {
		t.Errorf("a statement that is none: %d rows, %v", n, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Exec(ended, insertSetting, "never"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context: %v", err)
	}
	wantNames(t, db)
}

// A failing statement does not affect the closures and statements that share its transaction.
func TestExecFailsAlone(t *testing.T) {
	db := newFile(t)
	release := hold(t, db)
	statements := []string{"a", "b", "a", "c"} // the third value already exists
	errs := make([]error, len(statements))
	var wait sync.WaitGroup
	for i, name := range statements {
		wait.Go(func() { _, errs[i] = db.Exec(context.Background(), insertSetting, name) })
		waitQueued(db, i+1)
	}
	var closure error
	wait.Go(func() {
		closure = db.Write(context.Background(), func(tx *Tx) error { return errors.Join(put("d")(tx), errOwn) })
	})
	waitQueued(db, len(statements)+1)
	before := db.writer.commits.Load()
	release()
	wait.Wait()
	if got := db.writer.commits.Load() - before; got > 2 {
		t.Errorf("%d commits: they did not share one", got)
	}
	for i, err := range errs {
		if taken := errors.Is(err, ErrUnique); taken != (i == 2) || (err != nil) != taken {
			t.Errorf("statement %d: %v", i, err)
		}
	}
	if !errors.Is(closure, errOwn) {
		t.Errorf("closure: %v", closure)
	}
	wantNames(t, db, "a", "b", "c")
}

// A full disk ends the transaction: all callers in it get the error, and nothing is half done.
func TestExecDiskFull(t *testing.T) {
	db := newFile(t)
	var limitErr, execErr, other, after error
	release := hold(t, db)
	var wait sync.WaitGroup
	wait.Go(func() { limitErr = db.Write(context.Background(), limit) })
	waitQueued(db, 1)
	wait.Go(func() { _, other = db.Exec(context.Background(), insertSetting, "before") })
	waitQueued(db, 2)
	wait.Go(func() {
		_, execErr = db.Exec(context.Background(), `INSERT INTO sessionlab_setting (name, value) VALUES ('big', hex(zeroblob(1000000)))`)
	})
	waitQueued(db, 3)
	wait.Go(func() { _, after = db.Exec(context.Background(), insertSetting, "after") })
	waitQueued(db, 4)
	release()
	wait.Wait()
	for name, err := range map[string]error{"limit": limitErr, "big": execErr, "the other": other} {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", name, err)
		}
	}
	if after != nil { // it runs in a transaction of its own
		t.Error("the statement after it:", after)
	}
	if _, err := db.Exec(t.Context(), insertSetting, "later"); err != nil {
		t.Error("with room again:", err)
	}
	wantNames(t, db, "after", "later")
}

func TestExecInMemory(t *testing.T) {
	db := openFile(t, Memory)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if _, err := db.Exec(context.Background(), insertSetting, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := len(names(t, db)); got != 20 {
		t.Errorf("%d rows, want 20", got)
	}
}
