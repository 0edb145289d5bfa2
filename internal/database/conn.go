package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// conn holds one connection to SQLite and the statements prepared on it. Only one goroutine may use it
// at a time.
type conn struct {
	db    *sql.DB // limited to this one connection
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
}

// openConn opens the database that dsn names.
func openConn(ctx context.Context, dsn string) (*conn, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open a connection: %w", err)
	}
	return newConn(ctx, db)
}

// newConn opens a connection of db. Closing the connection also closes db.
func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	db.SetMaxOpenConns(1)
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a connection: %w", err), db.Close())
	}
	return &conn{db: db, sql: c, stmts: make(map[string]*sql.Stmt)}, nil
}

// close closes the connection, which rolls back an open transaction. Statements are closed first: SQLite
// keeps the connection, its file and its locks until the last of them is gone.
func (c *conn) close() error {
	var errs []error
	for _, stmt := range c.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.sql.Close(), c.db.Close())...)
}

// prepare returns the statement for query and keeps it until the connection is closed.
func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// exec runs a statement without arguments.
func (c *conn) exec(query string) error {
	stmt, err := c.prepare(query)
	if err == nil {
		_, err = stmt.Exec()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}
