package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting returns the value stored under name. If there is none, it stores and returns the one that make
// returns. Among several callers, even in different processes, the first one's value wins. make must not
// use db. Errors wrap ErrUnavailable or the error of ctx; the value is in no error and no log.
func (db *DB) Setting(ctx context.Context, name string, make func() string) (value string, err error) {
	get := func(tx *Tx) error {
		return tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = ?`, name).Scan(&value)
	}
	err = db.Read(ctx, get)
	if errors.Is(err, sql.ErrNoRows) {
		made := make()
		err = db.Write(ctx, func(tx *Tx) error {
			if _, err := tx.Exec(`INSERT INTO sessionlab_setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, made); err != nil {
				return err
			}
			return get(tx)
		})
	}
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}
