package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// mustExist returns an error if there is no file at path. Commands that work on existing data call it, because
// creating an empty file under a mistyped name would only hide the mistake.
func mustExist(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("data file %s does not exist: name the lab's file with -db, or start the lab first", path)
	}
	return nil
}

// openData opens the data file and returns the keys that sign sessions, newest first.
func openData(ctx context.Context, o options) (*database.DB, session.Keys, error) {
	db, err := database.Open(ctx, o.db)
	if err != nil {
		return nil, nil, err
	}
	keys := o.secretKeys.values
	if len(keys) == 0 {
		key, err := db.Setting(ctx, "secret_key", newSecretKey)
		if err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		keys = []string{key}
	}
	return db, keys, nil
}

// newSecretKey returns a random key of at least 256 bits, since each half has at least 128 (rand.Text).
func newSecretKey() string { return rand.Text() + rand.Text() }

// openSessions opens the data file and its sessions, for the commands other than serve.
func openSessions(ctx context.Context, o options) (*database.DB, session.Store, error) {
	db, keys, err := openData(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return db, session.NewDB(db, keys, time.Now), nil
}

// clearSessions implements sessionlab clearsessions.
func clearSessions(ctx context.Context, args []string, p process) error {
	var o options
	f := newFlags("clearsessions", "clearsessions [flags]      delete expired sessions", p)
	f.dbFlag(&o)
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	if err := mustExist(o.db); err != nil {
		return err
	}
	db, store, err := openSessions(ctx, o)
	if err != nil {
		return err
	}
	deleted, err := session.Sweep(ctx, store, time.Now())
	if errors.Is(err, session.ErrUnavailable) {
		err = fmt.Errorf("data file %s: close the program that has locked it, or make room on the disk, and try again: %w", o.db, err)
	}
	if err != nil {
		return errors.Join(err, db.Close())
	}
	fmt.Fprintf(p.out, "%d expired sessions deleted\n", deleted)
	return db.Close()
}

// backup implements sessionlab backup.
func backup(ctx context.Context, args []string, p process) error {
	var o options
	f := newFlags("backup", "backup [flags] FILE      write a consistent copy of the data, even while the lab is running", p)
	f.dbFlag(&o)
	rest, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if err := mustExist(o.db); err != nil {
		return err
	}
	db, err := database.Open(ctx, o.db)
	if err != nil {
		return err
	}
	if err := db.Backup(ctx, rest[0]); err != nil {
		return errors.Join(err, db.Close())
	}
	fmt.Fprintf(p.out, "%s copied to %s\n", o.db, rest[0])
	return db.Close()
}
