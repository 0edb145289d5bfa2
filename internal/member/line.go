package member

import (
	"context"
	"runtime"
)

// maxWaiting bounds how many callers may wait to hash. At 65 ms for a hash and two at a time, the last
// one waits about 8 s.
const maxWaiting = 256

// line limits how many passwords are hashed at once to the number of cores. One hash takes 19 MiB and a
// whole core: forty at once would fill the memory of a small machine and be no faster.
type line struct {
	cores   chan struct{}
	waiting chan struct{}
}

func newLine() *line {
	return &line{make(chan struct{}, runtime.GOMAXPROCS(0)), make(chan struct{}, maxWaiting)}
}

// wait runs hash when it is the caller's turn. It returns ErrBusy at once if the line is too long, and
// ctx's error if the caller leaves first.
func (l *line) wait(ctx context.Context, hash func()) error {
	select {
	case l.waiting <- struct{}{}:
	default:
		return ErrBusy
	}
	defer func() { <-l.waiting }()
	select {
	case l.cores <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.cores }()
	if err := ctx.Err(); err != nil {
		return err
	}
	hash()
	return nil
}
