// Package database keeps the lab's data in one SQLite file.
//
// Start reading at [Open], [DB.Read] and [DB.Write]. There are many readers and one writer: the
// closures given to Write that wait at the same moment share one transaction, so that the disk is
// synced once for all of them (group commit, write.go). What was acknowledged is on disk.
//
// The package knows no session and no member, only their tables (migrations/).
package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Memory is the path of a database that is kept in memory and gone at Close.
const Memory = ":memory:"

// patience is how long a read or a write waits for a file that another program has locked.
const patience = 5 * time.Second

// readers is how many reads run at once. SQLite's readers seldom wait for anything but a core.
const readers = 4

// DB is an open database. Its methods may be called from many goroutines at once.
type DB struct {
	path     string // as the user named it
	absolute string
	file     os.FileInfo // which file that was, to notice when another takes its place; nil in memory
	source   source
	anchor   *conn // keeps a database in memory alive while no other connection is open
	writer   *writer
	pool     chan *conn // a nil is a reader not opened yet
	closed   chan struct{}
	close    func() error
}

// Open opens the database file at path, makes it (mode 0600) if there is none, and brings its
// tables up to date. The mode of a file that is there already is its owner's choice and stays.
//
// What Open cannot use it leaves byte for byte as it was, and says so in an error of one line that
// names the file and what to do. A file left behind by a killed process is recovered.
// ctx bounds opening only.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string) (*DB, error) {
	if path == Memory {
		return openMemory(ctx)
	}
	absolute, err := filepath.Abs(path) // SQLite would follow a later change of the working folder
	if err != nil {
		return nil, err
	}
	if err := prepareFile(ctx, absolute); err != nil {
		return nil, err
	}
	file, err := os.Stat(absolute)
	if err != nil {
		return nil, err
	}
	return start(ctx, &DB{path: path, absolute: absolute, file: file, source: fileSource(absolute)})
}

func openMemory(ctx context.Context) (*DB, error) {
	db := &DB{path: Memory, source: memorySource()}
	anchor, err := openConn(ctx, db.source.writer)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, anchor.sql); err != nil {
		return nil, errors.Join(err, anchor.close())
	}
	db.anchor = anchor
	return start(ctx, db)
}

// start opens the writer's connection at once, so that what cannot work is known before the first
// request, and because an open connection keeps other programs from locking readers out.
func start(ctx context.Context, db *DB) (*DB, error) {
	first, err := openConn(ctx, db.source.writer)
	if err != nil {
		if db.anchor != nil {
			err = errors.Join(err, db.anchor.close())
		}
		return nil, refusal(err)
	}
	db.writer = newWriter(db.source, first, db.checkFile)
	db.pool = make(chan *conn, readers)
	for range readers {
		db.pool <- nil
	}
	db.closed = make(chan struct{})
	db.close = sync.OnceValue(db.shutdown)
	return db, nil
}

// Path returns the path that was given to Open.
func (db *DB) Path() string { return db.path }

// Close lets the reads and writes that have been asked for finish, checkpoints the write-ahead log
// into the file and closes it. Later reads and writes return ErrUnavailable. It may be called again.
func (db *DB) Close() error { return db.close() }

func (db *DB) shutdown() error {
	close(db.closed)
	var errs []error
	for range readers {
		if c := <-db.pool; c != nil {
			errs = append(errs, c.close())
		}
	}
	errs = append(errs, db.writer.stop()) // last: the last connection of all removes the log
	if db.anchor != nil {
		errs = append(errs, db.anchor.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close database %s: %w", db.path, err)
	}
	return nil
}

// checkFile reports whether the file is still the one that was opened: one that was removed would
// go on taking writes that nobody will ever find.
func (db *DB) checkFile() error {
	if db.file == nil {
		return nil
	}
	switch now, err := os.Stat(db.absolute); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: the file %s was removed while in use", ErrUnavailable, db.path)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case !os.SameFile(now, db.file):
		return fmt.Errorf("%w: the file %s was replaced while in use", ErrUnavailable, db.path)
	}
	return nil
}

// Check reports whether the database can be read and written, which it does: a full disk is not
// found out otherwise. Its errors wrap ErrUnavailable or are ctx's.
func (db *DB) Check(ctx context.Context) error {
	if err := db.checkFile(); err != nil {
		return err
	}
	err := db.Read(ctx, func(tx *Tx) error {
		var tables int
		return tx.QueryRow(`SELECT count(*) FROM sqlite_schema`).Scan(&tables)
	})
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	_, err = db.Exec(ctx, `INSERT INTO sessionlab_setting (name, value) VALUES ('checked', ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, time.Now().UTC().Format(time.DateTime))
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}
