package experiment

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sessionlab/internal/visitor"
)

const (
	keepResults = time.Hour
	maxRuns     = 2000     // kept for all visitors together
	maxBytes    = 64 << 20 // for what all of them saw
	maxStarts   = 60       // by one visitor within startsIn
	startsIn    = time.Minute
	runTime     = 10 * time.Minute // after this, a run only deletes its cookies

	maxContinued = 200       // lines; after more, a run starts afresh, because browsers have no room for more
	maxUndo      = 128 << 10 // bytes of lines in one response; browsers accept up to 256 KiB
	maxLeft      = 2000      // lines that are still to be deleted, of all earlier runs

	maxHeader  = 64 << 10 // bytes kept of a Cookie header,
	maxNotable = 400      // of another header's value,
	maxTrouble = 200      // and of the reason why a script failed
	maxItems   = 20       // entries kept of a cookieStore
)

// ErrTooMany says that a visitor starts experiments faster than anyone could look at them.
var ErrTooMany = errors.New("too many experiments")

// Runner starts experiments and keeps each visitor's last result of each for an hour. It is safe for concurrent
// use.
type Runner struct {
	now      func() time.Time
	visitors *visitor.Store[*visitorRuns]

	mu     sync.Mutex
	tokens map[string]started
}

// started is a run with the name that its visitor has now.
type started struct {
	run     *Run
	visitor string
}

// visitorRuns holds the runs of one visitor. The lock of the store guards it.
type visitorRuns struct {
	all    []*Run      // the last run of each experiment, oldest first
	starts []time.Time // times of starts within startsIn
}

// NewRunner returns a runner without any runs.
func NewRunner(now func() time.Time) *Runner {
	runner := &Runner{now: now, tokens: map[string]started{}}
	runner.visitors = visitor.NewStore(visitor.Bounds[*visitorRuns]{
		Visitors: maxRuns, Idle: keepResults, Bytes: maxBytes, Size: (*visitorRuns).size,
		Drop: func(of *visitorRuns) { runner.forget(of.all...) },
	}, now)
	return runner
}

// Order describes a run to start.
type Order struct {
	Experiment Experiment
	World      World
	Visitor    string     // who starts it
	Client     netip.Addr // the machine that the steps must come from
	Lang       string     // the language of the page that the visitor sees meanwhile
	Back       string     // the path of the lab's page to return to
}

// Start makes a run, which waits for its browser. A visitor has only one run at a time: Start ends the one before.
// The error is ErrTooMany.
func (runner *Runner) Start(order Order) (r *Run, err error) {
	full := runner.visitors.Update(order.Visitor, func(of *visitorRuns) *visitorRuns {
		if of == nil {
			of = &visitorRuns{}
		}
		now := runner.now()
		of.starts = slices.DeleteFunc(of.starts, func(at time.Time) bool { return now.Sub(at) > startsIn })
		if len(of.starts) >= maxStarts {
			err = ErrTooMany
			return of
		}
		of.starts = append(of.starts, now)
		runner.expire(of)
		var last *Run
		if len(of.all) > 0 {
			last = of.all[len(of.all)-1]
		}
		r = newRun(order, rand.Text(), last, runner.now)
		runner.remove(of, func(old *Run) bool { return old.Experiment.Name == order.Experiment.Name })
		of.all = append(of.all, r)
		runner.mu.Lock()
		defer runner.mu.Unlock()
		runner.tokens[r.Token] = started{r, order.Visitor}
		return of
	})
	if full != nil {
		return nil, full
	}
	return r, err
}

// Find returns the run of a token and its visitor to the machine that started it, nil if there is none.
// Somebody else's token is worth nothing.
func (runner *Runner) Find(token string, client netip.Addr) (run *Run, visitor string) {
	runner.mu.Lock()
	at := runner.tokens[token]
	runner.mu.Unlock()
	if at.run == nil || at.run.Client != client {
		return nil, ""
	}
	runner.visitors.Use(at.visitor, func(of *visitorRuns) {
		runner.expire(of)
		if slices.Contains(of.all, at.run) {
			run, visitor = at.run, at.visitor
		}
	})
	return run, visitor
}

// Rename hands a visitor's runs to the visitor's new name.
func (runner *Runner) Rename(old, id string) {
	if !runner.visitors.Rename(old, id) {
		return
	}
	runner.mu.Lock()
	defer runner.mu.Unlock()
	for token, at := range runner.tokens {
		if at.visitor == old {
			runner.tokens[token] = started{at.run, id}
		}
	}
}

// Last returns the result of the visitor's last run of that experiment, or nil if there was none.
func (runner *Runner) Last(visitor, experiment string) (result *Result) {
	runner.visitors.Use(visitor, func(of *visitorRuns) {
		runner.expire(of)
		for _, r := range of.all {
			if r.Experiment.Name == experiment {
				result = r.Result()
			}
		}
	})
	return result
}

// Latest returns the result of the visitor's last run of any experiment, or nil if there was none.
func (runner *Runner) Latest(visitor string) (result *Result) {
	runner.visitors.Use(visitor, func(of *visitorRuns) {
		runner.expire(of)
		if len(of.all) > 0 {
			result = of.all[len(of.all)-1].Result()
		}
	})
	return result
}

// expire removes a visitor's runs that are too old.
func (runner *Runner) expire(of *visitorRuns) {
	old := runner.now().Add(-keepResults)
	runner.remove(of, func(r *Run) bool { return r.started.Before(old) })
}

// remove removes those of a visitor's runs for which over returns true.
func (runner *Runner) remove(of *visitorRuns, over func(*Run) bool) {
	of.all = slices.DeleteFunc(of.all, func(r *Run) bool {
		if !over(r) {
			return false
		}
		runner.forget(r)
		return true
	})
}

// forget makes the tokens of runs invalid.
func (runner *Runner) forget(runs ...*Run) {
	runner.mu.Lock()
	defer runner.mu.Unlock()
	for _, r := range runs {
		delete(runner.tokens, r.Token)
	}
}

// size returns about how many bytes of memory the runs take. Each counts as at least its share of maxBytes, so that
// there are never more than maxRuns.
func (of *visitorRuns) size() (size int) {
	for _, r := range of.all {
		size += max(r.size(), maxBytes/maxRuns)
	}
	return size
}
