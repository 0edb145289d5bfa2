package database

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// asNobody runs fn without root's right to write everywhere, so that chmod has an effect.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Getuid() != 0 {
		fn()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		if err := syscall.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		fn()
	}()
	<-done
}

func TestOpenWithoutRights(t *testing.T) {
	for _, test := range []struct {
		name         string
		make         func(t *testing.T, path string)
		folder, file os.FileMode
		want         string
	}{
		{"new file", nil, 0o555, 0, "no right to make a file"},
		{"file", func(t *testing.T, path string) { makeFile(t, path, sessionTable) }, 0o777, 0o444, "no right to write"},
		{"file, WAL", func(t *testing.T, path string) { makeFile(t, path, "PRAGMA journal_mode = WAL", sessionTable) }, 0o777, 0o444, "no right to write"},
		{"folder", func(t *testing.T, path string) { makeFile(t, path, sessionTable) }, 0o555, 0o666, "no right to write"},
		{"folder, WAL", func(t *testing.T, path string) {
			db, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}, 0o555, 0o666, "no right to write"},
		{"secret folder", func(t *testing.T, path string) { makeFile(t, path, sessionTable) }, 0, 0o666, "no right to look"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "lab.db")
			chmod := func(path string, mode os.FileMode) {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			chmod(filepath.Dir(dir), 0o755)
			if test.make != nil {
				test.make(t, path)
				chmod(path, test.file)
			}
			before := folder(t, dir)
			chmod(dir, test.folder)
			var err error
			asNobody(t, func() {
				var db *DB
				if db, err = Open(t.Context(), path); err == nil {
					err = db.Close()
				}
			})
			chmod(dir, 0o755)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with the path and %q", err, test.want)
			}
			wantSameFolder(t, dir, before)
		})
	}
}
