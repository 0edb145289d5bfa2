package race

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// raceLogout is the result of a logout during a slow request of the same session.
type raceLogout struct {
	Name    string // of the slow request's strategy
	Status  int    // the slow request's
	IsAlive bool   // the session can be used again
	Picture *racePicture
}

// raceLogouts is how many strategies are tried: the weak one and the one that all sessions here use.
const raceLogouts = 2

// raceSlow bounds how long the slow request and the logout wait for each other.
const raceSlow = 5 * time.Second

// RaceLogout makes the server send both requests: the slow one and, while it is running, the logout.
func (l *Lab) RaceLogout(c *gin.Context) error {
	run, err := l.beginLogout(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	for i := range run.rows {
		var slow, out error
		var wg sync.WaitGroup
		wg.Go(func() { slow = run.slow(ctx, i) })
		wg.Go(func() { out = run.logOut(ctx, i) })
		wg.Wait()
		if !errors.Is(slow, session.ErrInterrupted) {
			err = errors.Join(err, slow)
		}
		err = errors.Join(err, out)
	}
	if err != nil {
		_, failed := run.end(ctx)
		return raceError(c, errors.Join(err, failed))
	}
	if err := l.finishLogout(c, run); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/session/race/?tried=1#logout")
	return nil
}

// OpenLogout begins an experiment in which the browser sends both requests for each strategy.
func (l *Lab) OpenLogout(c *gin.Context) error {
	run, err := l.beginLogout(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"run": run.id, "strategies": raceLogouts})
	return nil
}

// SlowRequest answers the browser's slow request.
func (l *Lab) SlowRequest(c *gin.Context) error { return l.raceRequest(c, raceUser, (*raceRun).slow) }

// LogOutMeanwhile answers the browser's logout.
func (l *Lab) LogOutMeanwhile(c *gin.Context) error {
	return l.raceRequest(c, raceUser, (*raceRun).logOut)
}

// CloseLogout ends an experiment of the browser's and keeps its result for the page.
func (l *Lab) CloseLogout(c *gin.Context) error {
	run, err := l.foundRace(c, raceUser)
	if err != nil {
		return err
	}
	if err := l.finishLogout(c, run); err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{})
	return nil
}

func (l *Lab) beginLogout(c *gin.Context) (*raceRun, error) {
	web.Personal(c)
	run, err := l.races.begin(c.Request.Context(), visitor.ID(c), raceLogouts, 1, raceUser, "student")
	if err != nil {
		return nil, raceError(c, err)
	}
	return run, nil
}

// finishLogout ends a run and keeps its result for the page.
func (l *Lab) finishLogout(c *gin.Context, run *raceRun) error {
	left, err := run.end(c.Request.Context())
	if err != nil {
		return raceError(c, err)
	}
	var all []raceLogout
	for i, r := range left {
		row := run.rows[i]
		if len(row.done) == 0 || row.out == nil {
			return errRaceOver // one of the two requests never came
		}
		slow := row.done[0]
		slow.number = 0
		status := http.StatusOK
		if slow.err != nil {
			status = web.StatusOf(slow.err)
		}
		all = append(all, raceLogout{raceStrategies[i].Name, status, r.Key != "", drawRace(slow, *row.out)})
	}
	l.races.show(run.visitor, func(v *raceView) { v.Logout = all })
	return nil
}

// slow runs a request whose work lasts until the logout is done.
func (run *raceRun) slow(ctx context.Context, strategy int) error {
	return run.request(ctx, strategy, func() {
		row := run.rows[strategy]
		close(row.hasRead)
		await(ctx, row.isOut)
	})
}

// logOut ends the session once the slow request has read it.
func (run *raceRun) logOut(ctx context.Context, strategy int) error {
	row, err := run.enterLogOut(strategy)
	if err != nil {
		return err
	}
	defer run.inFlight.Done()
	defer close(row.isOut)
	if !await(ctx, row.hasRead) {
		return errRaceOver
	}
	var events []raceEvent
	s := session.Open(ctx, run.watched(&events), row.key, run.races.now)
	s.Flush()
	if err := s.Save(); err != nil {
		return err
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	row.out = &raceRequest{events: events}
	return nil
}

// enterLogOut counts in a session's logout, or refuses a second one.
func (run *raceRun) enterLogOut(strategy int) (*raceRow, error) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.ended || strategy >= len(run.rows) || run.rows[strategy].loggedOut {
		return nil, errRaceOver
	}
	run.inFlight.Add(1)
	run.rows[strategy].loggedOut = true
	return run.rows[strategy], nil
}

// await reports whether done was closed in time.
func await(ctx context.Context, done <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(ctx, raceSlow)
	defer cancel()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
