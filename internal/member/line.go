package member

import (
	"context"
	"runtime"
)

// maxWaiting is how many may wait in line for hashing: at 65 ms each and two
// at a time, the last one waits some 8 s.
const maxWaiting = 256

// line lets as many passwords be hashed at once as there are cores. One hash
// takes 19 MiB and a core to itself: forty at once would take the memory of a
// small machine, and be no faster.
type line struct {
	cores   chan struct{}
	waiting chan struct{}
}

func newLine() *line {
	return &line{make(chan struct{}, runtime.GOMAXPROCS(0)), make(chan struct{}, maxWaiting)}
}

// wait runs hash when it is its turn. It returns ErrBusy at once if the line is
// too long, and ctx's error if the caller left before its turn.
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
