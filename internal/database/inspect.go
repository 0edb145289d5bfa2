package database

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// header holds what is needed of the first bytes of a SQLite file
// (https://www.sqlite.org/fileformat.html#the_database_header).
type header struct {
	wal bool // the file has been written with a write-ahead log
}

// readHeader checks what can be known about the file without SQLite: that it is a regular file, not empty
// and writable, and that it begins like a SQLite file. The error wraps fs.ErrNotExist if there is none.
//
// It must run before SQLite opens the file: closing a file drops all locks that this process holds on it.
func readHeader(path string) (header, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return header{}, fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		return header{}, errors.New("no right to look at it: choose another path")
	case err != nil:
		return header{}, err
	case info.IsDir():
		return header{}, errors.New("it is a folder: name a file in it")
	case !info.Mode().IsRegular():
		return header{}, errors.New("it is not a regular file: choose another path")
	case info.Size() == 0:
		return header{}, errors.New("the file is empty (zero bytes), so it is no database: put a backup in its place, or remove it to start with a new one")
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return header{}, errors.New("no right to write to it: choose another path, or change its mode")
	case err != nil:
		return header{}, err
	}
	first := make([]byte, 20)
	_, err = io.ReadFull(f, first)
	if err = errors.Join(err, f.Close()); err != nil || !bytes.HasPrefix(first, []byte("SQLite format 3\x00")) {
		return header{}, errors.New("it is not a SQLite database: choose another path")
	}
	return header{wal: first[19] == 2}, nil // the "file format read version"
}

// inspect checks, without writing, that the database at path is sound and that its tables suit the lab.
// outdated reports that migrations are still to be applied.
func inspect(ctx context.Context, path string, h header) (outdated bool, err error) {
	for {
		before, err := os.Stat(path)
		if err != nil {
			return false, err
		}
		how := howToLook(path, h)
		err = withConn(ctx, localURI(path)+"?_busy_timeout=5000&_query_only=1&"+always+how, func(c *sql.Conn) error {
			outdated, err = look(ctx, c)
			return err
		})
		if err == nil || how != immutable {
			return outdated, err
		}
		// What was read may be a file to which a program that starts or ends is just writing.
		after, gone := os.Stat(path)
		if gone != nil || after.ModTime().Equal(before.ModTime()) && !exists(path+"-wal") {
			return false, err
		}
	}
}

// immutable makes SQLite read the file alone, without locks or a log.
const immutable = "&immutable=1"

// howToLook chooses options that leave no trace. If there is a log, the database is more than the file,
// so SQLite opens both for reading. If there is none, nothing has a file of WAL mode open, and
// immutable=1 keeps SQLite from making a log for it. A rollback journal may come from a crash: then the
// file is readable only once its transaction is undone, as the next program to open it would do.
func howToLook(path string, h header) string {
	switch {
	case h.wal && !exists(path+"-wal"):
		return immutable
	case !h.wal && exists(path+"-journal"):
		return "&mode=rw"
	}
	return "&mode=ro"
}

// exists reports whether there is a file at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// look runs all checks of inspect on an open connection.
func look(ctx context.Context, c *sql.Conn) (outdated bool, err error) {
	if err := quickCheck(ctx, c); err != nil {
		return false, err
	}
	outdated, err = checkVersion(ctx, c)
	if err != nil {
		return false, err
	}
	if err := checkSessionTable(ctx, c); err != nil {
		return false, err
	}
	return outdated, checkMemberTable(ctx, c)
}

// quickCheck returns an error if the file is damaged.
func quickCheck(ctx context.Context, c *sql.Conn) error {
	var result string
	err := c.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result)
	if err == nil && result != "ok" || primary(err) == sqlite3.SQLITE_CORRUPT {
		return errors.New("the file is damaged: put a backup in its place, or choose another path")
	}
	return err
}

// checkVersion returns an error if the file belongs to another program or a newer sessionlab.
func checkVersion(ctx context.Context, c *sql.Conn) (outdated bool, err error) {
	var id, version int
	err = c.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version)
	if err != nil {
		return false, err
	}
	steps, err := migrations()
	switch {
	case err != nil:
		return false, err
	case id == 0 && version == 0:
		return true, nil // a Django project's file: Django sets neither
	case id != applicationID:
		return false, errors.New("it is the database of another program: choose another path")
	case version > len(steps):
		return false, errNewer
	}
	return version < len(steps), nil
}

var errNewer = errors.New("it was written by a newer sessionlab: use that version, or choose another path")

// checkSessionTable returns an error if a table django_session differs from Django's.
func checkSessionTable(ctx context.Context, c *sql.Conn) error {
	columns, err := tableColumns(ctx, c, "django_session")
	if err != nil || columns == nil {
		return err
	}
	want := []string{"expire_date", "session_data", "session_key"}
	got := make([]string, 0, len(columns))
	for _, column := range columns {
		got = append(got, column.name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("its table django_session has other columns (%s) than Django's (%s): choose another path",
			strings.Join(got, ", "), strings.Join(want, ", "))
	}
	return nil
}

// checkMemberTable returns an error if members of the lab cannot be added to a table online_member.
func checkMemberTable(ctx context.Context, c *sql.Conn) error {
	columns, err := tableColumns(ctx, c, "online_member")
	if err != nil || columns == nil {
		return err
	}
	missing := []string{"id", "username", "password"}
	for _, column := range columns {
		if i := slices.Index(missing, column.name); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		} else if column.required {
			return fmt.Errorf("its table online_member has a column %s that must be filled and that the lab does not know: choose another path", column.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("its table online_member has no column %s: choose another path", strings.Join(missing, ", "))
	}
	return nil
}

// column describes a column of a table.
type column struct {
	name     string
	required bool // NOT NULL and without a default
}

// tableColumns returns the columns of a table, or nil if there is no such table. It returns an error for a
// view of that name, because nothing can be inserted into it.
func tableColumns(ctx context.Context, c *sql.Conn, table string) (columns []column, err error) {
	var view bool
	err = c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE)`, table).Scan(&view)
	if err != nil {
		return nil, err
	}
	if view {
		return nil, fmt.Errorf("its %s is a view, not a table: choose another path", table)
	}
	rows, err := c.QueryContext(ctx, `SELECT name, "notnull" AND dflt_value IS NULL FROM pragma_table_info(?)`, table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var col column
		if err := rows.Scan(&col.name, &col.required); err != nil {
			return nil, err
		}
		columns = append(columns, col)
	}
	return columns, rows.Err()
}
