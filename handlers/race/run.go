package race

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"sessionlab/internal/web"
	"sessionlab/session"
)

// raceRun holds one experiment: a session for each strategy, and the requests that are sent to it.
type raceRun struct {
	races   *races
	id      string
	visitor string
	opened  time.Time
	most    int    // requests per strategy
	watch   string // the name whose value is watched
	rows    []*raceRow
	work    time.Duration // of each request, unless it has its own

	entrance
}

// entrance lets the requests of a run in until the run has ended.
type entrance struct {
	mu       sync.Mutex
	ended    bool
	inFlight sync.WaitGroup
}

// raceRow holds one session of an experiment.
type raceRow struct {
	key         string
	sent        int
	done        []raceRequest
	first, last time.Time

	// For a logout in the middle: closed when the slow request has read and when the logout is done,
	// and what the logout did.
	hasRead, isOut chan struct{}
	loggedOut      bool // or about to be
	out            *raceRequest
}

// raceRequest is what one request did.
type raceRequest struct {
	number int
	events []raceEvent
	err    error
}

// errRaceOver refuses a request of an experiment that has ended or never was this visitor's.
var errRaceOver = web.Explain(http.StatusNotFound, "race.error.over", map[string]any{"Seconds": int(raceTime.Seconds())})

// open creates a session for each strategy. They expire automatically, in case nobody is left to
// delete them.
func (run *raceRun) open(ctx context.Context, strategies int, value any) error {
	for range strategies {
		s := session.Open(ctx, run.races.store, "", run.races.now)
		s.SetExpiry(int(2 * raceTime.Seconds()))
		s.Set(run.watch, value)
		if err := s.Save(); err != nil {
			return err
		}
		run.rows = append(run.rows, &raceRow{key: s.ID(), hasRead: make(chan struct{}), isOut: make(chan struct{})})
	}
	return nil
}

// request runs one request with a strategy and records it.
func (run *raceRun) request(ctx context.Context, strategy int, work func()) error {
	row, number, err := run.enter(strategy)
	if err != nil {
		return err
	}
	defer run.inFlight.Done()
	begun := run.races.now()
	var events []raceEvent
	store := run.watched(&events)
	s := session.Open(ctx, store, row.key, run.races.now)
	err = raceStrategies[strategy].run(racer{ctx, store, row.key, s, "r" + strconv.Itoa(number), work})
	run.mu.Lock()
	defer run.mu.Unlock()
	row.done = append(row.done, raceRequest{number, events, err})
	row.last = run.races.now()
	if row.first.IsZero() || begun.Before(row.first) {
		row.first = begun
	}
	return err
}

// enter counts a request in, or refuses it.
func (run *raceRun) enter(strategy int) (*raceRow, int, error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.ended || strategy < 0 || strategy >= len(run.rows) || run.rows[strategy].sent >= run.most {
		return nil, 0, errRaceOver
	}
	run.inFlight.Add(1)
	row := run.rows[strategy]
	row.sent++
	return row, row.sent, nil
}

// pause returns the work of a request.
func (run *raceRun) pause(ctx context.Context) func() {
	return func() {
		if run.work == 0 {
			return
		}
		select {
		case <-time.After(run.work):
		case <-ctx.Done(): // the store will report it
		}
	}
}

// all sends the requests of one strategy at once, each from a goroutine, and returns when they are
// done.
func (run *raceRun) all(ctx context.Context, strategy int) error {
	errs := make([]error, run.most)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			<-start
			errs[i] = run.request(ctx, strategy, run.pause(ctx))
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// end waits for the requests that are still running and returns what became of the sessions: one that
// is gone has no key. Unless it fails, nothing of the experiment is left in the store.
func (run *raceRun) end(ctx context.Context) (left []session.Record, err error) {
	// The sessions must be deleted even if the client has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), raceTime)
	defer cancel()
	run.mu.Lock()
	run.ended = true
	run.mu.Unlock()
	run.inFlight.Wait()
	defer run.races.leave(run)
	for _, row := range run.rows {
		r, failed := run.races.store.Load(ctx, row.key)
		if !errors.Is(failed, session.ErrNotFound) {
			err = errors.Join(err, failed)
		}
		err = errors.Join(err, run.races.store.Delete(ctx, row.key))
		left = append(left, r)
	}
	return left, err
}

// raceOutcome holds the result of the increments with one strategy.
type raceOutcome struct {
	Name    string
	Sent    int // and answered
	Counter int
	Marks   int
	Took    time.Duration
	Picture *racePicture // of two that overlapped, or nil
}

// outcomes ends a run of increments and returns the results.
func (run *raceRun) outcomes(ctx context.Context) (all []raceOutcome, err error) {
	left, err := run.end(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range left {
		if r.Key == "" {
			return nil, errRaceOver // the engine's memory was full, or someone emptied it
		}
		row := run.rows[i]
		o := raceOutcome{Name: raceStrategies[i].Name, Took: row.last.Sub(row.first), Picture: raceOverlap(row.done)}
		n, _ := r.Data.Get(run.watch)
		o.Counter = session.Int(n)
		for _, request := range row.done {
			if request.err == nil {
				o.Sent++
			}
		}
		for name := range r.Data.All() {
			if strings.HasPrefix(name, "r") {
				o.Marks++
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// LostCounter returns how many increments the counter lost.
func (o raceOutcome) LostCounter() int { return o.Sent - o.Counter }

// LostMarks returns how many requests' own names were lost.
func (o raceOutcome) LostMarks() int { return o.Sent - o.Marks }
