package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestBackup(t *testing.T) {
	for _, path := range []string{Memory, filepath.Join(t.TempDir(), "lab.db")} {
		t.Run(path, func(t *testing.T) {
			db := openFile(t, path)
			if err := db.Write(t.Context(), put("a")); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "backup.db")
			if err := db.Backup(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
			}
			before := folder(t, dir)
			if len(before) != 1 {
				t.Errorf("something was left beside the backup: %d files", len(before))
			}
			err := db.Backup(t.Context(), file)
			if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), file) {
				t.Errorf("over a file: %v, want fs.ErrExist with the path", err)
			}
			wantSameFolder(t, dir, before)
			if err := db.Write(t.Context(), put("later")); err != nil {
				t.Fatal(err)
			}
			wantNames(t, openFile(t, file), "a")
		})
	}
}

// A second DB on the same file makes a backup while the first one writes: x and y are always equal in it.
func TestBackupIsConsistent(t *testing.T) {
	db := newFile(t)
	if err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO sessionlab_setting (name, value) VALUES ('x', 0), ('y', 0), ('z', hex(zeroblob(500000)))`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	stop := make(chan struct{})
	wait.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := db.Write(t.Context(), func(tx *Tx) error {
				for _, name := range []string{"x", "y"} {
					if _, err := tx.Exec(`UPDATE sessionlab_setting SET value = value + 1 WHERE name = ?`, name); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	second := openFile(t, db.Path())
	for i := range 5 {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := second.Backup(t.Context(), file); err != nil {
			t.Error(err)
			continue
		}
		if err := openFile(t, file).Read(t.Context(), sameCount); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wait.Wait()
}

func TestBackupFails(t *testing.T) {
	db := newFile(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for _, test := range []struct {
		name string
		ctx  context.Context
		file string
		want string
	}{
		{"context ended", ended, "a.db", context.Canceled.Error()},
		{"no folder", t.Context(), "none/a.db", "no folder"},
		{"folder", t.Context(), ".", "exists"},
		{"itself", t.Context(), db.Path(), "exists"},
	} {
		file := test.file
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		err := db.Backup(test.ctx, file)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", test.name, err, test.want)
		}
	}
	if left := folder(t, dir); len(left) != 0 {
		t.Errorf("%d files were left behind", len(left))
	}
}

// A file that appears while the backup is being made is not replaced.
func TestPublishReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	draft, target := filepath.Join(dir, "draft"), filepath.Join(dir, "target")
	writeFile(t, draft, "new")
	writeFile(t, target, "old")
	if err := publish(draft, target); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want fs.ErrExist", err)
	}
	if got := readFile(t, target); got != "old" {
		t.Errorf("the file is now %q", got)
	}
}
