package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database to file, with mode 0600. The copy shows a single moment, while
// labs in this process or another go on reading and writing
// (VACUUM INTO, https://www.sqlite.org/lang_vacuum.html#vacuuminto). Open accepts it as a database.
//
// The file appears once it is complete and on disk. It never replaces an existing file: the error then
// wraps fs.ErrExist. If ctx ends, Backup stops and leaves nothing behind.
func (db *DB) Backup(ctx context.Context, file string) error {
	if err := db.backup(ctx, file); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("it exists already, and is not overwritten: %w", fs.ErrExist)
		}
		return fmt.Errorf("back up %s to %s: %w", db.path, file, classify(err))
	}
	return nil
}

func (db *DB) backup(ctx context.Context, file string) (err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	draft, remove, err := newDraft(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if db.source.memory {
		db.writer.alone.RLock()
		defer db.writer.alone.RUnlock()
	}
	err = withConn(ctx, db.source.backup, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, "VACUUM INTO ?", diskURI(draft))
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := syncFile(draft); err != nil {
		return err
	}
	return publish(draft, path)
}

// syncFile writes the content of a file through to the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
