// Package race is the laboratory of the lost update, /session/race/: many simultaneous requests of
// one session, with three strategies, and a logout in the middle of a slow request.
package race

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// Lab answers the requests of /session/race/. It is safe for concurrent use.
type Lab struct {
	site  *web.Site
	races *races
}

// New returns the laboratory of a site whose sessions are kept in store.
func New(site *web.Site, store session.Store, now func() time.Time) *Lab {
	return &Lab{site, newRaces(store, now)}
}

// Routes adds the laboratory's pages.
func (l *Lab) Routes(r *web.Router) {
	r.Page("/session/race/", l.ShowRace)
	r.POST("/session/race/", l.RunRace)
	r.Script(http.MethodPost, "/session/race/open", l.OpenRace)
	r.POST("/session/race/increment", l.RaceIncrement)
	r.POST("/session/race/close", l.CloseRace)
	r.POST("/session/race/logout", l.RaceLogout)
	r.Script(http.MethodPost, "/session/race/logout/open", l.OpenLogout)
	r.POST("/session/race/logout/slow", l.SlowRequest)
	r.POST("/session/race/logout/out", l.LogOutMeanwhile)
	r.POST("/session/race/logout/close", l.CloseLogout)
}

const (
	minIncrements = 2
	maxIncrements = 500
)

// raceWorks lists how many milliseconds a request may work between reading and saving.
var raceWorks = []int{0, 1, 5, 20}

// racePage shows the two experiments with their last results.
type racePage struct {
	web.Page
	raceView
	N, Work  int // as entered in the form
	Works    []int
	Min, Max int
}

// raceResult holds the results of the increments.
type raceResult struct {
	N, Work    int
	Browser    bool // real requests from the browser; otherwise goroutines
	Strategies []raceOutcome
}

// Answer says in a sentence which strategies lost increments.
func (p *racePage) Answer(r *raceResult) (string, error) {
	var kept, lost []string
	for _, s := range r.Strategies {
		name, err := p.T("race.strategy." + s.Name)
		if err != nil {
			return "", err
		}
		if s.LostCounter() == 0 {
			kept = append(kept, name)
		} else {
			lost = append(lost, fmt.Sprintf("%s (%d)", name, s.LostCounter()))
		}
	}
	switch {
	case lost == nil:
		return p.T("race.answer.none")
	case kept == nil:
		return p.T("race.answer.all", "Lost", strings.Join(lost, " · "))
	}
	return p.T("race.answer", "Lost", strings.Join(lost, " · "), "Kept", strings.Join(kept, " · "))
}

// Rename passes the results on a visitor's page on to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.races.views.Rename(old, id) }

// ShowRace shows the lost update. It only reads.
func (l *Lab) ShowRace(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "race")
	if err != nil {
		return err
	}
	data := &racePage{Page: page, N: 50, Work: 5, Works: raceWorks, Min: minIncrements, Max: maxIncrements}
	data.raceView, _ = l.races.views.Get(visitor.Known(c))
	if r := data.Race; r != nil {
		data.N, data.Work = r.N, r.Work
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "race.html", data)
}

// RunRace makes goroutines of the server send the increments, one strategy after another.
func (l *Lab) RunRace(c *gin.Context) error {
	run, err := l.beginRace(c)
	if err != nil {
		return err
	}
	// Not the request's context: the stage would count thousands of statements as this one request's.
	ctx, cancel := context.WithTimeout(context.Background(), raceTime/2)
	defer cancel()
	for i := range raceStrategies {
		err = errors.Join(err, run.all(ctx, i))
	}
	if err != nil {
		_, failed := run.end(c.Request.Context())
		return raceError(c, errors.Join(err, failed))
	}
	if err := l.finishRace(c, run, false); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/session/race/?tried=1#result")
	return nil
}

// OpenRace begins an experiment whose increments the browser sends, and responds with its id.
func (l *Lab) OpenRace(c *gin.Context) error {
	run, err := l.beginRace(c)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"run": run.id, "strategies": len(raceStrategies)})
	return nil
}

// RaceIncrement answers one of the browser's increments.
func (l *Lab) RaceIncrement(c *gin.Context) error {
	return l.raceRequest(c, raceCounter, func(run *raceRun, ctx context.Context, strategy int) error {
		return run.request(ctx, strategy, run.pause(ctx))
	})
}

// raceRequest runs one request of an experiment, with the strategy whose number is in the form.
func (l *Lab) raceRequest(c *gin.Context, watch string, do func(run *raceRun, ctx context.Context, strategy int) error) error {
	run, err := l.foundRace(c, watch)
	if err != nil {
		return err
	}
	strategy, err := strconv.Atoi(c.PostForm("strategy"))
	if err != nil || strategy < 0 || strategy >= len(raceStrategies) {
		return web.Refusal(http.StatusBadRequest)
	}
	if err := do(run, c.Request.Context(), strategy); err != nil {
		return raceError(c, err)
	}
	c.JSON(http.StatusOK, gin.H{})
	return nil
}

// CloseRace ends an experiment of the browser's and keeps its result for the page.
func (l *Lab) CloseRace(c *gin.Context) error {
	run, err := l.foundRace(c, raceCounter)
	if err != nil {
		return err
	}
	if err := l.finishRace(c, run, true); err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{})
	return nil
}

// beginRace opens the experiment that a form asks for.
func (l *Lab) beginRace(c *gin.Context) (*raceRun, error) {
	web.Personal(c)
	n, err := strconv.Atoi(c.PostForm("n"))
	if err != nil || n < minIncrements || n > maxIncrements {
		return nil, web.Explain(http.StatusBadRequest, "race.error.n", map[string]any{"Min": minIncrements, "Max": maxIncrements})
	}
	work, err := strconv.Atoi(c.PostForm("work"))
	if err != nil || !slices.Contains(raceWorks, work) {
		return nil, web.Explain(http.StatusBadRequest, "race.error.work", nil)
	}
	run, err := l.races.begin(c.Request.Context(), visitor.ID(c), len(raceStrategies), n, raceCounter, 0)
	if err != nil {
		return nil, raceError(c, err)
	}
	run.work = time.Duration(work) * time.Millisecond
	return run, nil
}

// foundRace returns the run that a form names, if it is of the kind that watches that name.
func (l *Lab) foundRace(c *gin.Context, watch string) (*raceRun, error) {
	web.Personal(c)
	run, err := l.races.find(visitor.ID(c), c.PostForm("run"), watch)
	if err != nil && web.Cookieless(c.Request) {
		return nil, web.Explain(web.StatusOf(err), "page.refused", map[string]any{"Base": web.BaseURL(c)})
	}
	return run, err
}

// finishRace ends a run and keeps its result for the page.
func (l *Lab) finishRace(c *gin.Context, run *raceRun, browser bool) error {
	all, err := run.outcomes(c.Request.Context())
	if err != nil {
		return raceError(c, err)
	}
	result := &raceResult{N: run.most, Work: int(run.work.Milliseconds()), Browser: browser, Strategies: all}
	l.races.show(run.visitor, func(v *raceView) { v.Race = result })
	return nil
}

// raceError explains an experiment's error if it took too long, and sets Retry-After if there are too
// many experiments.
func raceError(c *gin.Context, err error) error {
	switch {
	case web.StatusOf(err) == http.StatusTooManyRequests:
		c.Header("Retry-After", web.Seconds(raceRetry))
	case errors.Is(err, context.DeadlineExceeded):
		return web.Explain(http.StatusServiceUnavailable, "race.error.slow", nil)
	}
	return err
}
