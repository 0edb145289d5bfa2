// Package engines is the laboratory of session engines, /session/engines/: the same sessions in five
// engines, with two servers each. [Engines] is the experiment.
package engines

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

const (
	// maxEngines bounds how many visitors may have an engines experiment at once. Each takes two
	// files, four connections to them and up to two to Redis.
	maxEngines = 40
	// maxTrials bounds how many of them measure at a time, and trialWait how long others wait:
	// measuring several at once would make them slower.
	maxTrials = 2
	trialWait = 10 * time.Second
	// trialTime bounds how long a step may take.
	trialTime = 30 * time.Second
)

// Lab answers the requests of /session/engines/. It is safe for concurrent use.
type Lab struct {
	site     *web.Site
	engines  *visitor.Shelf[*Engines]
	trials   chan struct{} // holds a value for each step that is measuring
	newRedis func() redis.UniversalClient
	now      func() time.Time
}

// New returns a site's laboratory; newRedis may be nil, or return the client of a server that is not
// running. Call Close after its last request.
func New(site *web.Site, newRedis func() redis.UniversalClient, now func() time.Time) *Lab {
	return &Lab{site, visitor.NewShelf[*Engines](maxEngines, now), make(chan struct{}, maxTrials), newRedis, now}
}

// Routes adds the laboratory's pages.
func (l *Lab) Routes(r *web.Router) {
	r.Page("/session/engines/", l.ShowEngines)
	r.POST("/session/engines/", l.TryEngines)
}

// Rename passes a visitor's experiment on to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.engines.Rename(old, id) }

// Close ends the visitors' experiments.
func (l *Lab) Close() error { return l.engines.Close() }

// ShowEngines shows what the visitor's experiment has found out. It only reads.
func (l *Lab) ShowEngines(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "engines")
	if err != nil {
		return err
	}
	data := &enginesPage{Page: page}
	err = l.engines.Use(visitor.Known(c), func(e *Engines) error {
		data.show(e)
		return nil
	})
	switch {
	case errors.Is(err, visitor.ErrNone):
		data.None = c.Query("tried") != ""
	case err != nil:
		return err
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "engines.html", data)
}

// TryEngines runs one step of the experiment in all engines and returns to the page.
func (l *Lab) TryEngines(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), trialTime)
	defer cancel()
	select {
	case l.trials <- struct{}{}:
		defer func() { <-l.trials }()
	case <-time.After(trialWait):
		return visitor.ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	id, do, to := visitor.ID(c), form.Get("do"), "/session/engines/?tried=1#demo-title"
	switch do {
	case "start":
		err = l.engines.Begin(id, func() (*Engines, error) { return OpenEngines(ctx, l.now, l.newRedis) })
	case "end":
		err, to = l.engines.End(id), "/session/engines/#demo-title"
	default:
		err = l.engines.Use(id, func(e *Engines) error {
			if !e.Do(ctx, do) {
				return web.Refusal(http.StatusBadRequest)
			}
			return nil
		})
	}
	if err != nil && !errors.Is(err, visitor.ErrNone) { // the page says so
		return err
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// enginesPage shows an engines experiment, or that there is none.
type enginesPage struct {
	web.Page
	None    bool // a step was tried without an experiment
	Last    string
	Engines []engineView
}

// engineView shows what is known about an engine.
type engineView struct{ *Engine }

func (p *enginesPage) show(e *Engines) {
	p.Last = e.Last
	for _, g := range e.Engines {
		p.Engines = append(p.Engines, engineView{g.Copy()})
	}
}

// Steps returns the names of the buttons, in the best order to press them.
func (p *enginesPage) Steps() []string {
	return []string{"write", "read", "second", "restart", "logout", "delete", "fill"}
}

// Costs returns the costs of reading and of writing, with the names of their texts.
func (v engineView) Costs() []costView {
	return []costView{{"engines.reads", v.Reads}, {"engines.writes", v.Writes}}
}

// costView is a histogram with its numbers.
type costView struct {
	Name string
	*Cost
}

// Bar is a column of a histogram.
type Bar struct{ X, Y, Width, Height string }

// Bars returns the columns; the highest one fills the picture.
func (v costView) Bars() (bars []Bar) {
	const width = 100.0 / Bins
	columns := v.Histogram()
	highest := 1
	for _, n := range columns {
		highest = max(highest, n)
	}
	for i, n := range columns {
		if n > 0 {
			height := max(3, 100*float64(n)/float64(highest))
			bars = append(bars, Bar{percent(float64(i) * width), percent(100 - height), percent(width * 0.9), percent(height)})
		}
	}
	return bars
}

// mark is a mark on a histogram's axis.
type mark struct{ At, ID string }

// Decades returns the marks below a histogram: times, each ten times as long as the one before.
func (v costView) Decades() []mark {
	var ticks []mark
	for i, name := range []string{"10 µs", "100 µs", "1 ms", "10 ms", "100 ms"} {
		ticks = append(ticks, mark{percent(100 * float64((i+1)*BinsPerDecade) / Bins), name})
	}
	return ticks
}

// Median and P95 return the times that 50 and 95 percent of the requests did not exceed.
func (v costView) Median() string { return shortTime(v.Percentile(50)) }
func (v costView) P95() string    { return shortTime(v.Percentile(95)) }

func percent(x float64) string { return fmt.Sprintf("%.2f%%", x) }

// shortTime formats a time with two or three digits.
func shortTime(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.1f µs", d.Seconds()*1e6)
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// Questions returns the questions that the table answers.
func (p *enginesPage) Questions() []string {
	return []string{"restart", "logout", "second", "delete", "fill"}
}

// Answer returns the word for what was found out, or "" if it was not tried.
func (v engineView) Answer(question string) string {
	return map[string]string{
		"restart": string(v.Survives), "logout": string(v.Dies), "second": string(v.Shared),
		"delete": string(v.Notices), "fill": string(v.Holds),
	}[question]
}

// Headline says in a sentence what the last step found out, if it answers a question.
func (p *enginesPage) Headline() (string, error) {
	if !slices.Contains(p.Questions(), p.Last) {
		return "", nil
	}
	var failed []string
	for _, v := range p.Engines {
		switch v.Answer(p.Last) {
		case string(No), string(Later), string(Never):
			failed = append(failed, v.Name)
		}
	}
	if failed == nil {
		return p.T("engines.answer.none")
	}
	return p.T("engines.answer."+p.Last, "Engines", strings.Join(failed, " · "))
}

// Away reports whether Redis cannot be reached.
func (p *enginesPage) Away() bool {
	for _, v := range p.Engines {
		if v.Problem != nil && v.Name == "redis" {
			return true
		}
	}
	return false
}
