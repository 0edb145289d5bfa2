package race

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// Bounds on what visitors can make the lab do. An experiment has at most three sessions, each with at
// most 500 short names.
const (
	maxRaces        = 16          // running, of all visitors
	maxVisitorRaces = 2           // of one visitor
	raceTime        = time.Minute // from the start to the end of an experiment
	maxRaceViews    = 500         // visitors whose last results are kept
	raceViewTime    = time.Hour
	raceRetry       = 10 * time.Second
)

// The names that are watched in the sessions of the two kinds of experiments.
const (
	raceCounter = "n"
	raceUser    = "user"
)

// races holds the running experiments of all visitors. It is safe for concurrent use.
type races struct {
	store session.Store
	now   func() time.Time

	views *visitor.Store[raceView]

	mu   sync.Mutex
	runs map[string]*raceRun
}

// raceView holds the results of the last experiments that a visitor's page shows.
type raceView struct {
	Race   *raceResult
	Logout []raceLogout
}

// newRaces returns races that keep their sessions in the lab's engine or, if it keeps none on the
// server, in memory.
func newRaces(store session.Store, now func() time.Time) *races {
	if !session.CanRevoke(store) {
		store = session.NewCache(session.Limits{Entries: 10 * maxRaces, Bytes: 16 << 20}, now)
	}
	return &races{store: store, now: now, runs: map[string]*raceRun{},
		views: visitor.NewStore(visitor.Bounds[raceView]{Visitors: maxRaceViews, Idle: raceViewTime}, now)}
}

// begin opens an experiment whose sessions hold value under the watched name.
func (a *races) begin(ctx context.Context, visitor string, strategies, most int, watch string, value any) (*raceRun, error) {
	run := &raceRun{races: a, id: rand.Text(), visitor: visitor, opened: a.now(), most: most, watch: watch}
	overdue, err := a.admit(run)
	for _, old := range overdue {
		_, _ = old.end(ctx) // if the store fails, what is left there expires
	}
	if err != nil {
		return nil, err
	}
	if err := run.open(ctx, strategies, value); err != nil {
		_, _ = run.end(ctx) // the same
		return nil, err
	}
	return run, nil
}

// admit makes room for a run, or refuses it. It returns the overdue runs, left by closed tabs, for
// the caller to end.
func (a *races) admit(run *raceRun) (overdue []*raceRun, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	own := 0
	for id, other := range a.runs {
		switch {
		case run.opened.Sub(other.opened) > raceTime:
			overdue = append(overdue, other)
			delete(a.runs, id)
		case other.visitor == run.visitor:
			own++
		}
	}
	switch {
	case own >= maxVisitorRaces:
		return overdue, web.Explain(http.StatusTooManyRequests, "race.error.own", map[string]any{"Most": maxVisitorRaces})
	case len(a.runs) >= maxRaces:
		return overdue, web.Explain(http.StatusTooManyRequests, "race.error.all", map[string]any{"Most": maxRaces})
	}
	a.runs[run.id] = run
	return overdue, nil
}

func (a *races) leave(run *raceRun) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.runs, run.id)
}

// find returns a visitor's run that has not ended and watches that name.
func (a *races) find(visitor, id, watch string) (*raceRun, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	run := a.runs[id]
	if run == nil || run.visitor != visitor || run.watch != watch || a.now().Sub(run.opened) > raceTime {
		return nil, errRaceOver
	}
	return run, nil
}

// show changes what a visitor's page shows.
func (a *races) show(visitor string, change func(*raceView)) {
	_ = a.views.Update(visitor, func(v raceView) raceView { // cannot fail: older ones make room
		change(&v)
		return v
	})
}
