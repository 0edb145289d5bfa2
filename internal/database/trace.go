package database

import (
	"context"
	"time"
)

// Statement describes a statement that has run.
type Statement struct {
	Query    string
	Args     []any
	Changed  int64 // number of rows; -1 for a query
	Shared   int   // for a COMMIT: how many callers shared it
	Start    time.Time
	Duration time.Duration // for a query: until the first row
	Err      error
}

// traceKey is the key of the trace function in a context.
type traceKey struct{}

// WithTrace returns a context that makes trace receive every statement after it has run, and the COMMIT
// that put them on disk. trace may be called on another goroutine than the caller's, but for one Read,
// Write or Exec never twice at the same time and never after it has returned. It must be quick, because
// all other writes wait for it.
func WithTrace(ctx context.Context, trace func(Statement)) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

// traceOf returns the trace function of a context, or nil.
func traceOf(ctx context.Context) func(Statement) {
	trace, _ := ctx.Value(traceKey{}).(func(Statement))
	return trace
}
