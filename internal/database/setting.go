package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting returns the value kept under name. If there is none, the one that make returns is kept and
// returned: of several callers, in several processes, the first one's. make must not use db.
// Errors wrap ErrUnavailable or are ctx's; neither they nor any log contain the value.
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
