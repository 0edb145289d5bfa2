package database

import (
	"context"
	"time"
)

// Statement is one that ran, for whoever traces.
type Statement struct {
	Query    string
	Args     []any
	Changed  int64 // rows; -1 for a statement that asks for rows
	Shared   int   // of a COMMIT: for how many callers at once it was
	Start    time.Time
	Duration time.Duration // of a query: until the first row
	Err      error
}

type traceKey struct{}

// WithTrace returns a context whose statements are told to trace, each when it has run, and the
// COMMIT that put them on disk. trace may be called by another goroutine than the caller's, but never by
// two at once for one Read, Write or Exec, and never after it returned. It must be quick: all other
// writes wait for it.
func WithTrace(ctx context.Context, trace func(Statement)) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

func traceOf(ctx context.Context) func(Statement) {
	trace, _ := ctx.Value(traceKey{}).(func(Statement))
	return trace
}
