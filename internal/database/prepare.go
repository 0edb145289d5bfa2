package database

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	sqlite3 "modernc.org/sqlite/lib"
)

// prepareFile makes sure that path is a database of the lab with the newest schema.
func prepareFile(ctx context.Context, path string) error {
	header, err := readHeader(path)
	if errors.Is(err, fs.ErrNotExist) {
		// It does not matter if another lab makes the same file at the same moment.
		if err := create(ctx, path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		header, err = readHeader(path)
	}
	if err != nil {
		return err
	}
	outdated, err := inspect(ctx, path, header)
	if err != nil {
		return refusal(err)
	}
	if !outdated && header.wal {
		return nil
	}
	// Switching to WAL mode needs the file for itself. Here it may take its time, since no request waits.
	dsn := localURI(path) + "?mode=rw&_busy_timeout=5000&_journal_mode=WAL&_synchronous=FULL&" + always
	return refusal(withConn(ctx, dsn, func(c *sql.Conn) error { return migrate(ctx, c) }))
}

// create makes the database under another name and then renames it, so that nobody ever finds half of it,
// even after a power cut. The error wraps fs.ErrExist if path has appeared meanwhile.
func create(ctx context.Context, path string) (err error) {
	if err := checkNoLog(path); err != nil {
		return err
	}
	draft, remove, err := newDraft(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	err = withConn(ctx, fileSource(draft).writer, func(c *sql.Conn) error { return migrate(ctx, c) })
	if err != nil {
		return fmt.Errorf("cannot be made: %w", err)
	}
	return publish(draft, path)
}

// checkNoLog returns an error if the log of a moved or removed file is still there. SQLite would take it
// for the new file's log and write its pages into that file.
func checkNoLog(path string) error {
	for _, suffix := range []string{"-wal", "-journal"} {
		log := filepath.Base(path) + suffix
		switch _, err := os.Lstat(path + suffix); {
		case err == nil:
			return fmt.Errorf("the file is missing, but its log %s is still there: put the file back, or move the log as well", log)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// newDraft makes an empty file with mode 0600 in the folder of path. Its function remove deletes the file
// and what SQLite put beside it, as far as they still exist.
func newDraft(path string) (draft string, remove func() error, err error) {
	folder := filepath.Dir(path)
	draft = filepath.Join(folder, "."+filepath.Base(path)+"."+rand.Text()[:8])
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("there is no folder %s: create it first, or choose another path", folder)
	case errors.Is(err, fs.ErrPermission):
		return "", nil, fmt.Errorf("no right to make a file in %s: choose another path", folder)
	case err != nil:
		return "", nil, fmt.Errorf("cannot make a file in %s: %w", folder, err)
	}
	remove = func() error {
		var errs []error
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			if err := os.Remove(draft + suffix); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
	if err := f.Close(); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return draft, remove, nil
}

// publish gives a finished draft its name. It never replaces a file: the error then wraps fs.ErrExist.
func publish(draft, path string) error {
	err := os.Link(draft, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// The file system has no links, as on a USB stick: check first, then rename.
		if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			err = os.Rename(draft, path)
		} else if err == nil {
			err = &fs.PathError{Op: "make", Path: path, Err: fs.ErrExist}
		}
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder writes a new name through to the disk. Windows does so on its own, and cannot open folders.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// withConn runs fn on a new connection and closes it.
func withConn(ctx context.Context, dsn string, fn func(c *sql.Conn) error) error {
	c, err := openConn(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(fn(c.sql), c.close())
}

// refusal adds to an error of SQLite what the user can do about it.
func refusal(err error) error {
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("another program has it locked: close that program, or try again: %w", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged: put a backup in its place, or choose another path: %w", err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("not a SQLite database: choose another path: %w", err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return fmt.Errorf("no right to write to it or to its folder: choose another path: %w", err)
	}
	return err
}
