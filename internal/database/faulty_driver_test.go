package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// faults makes operations of a writer's connections fail.
type faults struct {
	mu     sync.Mutex
	choose choice         // nil: nothing fails
	struck map[string]int // how often each kind of operation failed
	opened int            // number of open connections
}

// choice decides whether the next operation of a kind fails: "open", "close", "prepare" or a statement's kind.
type choice func(kind string) (fault, error)

// fault says how an operation fails.
type fault int

const (
	none       fault = iota
	before           // nothing was done
	after            // it was done, but reports a failure
	rolledBack       // SQLite rolled back the whole transaction, as it does when the disk is full
)

// once makes the next operation of a kind fail.
func once(kind string, how fault, err error) choice {
	return func(next string) (fault, error) {
		if next != kind || how == none {
			return none, nil
		}
		now := how
		how = none
		return now, err
	}
}

// sometimes makes one in six operations of these kinds fail.
func sometimes(luck *rand.Rand, kinds []string, errs []error) choice {
	return func(kind string) (fault, error) {
		if !slices.Contains(kinds, kind) || luck.IntN(6) > 0 {
			return none, nil
		}
		how := before + fault(luck.IntN(3))
		if how == after && (kind == "COMMIT" || kind == "statement") {
			how = before // a failed statement must have changed nothing, as SQLite guarantees
		}
		return how, errs[luck.IntN(len(errs))]
	}
}

func (f *faults) set(choose choice) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.choose = choose
}

func (f *faults) next(kind string) (fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.choose == nil {
		return none, nil
	}
	how, err := f.choose(kind)
	if how != none {
		f.struck[kind]++
	}
	return how, err
}

// operation returns the kind of a statement.
func operation(query string) string {
	for _, kind := range []string{"BEGIN", "SAVEPOINT", "ROLLBACK TO", "RELEASE", "COMMIT"} {
		if strings.HasPrefix(query, kind) {
			return kind
		}
	}
	return "statement"
}

// connect opens a connection with SQLite's driver, or fails.
func (f *faults) connect(d driver.Driver, dsn string) (driver.Conn, error) {
	how, err := f.next("open")
	if how != none {
		return nil, err
	}
	c, err := d.Open(dsn)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return faultyConn{c, f}, nil
}

type faultyConnector struct {
	faults *faults
	driver driver.Driver
	dsn    string
}

func (c faultyConnector) Connect(context.Context) (driver.Conn, error) {
	return c.faults.connect(c.driver, c.dsn)
}
func (c faultyConnector) Driver() driver.Driver { return c.driver }

type faultyConn struct {
	driver.Conn
	faults *faults
}

func (c faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	how, err := c.faults.next("prepare")
	if how != none {
		c.rollBack(how)
		return nil, err
	}
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return faultyStmt{stmt, c, operation(query)}, nil
}

func (c faultyConn) Close() error {
	c.faults.mu.Lock()
	c.faults.opened--
	c.faults.mu.Unlock()
	_, err := c.faults.next("close")
	if closed := c.Conn.Close(); closed != nil {
		return closed
	}
	return err
}

func (c faultyConn) rollBack(how fault) {
	if how == rolledBack {
		// An error only means that there is no transaction to roll back.
		_, _ = c.Conn.(driver.ExecerContext).ExecContext(context.Background(), "ROLLBACK", nil)
	}
}

type faultyStmt struct {
	driver.Stmt
	conn faultyConn
	kind string
}

func (s faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return strike(s, func() (driver.Result, error) { return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args) }, nil)
}

func (s faultyStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return strike(s, func() (driver.Rows, error) { return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args) }, driver.Rows.Close)
}

// strike runs a statement or makes it fail. drop closes the result of one that reports a failure.
func strike[T any](s faultyStmt, run func() (T, error), drop func(T) error) (result T, err error) {
	how, err := s.conn.faults.next(s.kind)
	switch how {
	case none:
		return run()
	case after:
		done, failed := run()
		if failed == nil && drop != nil {
			failed = drop(done)
		}
		if failed != nil { // a real failure needs no fault
			return result, failed
		}
	}
	s.conn.rollBack(how)
	return result, err
}

// newFaulty opens a database with faults in the writer's connections and in opening them.
func newFaulty(t *testing.T) (*DB, *faults) {
	t.Helper()
	db, f := newFile(t), &faults{struck: make(map[string]int)}
	real := raw(t, db.Path())
	defer real.Close()
	connector := faultyConnector{f, real.Driver(), db.source.writer}
	// No write uses these two yet.
	if err := db.writer.conn.close(); err != nil {
		t.Fatal(err)
	}
	db.writer.conn = nil
	db.writer.open = func() (*conn, error) { return newConn(context.Background(), sql.OpenDB(connector)) }
	return db, f
}

// sqliteErrors returns genuine errors of SQLite that mean that the database is unavailable. Only SQLite can
// make such errors.
func sqliteErrors(t *testing.T) []error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "errors.db")
	full := raw(t, path, `CREATE TABLE t (x)`, `PRAGMA max_page_count = 1`)
	defer full.Close()
	readOnly := raw(t, path, `PRAGMA query_only = 1`)
	defer readOnly.Close()
	missing := raw(t, filepath.Join(t.TempDir(), "no folder", "errors.db"))
	defer missing.Close()
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	writeFile(t, garbage, strings.Repeat("no database ", 1000))
	noDatabase := raw(t, garbage)
	defer noDatabase.Close()
	var errs []error
	for _, failing := range []struct {
		db    *sql.DB
		query string
	}{
		{full, `INSERT INTO t VALUES (zeroblob(1000000))`},
		{readOnly, `INSERT INTO t VALUES (1)`},
		{missing, `SELECT * FROM sqlite_schema`},
		{noDatabase, `SELECT * FROM sqlite_schema`},
	} {
		_, err := failing.db.Exec(failing.query)
		if primary(err) == 0 {
			t.Fatalf("%s: %v, want an error of SQLite's", failing.query, err)
		}
		errs = append(errs, err)
	}
	if _, err := full.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	_, busy := readOnly.Exec(`BEGIN IMMEDIATE`)
	if primary(busy) == 0 {
		t.Fatalf("two write at once: %v", busy)
	}
	return append(errs, busy)
}
