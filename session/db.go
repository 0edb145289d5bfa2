package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"sessionlab/internal/database"
)

// A DB, the engine "db", keeps sessions as rows of the table django_session, as Django writes them. A
// Django with the same secret key reads them, and the other way round.
//
// An update is a compare-and-swap: one statement replaces the row as it was last seen, if it has not
// changed. Only if it has does a transaction read the row first. The rows that were last seen are a
// guess, which saves most updates a read and cannot make one wrong.
type DB struct {
	db    *database.DB
	codec *codec
	now   func() time.Time

	mu    sync.Mutex
	known *memory[row]
}

// A row is a session with its expiry as the text in the table, too.
type row struct {
	expires string
	Record
}

var _ Store = (*DB)(nil)

// NewDB returns the engine on an open database. keys must hold the secret key, and may hold older ones.
func NewDB(db *database.DB, keys Keys, now func() time.Time) *DB {
	return &DB{
		db: db, codec: newCodec(dbSalt, keys), now: now,
		known: newMemory[row](Limits{Entries: 10_000, Bytes: 16 << 20}),
	}
}

// The expiry is read as text: the driver would turn a column declared as datetime into a time.Time,
// even if Django and SQLite compare another text.
const (
	selectSession = `SELECT session_data, CAST(expire_date AS TEXT) FROM django_session WHERE session_key = ?`
	// A session that has expired but is not swept yet does not occupy its key.
	insertSession = `INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)
		ON CONFLICT (session_key) DO UPDATE SET session_data = excluded.session_data, expire_date = excluded.expire_date
		WHERE django_session.expire_date <= ?`
	updateSession = `UPDATE django_session SET session_key = ?, session_data = ?, expire_date = ? WHERE session_key = ?`
	// Without the key: SQLite would rewrite its index, even for the same value.
	swapSession = `UPDATE django_session SET session_data = ?, expire_date = ?
		WHERE session_key = ? AND session_data = ? AND expire_date = ?`
	deleteSession = `DELETE FROM django_session WHERE session_key = ?`
	deleteExpired = `DELETE FROM django_session WHERE session_key IN
		(SELECT session_key FROM django_session WHERE expire_date < ? LIMIT ?)`
)

// Load implements Store. A row whose data has no valid signature is an empty session, as in Django: the
// next write repairs it.
func (s *DB) Load(ctx context.Context, key string) (Record, error) {
	var found row
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		found, err = s.read(tx, key)
		return err
	})
	if err != nil {
		return Record{}, dbError("load", err)
	}
	found.Data = s.decode(found.Raw)
	s.remember(key, found)
	return found.Record, nil
}

// Create implements Store.
func (s *DB) Create(ctx context.Context, r Record) (Record, error) {
	made, err := s.encode(r)
	if err != nil {
		return Record{}, dbError("create", err)
	}
	n, err := s.db.Exec(ctx, insertSession, r.Key, made.Raw, made.expires, formatTime(s.now()))
	if err == nil && n == 0 {
		err = ErrExists
	}
	if err != nil {
		return Record{}, dbError("create", err)
	}
	s.remember(r.Key, made)
	return made.Record, nil
}

// Update implements Store.
func (s *DB) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	made, ok, err := s.swap(ctx, key, change)
	if err == nil && !ok {
		err = s.db.Write(ctx, func(tx *database.Tx) error {
			old, err := s.read(tx, key)
			if err != nil {
				return err
			}
			old.Data = s.decode(old.Raw)
			if made, err = s.changed(old.Record, change); err != nil {
				return err
			}
			_, err = tx.Exec(updateSession, made.Key, made.Raw, made.expires, key)
			return err
		})
	}
	if err != nil {
		s.forget(key)
		return Record{}, dbError("update", err)
	}
	s.remember(key, made)
	return made.Record, nil
}

// swap changes the row of a key if it is the one that was last seen, and reports whether it was.
func (s *DB) swap(ctx context.Context, key string, change func(*Record) error) (made row, ok bool, err error) {
	old, ok := s.recall(key)
	if !ok || !old.Expires.After(s.now()) {
		return row{}, false, nil
	}
	made, err = s.changed(old.Record, change)
	if err != nil || made.Key != key {
		return row{}, false, nil // perhaps an error only because the guess is outdated: the transaction will tell
	}
	n, err := s.db.Exec(ctx, swapSession, made.Raw, made.expires, key, old.Raw, old.expires)
	return made, n == 1, err
}

func (s *DB) changed(r Record, change func(*Record) error) (row, error) {
	if err := change(&r); err != nil {
		return row{}, err
	}
	return s.encode(r)
}

func (s *DB) encode(r Record) (row, error) {
	data, err := s.codec.encode(r.Data, s.now())
	r.Raw = data
	return row{formatTime(r.Expires), r}, err
}

// Delete implements Store.
func (s *DB) Delete(ctx context.Context, key string) error {
	s.forget(key)
	_, err := s.db.Exec(ctx, deleteSession, key)
	return dbError("delete", err)
}

// DeleteExpired implements Store.
func (s *DB) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	deleted, err := s.db.Exec(ctx, deleteExpired, formatTime(before), limit)
	return int(deleted), dbError("delete expired", err)
}

// read returns the row of a key, its data not decoded yet, or ErrNotFound. A row whose expiry is no
// time in Django's format is dead.
func (s *DB) read(tx *database.Tx, key string) (row, error) {
	r := row{Record: Record{Key: key}}
	err := tx.QueryRow(selectSession, key).Scan(&r.Raw, &r.expires)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, ErrNotFound
	}
	if err != nil {
		return row{}, err
	}
	if r.Expires, err = parseTime(r.expires); err != nil || !r.Expires.After(s.now()) {
		return row{}, ErrNotFound
	}
	return r, nil
}

func (s *DB) recall(key string) (row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known.get(key)
}

// remember keeps the row that has replaced the one of key.
func (s *DB) remember(key string, r row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Key != key {
		s.known.remove(key)
	}
	s.known.put(r.Key, r, len(r.Raw)+r.Data.size())
}

func (s *DB) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known.remove(key)
}

// decode returns a row's data. If anything is wrong with it the session is empty, as in Django.
func (s *DB) decode(data string) Data {
	d, _, err := s.codec.decode(data)
	if err != nil {
		return Data{}
	}
	return d
}

// dbError returns a database error as one of this package's. SQLite's messages name tables and columns,
// not values.
func dbError(operation string, err error) error {
	switch {
	case errors.Is(err, database.ErrUnavailable):
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	case errors.Is(err, database.ErrUnique):
		err = fmt.Errorf("%w: %w", ErrExists, err)
	}
	return engineError("db", operation, err)
}
