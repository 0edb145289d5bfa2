package database

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrUnavailable says that the database cannot do its work now: locked by another program,
	// disk full, input/output error, damaged, not to be opened or closed. Nothing was changed.
	ErrUnavailable = errors.New("database unavailable")

	// ErrUnique says that a row with this value is there already.
	ErrUnique = errors.New("not unique")
)

// code returns SQLite's extended result code in err, 0 if there is none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// primary returns SQLite's result code in err without its extension, 0 if there is none.
func primary(err error) int { return code(err) & 0xff }

// classify gives err the sentinel that callers ask for; its text and chain stay as they are.
func classify(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrUnavailable), errors.Is(err, ErrUnique):
		return err
	}
	switch code(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrUnique, err)
	}
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL,
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return unavailable(err)
	}
	return err
}

// unavailable wraps an error that stopped a transaction, whatever it is.
func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
