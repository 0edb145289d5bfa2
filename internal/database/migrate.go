package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID in the file's header marks it as the lab's: "SLAB" in ASCII.
const applicationID = 0x534C4142

// migration describes one step of the schema. The file NNNN_TABLE.sql makes TABLE. The step is skipped if
// TABLE already exists, because a Django project made it.
type migration struct {
	table string
	sql   string
}

// migrations returns the steps in order. A file's user_version says how many of them it has taken.
func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	steps := make([]migration, 0, len(names)) // Glob sorts
	for _, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read a migration: %w", err)
		}
		_, table, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
		steps = append(steps, migration{table: table, sql: string(text)})
	}
	return steps, nil
}

// migrate applies the steps that the database does not have yet, all in one transaction.
func migrate(ctx context.Context, c *sql.Conn) (err error) {
	steps, err := migrations()
	if err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin the migration: %w", err)
	}
	defer func() {
		if err != nil {
			_, undone := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			err = errors.Join(err, undone)
		}
	}()
	var version int // read inside the transaction: another lab may have been faster
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if version > len(steps) {
		return errNewer
	}
	for _, step := range steps[version:] {
		if err := step.apply(ctx, c); err != nil {
			return fmt.Errorf("migration %s: %w", step.table, err)
		}
	}
	header := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(steps))
	if _, err := c.ExecContext(ctx, header); err != nil {
		return fmt.Errorf("write the schema version: %w", err)
	}
	if _, err := c.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit the migration: %w", err)
	}
	return nil
}

// apply makes the table of the step unless it exists.
func (m migration) apply(ctx context.Context, c *sql.Conn) error {
	there, err := tableExists(ctx, c, m.table)
	if err != nil || there {
		return err
	}
	_, err = c.ExecContext(ctx, m.sql)
	return err
}

// tableExists reports whether there is a table or view of that name.
func tableExists(ctx context.Context, c *sql.Conn, table string) (there bool, err error) {
	err = c.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE)`, table).Scan(&there)
	return there, err
}
