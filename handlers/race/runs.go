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

// What a visitor can make the lab do. An experiment has at most three sessions, each of at most 500
// short names.
const (
	maxRaces        = 16          // under way, of all visitors
	maxVisitorRaces = 2           // of one
	raceTime        = time.Minute // from its beginning to its end
	maxRaceViews    = 500         // visitors whose last results are kept
	raceViewTime    = time.Hour
	raceRetry       = 10 * time.Second
)

// What the sessions of the two kinds of experiments hold, and what is watched there.
const (
	raceCounter = "n"
	raceUser    = "user"
)

// races are the experiments of all visitors. It is safe for use by many goroutines at once.
type races struct {
	store session.Store
	now   func() time.Time

	views *visitor.Store[raceView]

	mu   sync.Mutex
	runs map[string]*raceRun
}

// raceView is what a visitor's page shows of the last experiments.
type raceView struct {
	Race   *raceResult
	Logout []raceLogout
}

// newRaces keeps the experiments' sessions in the lab's engine or, if that has none on the server, in
// memory.
func newRaces(store session.Store, now func() time.Time) *races {
	if !session.CanRevoke(store) {
		store = session.NewCache(session.Limits{Entries: 10 * maxRaces, Bytes: 16 << 20}, now)
	}
	return &races{store: store, now: now, runs: map[string]*raceRun{},
		views: visitor.NewStore(visitor.Bounds[raceView]{Visitors: maxRaceViews, Idle: raceViewTime}, now)}
}

// begin opens an experiment, whose sessions hold that value under the name that is watched.
func (a *races) begin(ctx context.Context, visitor string, strategies, most int, watch string, value any) (*raceRun, error) {
	run := &raceRun{races: a, id: rand.Text(), visitor: visitor, opened: a.now(), most: most, watch: watch}
	overdue, err := a.admit(run)
	for _, old := range overdue {
		_, _ = old.end(ctx) // if the store fails: what is left there expires
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

// admit makes room for a run, or refuses it. The overdue runs, of tabs that were closed, are returned
// to be ended.
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

// find returns a visitor's run that is under way and watches that name.
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
	_ = a.views.Update(visitor, func(v raceView) raceView { // cannot fail: others go
		change(&v)
		return v
	})
}
