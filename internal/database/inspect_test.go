package database

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	sessionTable = `CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL)`
	memberTable  = `CREATE TABLE "online_member" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "username" varchar(50) NOT NULL, "password" varchar(50) NOT NULL)`
)

// If Open refuses a file, its error is one line that names the file, and the folder is unchanged.
func TestOpenRefuses(t *testing.T) {
	wal := func(t *testing.T, path string, statements ...string) {
		makeFile(t, path, append([]string{"PRAGMA journal_mode = WAL"}, statements...)...)
	}
	lab := func(t *testing.T, path string, statements ...string) {
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		makeFile(t, path, statements...)
	}
	// corrupt overwrites a page in the middle of the file.
	corrupt := func(t *testing.T, path string) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt([]byte(strings.Repeat("garbage!", 512)), 2*4096)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	rows := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO django_session SELECT 'key' || i, 'data', '2030-01-01 00:00:00' FROM n`

	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"text", func(t *testing.T, path string) { writeFile(t, path, strings.Repeat("Dear diary, ", 1000)) }, "not a SQLite database"},
		{"a few bytes", func(t *testing.T, path string) { writeFile(t, path, "SQLite") }, "not a SQLite database"},
		{"magic only", func(t *testing.T, path string) { writeFile(t, path, "SQLite format 3\x00"+strings.Repeat("x", 5000)) }, "not a SQLite database"},
		{"zero length", func(t *testing.T, path string) { writeFile(t, path, "") }, "empty"},
		{"folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "folder"},
		{"corrupt", func(t *testing.T, path string) { makeFile(t, path, sessionTable, rows); corrupt(t, path) }, "damaged"},
		{"corrupt, WAL", func(t *testing.T, path string) { wal(t, path, sessionTable, rows); corrupt(t, path) }, "damaged"},
		{"cut off", func(t *testing.T, path string) {
			wal(t, path, sessionTable, rows)
			if err := os.Truncate(path, 3*4096+100); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"newer", func(t *testing.T, path string) { lab(t, path, "PRAGMA user_version = 99") }, "newer sessionlab"},
		{"another program's", func(t *testing.T, path string) { makeFile(t, path, "PRAGMA application_id = 7") }, "another program"},
		{"another program's version", func(t *testing.T, path string) { wal(t, path, "PRAGMA user_version = 7") }, "another program"},
		{"session: a column less", func(t *testing.T, path string) {
			makeFile(t, path, `CREATE TABLE django_session (session_key PRIMARY KEY, session_data)`)
		}, "django_session"},
		{"session: a column more", func(t *testing.T, path string) {
			wal(t, path, `CREATE TABLE django_session (session_key PRIMARY KEY, session_data, expire_date, user_id)`)
		}, "user_id"},
		{"session: in a lab's file", func(t *testing.T, path string) {
			lab(t, path, `ALTER TABLE django_session ADD COLUMN user_id integer`)
		}, "user_id"},
		{"member: no password", func(t *testing.T, path string) {
			makeFile(t, path, `CREATE TABLE online_member (id integer PRIMARY KEY, username text)`)
		}, "password"},
		{"member: one more to fill", func(t *testing.T, path string) {
			wal(t, path, `CREATE TABLE online_member (id integer PRIMARY KEY, username text, password text, email text NOT NULL)`)
		}, "email"},
		{"member: a view", func(t *testing.T, path string) {
			makeFile(t, path, `CREATE VIEW online_member AS SELECT 1 AS id, 'a' AS username, 'b' AS password`)
		}, "view"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "lab.db")
			test.make(t, path)
			before := folder(t, dir)
			db, err := Open(t.Context(), path)
			if err == nil {
				db.Close()
				t.Fatal("it was opened")
			}
			if text := err.Error(); !strings.Contains(text, path) || !strings.Contains(text, test.want) || strings.Contains(text, "\n") {
				t.Errorf("error %q, want one line with the path and %q", text, test.want)
			}
			wantSameFolder(t, dir, before)
		})
	}
}

func TestOpenRefusesWithoutFile(t *testing.T) {
	for _, test := range []struct {
		name, path string
		beside     string
		want       string
	}{
		{"no folder", "none/lab.db", "", "no folder"},
		{"folder is a file", "lab.db-wal/lab.db", "lab.db-wal", "folder"},
		{"log without file", "lab.db", "lab.db-wal", "log lab.db-wal"},
		{"journal without file", "lab.db", "lab.db-journal", "log lab.db-journal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if test.beside != "" {
				writeFile(t, filepath.Join(dir, test.beside), "something")
			}
			before := folder(t, dir)
			_, err := Open(t.Context(), filepath.Join(dir, test.path))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, test.want)
			}
			wantSameFolder(t, dir, before)
		})
	}
}

// The tables and rows of a Django project stay exactly as they are.
func TestOpenDjangoFile(t *testing.T) {
	for name, statements := range map[string][]string{
		"no table of ours": {`CREATE TABLE auth_user (id integer PRIMARY KEY)`},
		"both tables": {sessionTable, memberTable, `CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date)`,
			`INSERT INTO django_session VALUES ('k', 'd', '2030-01-01 00:00:00')`, `INSERT INTO online_member VALUES (7, 'amy', 'pw')`},
		"WAL":        {"PRAGMA journal_mode = WAL", sessionTable},
		"no index":   {sessionTable},
		"other case": {strings.ReplaceAll(sessionTable, "django_session", "Django_Session")},
		"members with more": {memberTable, `ALTER TABLE online_member ADD COLUMN email text`,
			`ALTER TABLE online_member ADD COLUMN active bool NOT NULL DEFAULT 1`},
		"UTF-16": {`PRAGMA encoding = 'UTF-16le'`, sessionTable},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite3")
			makeFile(t, path, statements...)
			if err := os.Chmod(path, 0o640); err != nil {
				t.Fatal(err)
			}
			before := schemaOf(t, path)
			for range 2 {
				useFile(t, path, "key"+name)
			}
			after := schemaOf(t, path)
			if !slices.Equal(after[:len(before)], before) {
				t.Errorf("its schema was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after[:len(before)], "\n"))
			}
			for _, sql := range after[len(before):] {
				if strings.Contains(sql, "INDEX django_session") && slices.ContainsFunc(before, func(s string) bool { return strings.EqualFold(s[:min(len(s), 30)], sessionTable[:30]) }) {
					t.Errorf("its table got an index: %s", sql)
				}
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("its mode is %v (%v), want as it was", info.Mode(), err)
			}
		})
	}
}

// schemaOf returns the statements that made the tables and indexes of a file.
func schemaOf(t *testing.T, path string) (all []string) {
	t.Helper()
	db := raw(t, path)
	defer db.Close()
	rows, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var sql string
		if err := rows.Scan(&sql); err != nil {
			t.Fatal(err)
		}
		all = append(all, sql)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// useFile opens a file as the lab does, adds and deletes a session, and adds a member.
func useFile(t *testing.T, path, key string) {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	insertSession(t, db, key, "data")
	err = db.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.Exec(`INSERT INTO online_member (username, password) VALUES ('bob', 'x')`); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM django_session WHERE session_key = ?`, key)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
