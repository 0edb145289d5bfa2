package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sessionlab/database"
)

// DB is the engine "db": sessions are rows of the table django_session, as Django writes them. A
// Django with the same secret key reads them, and the other way round.
type DB struct {
	db    *database.DB
	codec *codec
	now   func() time.Time
}

var _ Store = (*DB)(nil)

// NewDB returns the engine on an open database. keys must hold the secret key, and may hold older ones.
func NewDB(db *database.DB, keys Keys, now func() time.Time) *DB {
	return &DB{db: db, codec: newCodec(dbSalt, keys), now: now}
}

// The expiry is read as text: the driver would turn a column declared as datetime into a time.Time,
// also where Django and SQLite compare another text.
const (
	selectSession = `SELECT session_data, CAST(expire_date AS TEXT) FROM django_session WHERE session_key = ?`
	// One that has expired and is not swept yet does not hold its key.
	insertSession = `INSERT INTO django_session (session_key, session_data, expire_date) VALUES (?, ?, ?)
		ON CONFLICT (session_key) DO UPDATE SET session_data = excluded.session_data, expire_date = excluded.expire_date
		WHERE django_session.expire_date <= ?`
	updateSession = `UPDATE django_session SET session_key = ?, session_data = ?, expire_date = ? WHERE session_key = ?`
	deleteSession = `DELETE FROM django_session WHERE session_key = ?`
	deleteExpired = `DELETE FROM django_session WHERE session_key IN
		(SELECT session_key FROM django_session WHERE expire_date < ? LIMIT ?)`
)

// Load is Store's. A row whose data has no valid signature is an empty session, as in Django: the
// next write repairs it.
func (s *DB) Load(ctx context.Context, key string) (Record, error) {
	var r Record
	var data string
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		data, r, err = s.row(tx, key)
		return err
	})
	if err != nil {
		return Record{}, dbError("load", err)
	}
	r.Data = s.decode(data)
	return r, nil
}

// Create is Store's.
func (s *DB) Create(ctx context.Context, r Record) (Record, error) {
	data, err := s.codec.encode(r.Data, s.now())
	if err != nil {
		return Record{}, dbError("create", err)
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		result, err := tx.Exec(insertSession, r.Key, data, formatTime(r.Expires), formatTime(s.now()))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n > 0 || err != nil {
			return err
		}
		return ErrExists
	})
	return r, dbError("create", err)
}

// Update is Store's. It is one transaction, and change is called once.
func (s *DB) Update(ctx context.Context, key string, change func(*Record) error) (Record, error) {
	var r Record
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		data, row, err := s.row(tx, key)
		if err != nil {
			return err
		}
		r = row
		r.Data = s.decode(data)
		if err := change(&r); err != nil {
			return err
		}
		if data, err = s.codec.encode(r.Data, s.now()); err != nil {
			return err
		}
		_, err = tx.Exec(updateSession, r.Key, data, formatTime(r.Expires), key)
		return err
	})
	if err != nil {
		return Record{}, dbError("update", err)
	}
	return r, nil
}

// Delete is Store's.
func (s *DB) Delete(ctx context.Context, key string) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(deleteSession, key)
		return err
	})
	return dbError("delete", err)
}

// DeleteExpired is Store's.
func (s *DB) DeleteExpired(ctx context.Context, before time.Time, limit int) (int, error) {
	var deleted int
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		result, err := tx.Exec(deleteExpired, formatTime(before), limit)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		deleted = int(n)
		return err
	})
	if err != nil {
		return 0, dbError("delete expired", err)
	}
	return deleted, nil
}

// row returns the stored text and the record without its data, or ErrNotFound. A row whose expiry
// is no time in Django's format is dead.
func (s *DB) row(tx *database.Tx, key string) (data string, r Record, err error) {
	var text string
	err = tx.QueryRow(selectSession, key).Scan(&data, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", Record{}, ErrNotFound
	}
	if err != nil {
		return "", Record{}, err
	}
	expires, err := parseTime(text)
	if err != nil || !expires.After(s.now()) {
		return "", Record{}, ErrNotFound
	}
	return data, Record{Key: key, Expires: expires}, nil
}

// decode takes whatever is wrong with a row's data for an empty session, as Django does.
func (s *DB) decode(data string) Data {
	d, _, err := s.codec.decode(data)
	if err != nil {
		return Data{}
	}
	return d
}

// dbError gives the database's errors this package's meaning. SQLite's messages name tables and
// columns, not values.
func dbError(operation string, err error) error {
	switch {
	case errors.Is(err, database.ErrUnavailable):
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	case errors.Is(err, database.ErrUnique):
		err = fmt.Errorf("%w: %w", ErrExists, err)
	}
	return engineError("db", operation, err)
}
