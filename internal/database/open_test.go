package database

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

func TestOpenNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	db := openFile(t, path)
	if db.Path() != path {
		t.Errorf("Path() = %q, want %q", db.Path(), path)
	}
	if err := db.Write(t.Context(), put("a")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", filepath.Base(name), info.Mode())
		}
	}
	if len(folder(t, filepath.Dir(path))) != 3 {
		t.Errorf("something was left in the folder")
	}
	err := db.Write(t.Context(), func(tx *Tx) error {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
			"application_id": "1397506370", "user_version": "3", "quick_check": "ok",
		} {
			var got string
			if err := tx.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s = %s, want %s", pragma, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// The schema of the tutorial's tables matches the contract literally.
func TestSchema(t *testing.T) {
	db := newFile(t)
	for name, want := range map[string]string{
		"django_session":             "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)",
		"django_session_expire_date": "CREATE INDEX django_session_expire_date ON django_session (expire_date)",
		"online_member":              "CREATE TABLE online_member (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, username varchar(150) NOT NULL, password varchar(128) NOT NULL)",
	} {
		var got string
		err := db.Read(t.Context(), func(tx *Tx) error {
			return tx.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = ?`, name).Scan(&got)
		})
		if err != nil || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	for _, name := range []string{"a", "b", "c"} {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), put(name)); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if len(folder(t, filepath.Dir(path))) != 1 {
			t.Error("Close left a log beside the file")
		}
	}
	wantNames(t, openFile(t, path), "a", "b", "c")
}

func TestOpenOddPaths(t *testing.T) {
	names := []string{"a b.db", "课程.db", "100%.db", "%41.db", "a#b.db", "a&mode=memory.db", "a+b.db", "é.db", "file:x.db", "no-extension"}
	if runtime.GOOS != "windows" {
		names = append(names, "a?mode=memory.db", `a\b.db`, `"quoted".db`, "it's.db")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir()) // for a relative path
			db := openFile(t, name)
			if err := db.Write(t.Context(), put("a")); err != nil {
				t.Fatal(err)
			}
			wantNames(t, db, "a")
			if err := db.Backup(t.Context(), "copy of "+name); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(name); err != nil {
				t.Error(err)
			}
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFileURI(t *testing.T) {
	for _, test := range []struct {
		path    string
		windows bool
		want    string
	}{
		{"/home/a/lab.db", false, "file:///home/a/lab.db"},
		{"/x y/a.db", false, "file:///x%20y/a.db"},
		{"/a?b#c%d.db", false, "file:///a%3Fb%23c%25d.db"},
		{"/课", false, "file:///%E8%AF%BE"},
		{`/a\b.db`, false, "file:///a%5Cb.db"},
		{"//a.db", false, "file:////a.db"},
		{`C:\x y\a.db`, true, "file:///C:/x%20y/a.db"},
		{`C:\100%\#1.db`, true, "file:///C:/100%25/%231.db"},
		{`\\server\share\a.db`, true, "file:////server/share/a.db"},
	} {
		if got := fileURI(test.path, test.windows); got != test.want {
			t.Errorf("fileURI(%q, %v) = %q, want %q", test.path, test.windows, got, test.want)
		}
	}
}

// Labs that start at the same moment agree on one new file.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	var wait sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		wait.Go(func() {
			db, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Write(t.Context(), put(name)); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	wantNames(t, openFile(t, path), "a", "b", "c", "d", "e", "f")
}

// A synctest bubble does not end before its goroutines do.
func TestCloseEndsGoroutines(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "lab.db")} {
		synctest.Test(t, func(t *testing.T) {
			db, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Write(t.Context(), put("a")), db.Check(t.Context())); err != nil {
				t.Error(err)
			}
			if err := errors.Join(db.Close(), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCloseReleasesFiles(t *testing.T) {
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("needs /proc:", err)
		}
		return len(entries)
	}
	path := filepath.Join(t.TempDir(), "lab.db")
	before := open()
	for range 3 {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Check(t.Context()), db.Close()); err != nil {
			t.Error(err)
		}
	}
	if after := open(); after != before {
		t.Errorf("%d files are open, before there were %d", after, before)
	}
}

func TestUseAfterClose(t *testing.T) {
	db := newFile(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), put("a")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Write: %v, want ErrUnavailable", err)
	}
	if err := db.Read(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Read: %v, want ErrUnavailable", err)
	}
}

// Close answers waiting writes before it returns.
func TestCloseFinishesWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.db")
	db := openFile(t, path)
	release := hold(t, db)
	outcome, closed := make(chan error), make(chan error)
	go func() { outcome <- db.Write(t.Context(), put("a")) }()
	waitQueued(db, 1)
	go func() { closed <- db.Close() }()
	<-db.closed
	release()
	if err := errors.Join(<-outcome, <-closed); err != nil {
		t.Error(err)
	}
	wantNames(t, openFile(t, path), "a")
}

func TestCheckMissesFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not remove a file in use")
	}
	db := newFile(t)
	if err := db.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(db.Path() + name); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Check(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "removed") {
		t.Errorf("after the file was removed: %v", err)
	}
	for name, write := range map[string]func() error{
		"Write": func() error { return db.Write(t.Context(), put("lost")) },
		"Exec":  func() error { _, err := db.Exec(t.Context(), insertSetting, "lost"); return err },
	} {
		if err := write(); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "removed") {
			t.Errorf("%s into the file that was removed: %v", name, err)
		}
	}
	writeFile(t, db.Path(), "another")
	if err := db.Check(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("after the file was replaced: %v", err)
	}
}

func TestSetting(t *testing.T) {
	db := newFile(t)
	values := make([]string, 8)
	var wait sync.WaitGroup
	for i := range values {
		wait.Go(func() {
			var err error
			values[i], err = db.Setting(t.Context(), "secret_key", func() string { return string(rune('a' + i)) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(slices.Compact(values)) != 1 || values[0] == "" {
		t.Errorf("callers got %q, want one value for all", values)
	}
	var kept string
	err := db.Read(t.Context(), func(tx *Tx) error {
		return tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = 'secret_key'`).Scan(&kept)
	})
	if err != nil || kept != values[0] {
		t.Errorf("kept %q (%v), want %q", kept, err, values[0])
	}
}

func TestReadCannotWrite(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "lab.db")} {
		db := openFile(t, path)
		if err := db.Read(t.Context(), put("a")); err == nil {
			t.Errorf("%s: Read wrote", path)
		}
		wantNames(t, db)
		if err := db.Read(t.Context(), func(tx *Tx) error {
			return tx.QueryRow(`SELECT value FROM sessionlab_setting`).Scan(new(string))
		}); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s: %v, want sql.ErrNoRows", path, err)
		}
	}
}
