package session

import (
	"context"
	"fmt"
	"time"
)

const (
	// sweepBatch bounds what is deleted at once, and sweepPause lets requests write in between.
	sweepBatch = 50
	sweepPause = 10 * time.Millisecond
)

// Sweep deletes the sessions that expired before that time, in small batches with a pause between
// them, and returns how many it deleted, even with an error.
func Sweep(ctx context.Context, store Store, before time.Time) (deleted int, err error) {
	for {
		n, err := store.DeleteExpired(ctx, before, sweepBatch)
		deleted += n
		if err != nil {
			return deleted, fmt.Errorf("sweep expired sessions: %w", err)
		}
		if n < sweepBatch {
			return deleted, nil
		}
		if err := sleep(ctx, sweepPause); err != nil {
			return deleted, fmt.Errorf("sweep expired sessions: %w", err)
		}
	}
}

// StartSweep sweeps at once and then again an interval after each sweep, until stop is called;
// stop waits until it has stopped. Each sweep's outcome is given to report; an error contains no key.
func StartSweep(store Store, interval time.Duration, now func() time.Time, report func(deleted int, err error)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			deleted, err := Sweep(ctx, store, now())
			if ctx.Err() != nil {
				return
			}
			report(deleted, err)
			if sleep(ctx, interval) != nil {
				return
			}
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// sleep returns after d, or with ctx's error if that ends earlier.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
