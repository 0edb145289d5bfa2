package experiment

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"sessionlab/internal/visitor"
	"slices"
	"sync"
	"time"
)

const (
	keepResults = time.Hour
	maxRuns     = 2000     // kept in all; the oldest go first
	maxBytes    = 64 << 20 // of what all of them saw
	maxStarts   = 60       // of one visitor within startsIn
	startsIn    = time.Minute
	runTime     = 10 * time.Minute // after which a run only deletes its cookies

	maxContinued = 200       // lines; who left more begins anew: browsers have no room for more
	maxUndo      = 128 << 10 // bytes of lines in one answer: browsers give up beyond 256 KiB
	maxLeft      = 2000      // lines that are still to be deleted, of all runs before

	maxHeader  = 64 << 10 // bytes of a Cookie header that an observation keeps,
	maxNotable = 400      // of another header's value,
	maxTrouble = 200      // and of what a script could not do;
	maxItems   = 20       // so many of what cookieStore has
)

// ErrTooMany says that a visitor starts experiments faster than anybody can look at them.
var ErrTooMany = errors.New("too many experiments")

// Bench is where experiments run. It keeps the last result of each, for an hour.
// It is safe for use by many goroutines at once.
type Bench struct {
	now      func() time.Time
	visitors *visitor.Store[*visitorRuns]

	mu     sync.Mutex
	tokens map[string]*Run
}

// visitorRuns are a visitor's. The lock of the store guards them.
type visitorRuns struct {
	all    []*Run      // the last one of each experiment, the oldest first
	starts []time.Time // within startsIn
}

// NewBench returns a bench on which nothing ran yet.
func NewBench(now func() time.Time) *Bench {
	b := &Bench{now: now, tokens: map[string]*Run{}}
	b.visitors = visitor.NewStore(visitor.Bounds[*visitorRuns]{
		Visitors: maxRuns, Idle: keepResults, Bytes: maxBytes, Size: (*visitorRuns).size,
		Drop: func(of *visitorRuns) { b.forget(of.all...) },
	}, now)
	return b
}

// Order is what a run is started for.
type Order struct {
	Experiment Experiment
	World      World
	Visitor    string     // whose it is
	Client     netip.Addr // the machine from which the steps have to come
	Lang       string     // of the page that the visitor sees meanwhile
	Back       string     // the path of the lab to come back to
}

// Start makes a run, which waits for its browser. A visitor has one at a time: the
// one before is over. The error is ErrTooMany.
func (b *Bench) Start(order Order) (r *Run, err error) {
	full := b.visitors.Update(order.Visitor, func(of *visitorRuns) *visitorRuns {
		if of == nil {
			of = &visitorRuns{}
		}
		now := b.now()
		of.starts = slices.DeleteFunc(of.starts, func(at time.Time) bool { return now.Sub(at) > startsIn })
		if len(of.starts) >= maxStarts {
			err = ErrTooMany
			return of
		}
		of.starts = append(of.starts, now)
		b.expire(of)
		var last *Run
		if len(of.all) > 0 {
			last = of.all[len(of.all)-1]
		}
		r = newRun(order, rand.Text(), last, b.now)
		b.remove(of, func(old *Run) bool { return old.Experiment.Name == order.Experiment.Name })
		of.all = append(of.all, r)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.tokens[r.Token] = r
		return of
	})
	if full != nil {
		return nil, full
	}
	return r, err
}

// Find returns the run of a token to the machine that started it, nil if there is none. Somebody
// else's token is worth nothing.
func (b *Bench) Find(token string, client netip.Addr) *Run {
	b.mu.Lock()
	r := b.tokens[token]
	b.mu.Unlock()
	if r == nil || r.Client != client {
		return nil
	}
	found := false
	b.visitors.Use(r.Visitor, func(of *visitorRuns) {
		b.expire(of)
		found = slices.Contains(of.all, r)
	})
	if !found {
		return nil
	}
	return r
}

// Last returns what came of the visitor's last run of that experiment, nil if there was none.
func (b *Bench) Last(visitor, experiment string) (result *Result) {
	b.visitors.Use(visitor, func(of *visitorRuns) {
		b.expire(of)
		for _, r := range of.all {
			if r.Experiment.Name == experiment {
				result = r.Result()
			}
		}
	})
	return result
}

// expire lets a visitor's runs go that are too old.
func (b *Bench) expire(of *visitorRuns) {
	old := b.now().Add(-keepResults)
	b.remove(of, func(r *Run) bool { return r.started.Before(old) })
}

func (b *Bench) remove(of *visitorRuns, over func(*Run) bool) {
	of.all = slices.DeleteFunc(of.all, func(r *Run) bool {
		if !over(r) {
			return false
		}
		b.forget(r)
		return true
	})
}

// forget makes the tokens of runs worth nothing.
func (b *Bench) forget(runs ...*Run) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range runs {
		delete(b.tokens, r.Token)
	}
}

// size returns about how many bytes of memory the runs take; none counts for less than its share of
// maxBytes, so that there are no more than maxRuns.
func (of *visitorRuns) size() (size int) {
	for _, r := range of.all {
		size += max(r.size(), maxBytes/maxRuns)
	}
	return size
}
