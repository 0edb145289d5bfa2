package database

import (
	"context"
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// openFile opens a database and closes it at the end of the test.
func openFile(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
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

func newFile(t *testing.T) *DB {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "lab.db"))
}

// raw opens path without this package and runs statements.
func raw(t *testing.T, path string, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", fileURI(path, runtime.GOOS == "windows"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return db
}

// makeFile makes a database without this package.
func makeFile(t *testing.T, path string, statements ...string) {
	t.Helper()
	if err := raw(t, path, statements...).Close(); err != nil {
		t.Fatal(err)
	}
}

// put returns a closure that writes a setting.
func put(name string) func(tx *Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO sessionlab_setting (name, value) VALUES (?, '')`, name)
		return err
	}
}

// names returns the names of all settings, sorted.
func names(t *testing.T, db *DB) []string {
	t.Helper()
	var found []string
	err := db.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.Query(`SELECT name FROM sessionlab_setting ORDER BY name`)
		if err != nil {
			return err
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			found = append(found, name)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantNames(t *testing.T, db *DB, want ...string) {
	t.Helper()
	if got := names(t, db); !slices.Equal(got, want) {
		t.Errorf("in the database: %q, want %q", got, want)
	}
}

// hold keeps the writer busy until release is called, so that a test can let others wait.
func hold(t *testing.T, db *DB) (release func()) {
	t.Helper()
	entered, leave, left := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		left <- db.Write(context.Background(), func(*Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	return func() {
		close(leave)
		if err := <-left; err != nil {
			t.Error(err)
		}
	}
}

// waitQueued returns once n writes are waiting.
func waitQueued(db *DB, n int) {
	for db.writer.queue.len() < n {
		runtime.Gosched()
	}
}

// writeTogether runs closures in one transaction, in this order, and returns their outcomes. The outcome of
// a closure that panics is nil.
func writeTogether(t *testing.T, db *DB, closures ...func(tx *Tx) error) []error {
	t.Helper()
	release := hold(t, db)
	outcomes := make([]error, len(closures))
	var wait sync.WaitGroup
	for i, closure := range closures {
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { _ = recover() }()
			outcomes[i] = db.Write(context.Background(), closure)
		}()
		waitQueued(db, i+1)
	}
	release()
	wait.Wait()
	return outcomes
}

// folder returns the files of a folder and their contents.
func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			files[entry.Name()] = readFile(t, filepath.Join(path, entry.Name()))
		}
	}
	return files
}

func wantSameFolder(t *testing.T, path string, before map[string]string) {
	t.Helper()
	after := folder(t, path)
	if got, want := slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)); !slices.Equal(got, want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
	for name, content := range before {
		if after[name] != content {
			t.Errorf("%s was changed", name)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
