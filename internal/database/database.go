// Package database keeps the lab's data in one SQLite file.
//
// Start reading at [Open], [DB.Read] and [DB.Write]. There are many readers and one writer. Calls of
// Write that wait at the same moment share one transaction, so that the disk is synced once for all of
// them (group commit, writer.go). An acknowledged write is on disk.
//
// The package knows nothing about sessions and members but their tables (migrations/).
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

// Memory is the path of a database in memory, which is gone after Close.
const Memory = ":memory:"

// patience bounds how long a read or a write waits for a file that another program has locked.
const patience = 5 * time.Second

// readers bounds how many reads run at once. SQLite's readers rarely wait for anything but a core.
const readers = 4

// DB provides access to an open database. Its methods are safe for concurrent use.
type DB struct {
	path     string // as given to Open
	absolute string
	file     os.FileInfo // identifies the file, to notice if it is replaced; nil in memory
	source   source
	anchor   *conn // keeps a database in memory alive while no other connection is open
	writer   *writer
	pool     chan *conn // nil means a reader that is not open yet
	closed   chan struct{}
	close    func() error
}

// Open opens the database file at path and brings its tables up to date. It makes the file, with mode
// 0600, if there is none; the mode of an existing file is its owner's choice and does not change.
//
// A file that Open cannot use stays byte for byte as it was. The error is one line that names the file
// and says what to do. A file left behind by a killed process is recovered. ctx bounds only the opening.
func Open(ctx context.Context, path string) (*DB, error) {
	db, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return db, nil
}

// open does the work of Open.
func open(ctx context.Context, path string) (*DB, error) {
	if path == Memory {
		return openMemory(ctx)
	}
	absolute, err := filepath.Abs(path) // so that a later change of the working folder does not matter
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

// openMemory opens a new database in memory.
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

// start opens the writer's connection at once, so that a failure shows before the first request. While
// that connection is open, no other program can lock readers out.
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

// Path returns the path given to Open.
func (db *DB) Path() string { return db.path }

// Close lets pending reads and writes finish, moves the write-ahead log into the file and closes it.
// Later reads and writes return ErrUnavailable. Close may be called more than once.
func (db *DB) Close() error { return db.close() }

// shutdown does the work of Close, once.
func (db *DB) shutdown() error {
	close(db.closed)
	var errs []error
	for range readers {
		if c := <-db.pool; c != nil {
			errs = append(errs, c.close())
		}
	}
	errs = append(errs, db.writer.stop()) // last, because the last connection to close removes the log
	if db.anchor != nil {
		errs = append(errs, db.anchor.close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close database %s: %w", db.path, err)
	}
	return nil
}

// checkFile returns an error if the file at the path is no longer the one that was opened: a removed file
// would still accept writes, but nobody would ever find them.
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

// Check returns nil if the database can be both read and written. It really writes, because a full disk
// would not show otherwise. Its errors wrap ErrUnavailable or the error of ctx.
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
