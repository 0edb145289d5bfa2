package experiment

import (
	"crypto/rand"
	"errors"
	"net/netip"
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
	now func() time.Time

	mu     sync.Mutex
	runs   []*Run // the oldest first
	tokens map[string]*Run
	starts []begun // within startsIn, the oldest first
}

// begun is that a visitor started something.
type begun struct {
	visitor string
	at      time.Time
}

// NewBench returns a bench on which nothing ran yet.
func NewBench(now func() time.Time) *Bench {
	return &Bench{now: now, tokens: map[string]*Run{}}
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
func (b *Bench) Start(order Order) (*Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.forget(now)
	recent := 0
	for _, s := range b.starts {
		if s.visitor == order.Visitor {
			recent++
		}
	}
	if recent >= maxStarts {
		return nil, ErrTooMany
	}
	b.starts = append(b.starts, begun{order.Visitor, now})
	var last, same *Run
	for _, r := range b.runs {
		if r.Visitor != order.Visitor {
			continue
		}
		last = r
		if r.Experiment.Name == order.Experiment.Name {
			same = r
		}
	}
	r := newRun(order, rand.Text(), last, b.now)
	if same != nil {
		b.remove(same)
	}
	b.runs = append(b.runs, r)
	b.tokens[r.Token] = r
	return r, nil
}

// Find is the run of a token, for the machine that started it; nil if there is none.
// Who has somebody else's token has nothing.
func (b *Bench) Find(token string, client netip.Addr) *Run {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(b.now())
	if r := b.tokens[token]; r != nil && r.Client == client {
		return r
	}
	return nil
}

// Last is what came of the visitor's last run of that experiment, nil if there was none.
func (b *Bench) Last(visitor, experiment string) *Result {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(b.now())
	for i := len(b.runs) - 1; i >= 0; i-- {
		if r := b.runs[i]; r.Visitor == visitor && r.Experiment.Name == experiment {
			return r.Result()
		}
	}
	return nil
}

// forget lets go what is too old or too much. b.mu is held.
func (b *Bench) forget(now time.Time) {
	for len(b.starts) > 0 && now.Sub(b.starts[0].at) > startsIn {
		b.starts = b.starts[1:]
	}
	bytes := 0
	for _, r := range b.runs {
		bytes += r.size()
	}
	for len(b.runs) > 0 && (len(b.runs) >= maxRuns || bytes > maxBytes || now.Sub(b.runs[0].started) > keepResults) {
		bytes -= b.runs[0].size()
		b.remove(b.runs[0])
	}
}

func (b *Bench) remove(r *Run) {
	for i, old := range b.runs {
		if old == r {
			b.runs = append(b.runs[:i:i], b.runs[i+1:]...)
			break
		}
	}
	delete(b.tokens, r.Token)
}
