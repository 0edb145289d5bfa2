package database

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A copy of the file and its log, taken while both are in use, equals what a killed process leaves behind.
func TestOpenAfterCrash(t *testing.T) {
	for name, beside := range map[string][]string{"with shm": {"-wal", "-shm"}, "without shm": {"-wal"}} {
		t.Run(name, func(t *testing.T) {
			db := newFile(t)
			for _, name := range []string{"a", "b"} {
				if err := db.Write(t.Context(), put(name)); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(t.TempDir(), "copy.db")
			for _, suffix := range append(beside, "") {
				writeFile(t, path+suffix, readFile(t, db.Path()+suffix))
			}
			wantNames(t, openFile(t, path), "a", "b")
		})
	}
}

// A refused file keeps its log and the commits in it.
func TestOpenRefusesAfterCrash(t *testing.T) {
	db := newFile(t)
	err := db.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec("PRAGMA user_version = 99")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		writeFile(t, path+suffix, readFile(t, db.Path()+suffix))
	}
	before := folder(t, dir)
	if _, err := Open(t.Context(), path); err == nil {
		t.Fatal("it was opened")
	}
	after := folder(t, dir)
	for name, content := range before {
		if after[name] != content {
			t.Errorf("%s was changed", name)
		}
	}
}

// A Django that crashed in the middle of a transaction leaves a journal, and opening the file undoes it.
func TestOpenWithHotJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "django.db")
	makeFile(t, path, sessionTable, `INSERT INTO django_session VALUES ('kept', 'd', '2030')`)
	other := raw(t, path, "PRAGMA cache_size = 1", "BEGIN",
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO django_session SELECT 'key' || i, 'd', '2030' FROM n`)
	defer other.Close()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-journal"} {
		writeFile(t, copied+suffix, readFile(t, path+suffix))
	}
	db := openFile(t, copied)
	var rows int
	err := db.Read(t.Context(), func(tx *Tx) error { return tx.QueryRow(`SELECT count(*) FROM django_session`).Scan(&rows) })
	if err != nil || rows != 1 {
		t.Errorf("%d rows (%v), want the one that was committed", rows, err)
	}
}

// Every write acknowledged by a process that was then killed survives, even if another lab has the file open.
func TestKill(t *testing.T) {
	const variable = "DATABASE_TEST_KILL"
	if path := os.Getenv(variable); path != "" { // this is the process that gets killed
		db := openFile(t, path)
		for i := 0; ; i++ {
			if err := db.Write(t.Context(), put(fmt.Sprintf("%06d", i))); err != nil {
				t.Fatal(err)
			}
			fmt.Println(i)
		}
	}
	for name, together := range map[string]bool{"alone": false, "two processes": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lab.db")
			command := exec.Command(os.Args[0], "-test.run=^TestKill$")
			command.Env = append(os.Environ(), variable+"="+path)
			out, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			acknowledged := 0
			for lines := bufio.NewScanner(out); acknowledged < 50 && lines.Scan(); {
				n, err := strconv.Atoi(lines.Text())
				if err != nil {
					t.Fatalf("the other process says: %s", lines.Text())
				}
				acknowledged = n + 1
				if acknowledged == 20 && together {
					db := openFile(t, path)
					if err := db.Write(t.Context(), put("x")); err != nil {
						t.Error(err)
					}
				}
			}
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := command.Wait(); err == nil {
				t.Error("it ended by itself")
			}
			db := openFile(t, path)
			for i, name := range names(t, db)[:acknowledged] {
				if want := fmt.Sprintf("%06d", i); name != want {
					t.Fatalf("row %d is %q, want %q", i, name, want)
				}
			}
			if err := db.Write(t.Context(), put("y")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A bug in the writer ends the program, even though it strikes in a caller's goroutine, where a server
// would recover: others wait for the same commit.
func TestPanicOfTheWriter(t *testing.T) {
	const variable = "DATABASE_TEST_PANIC"
	if path := os.Getenv(variable); path != "" { // this is the process that should end
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = recover() }()
		_, err = db.Exec(WithTrace(t.Context(), func(Statement) { panic("a mistake") }), `DELETE FROM django_session`)
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "-test.run=^TestPanicOfTheWriter$")
	command.Env = append(os.Environ(), variable+"="+filepath.Join(t.TempDir(), "lab.db"))
	out, err := command.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed || !strings.Contains(string(out), "panic: a mistake") || !strings.Contains(string(out), "(*writer).execute") {
		t.Errorf("the other process ended with %v and says: %s", err, out)
	}
}
