package cookielab

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/stage"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

// runs lets the reader's browser run experiments: it starts them, answers their requests at /try/,
// and keeps their results.
type runs struct {
	site     *web.Site
	places   *places
	runner   *experiment.Runner
	instance string // by which the lab recognizes itself under another name
}

// last returns the result of the visitor's last run of an experiment, or nil if there was none.
func (l *runs) last(c *gin.Context, name string) *experiment.Result {
	return l.runner.Last(visitor.Known(c), name)
}

// StartRun begins an experiment: it redirects the browser to the place of the first step.
func (l *runs) StartRun(c *gin.Context) error {
	e, known := experiment.Find(c.PostForm("experiment"))
	if !known {
		return web.Explain(http.StatusNotFound, "experiment.error.unknown", nil)
	}
	return l.start(c, e)
}

// start begins an experiment, with the fields reach and back of its form.
func (l *runs) start(c *gin.Context, e experiment.Experiment) error {
	back, err := url.Parse(c.PostForm("back"))
	if err != nil || back.IsAbs() || back.Host != "" || !strings.HasPrefix(back.Path, "/cookie/") {
		return web.Explain(http.StatusBadRequest, "experiment.error.back", nil)
	}
	world := l.places.world(c, strings.Fields(c.PostForm("reach")))
	if e.Alone && !world.Spare(experiment.Own) {
		return web.Explain(http.StatusConflict, "experiment.error.alone", nil)
	}
	if slices.ContainsFunc(e.Needs, func(p experiment.Place) bool { return !world.Has(p) }) {
		return web.Explain(http.StatusConflict, "experiment.error.needs", nil)
	}
	run, err := l.runner.Start(experiment.Order{
		Experiment: e, World: world, Visitor: visitor.ID(c), Client: stage.Client(c.Request),
		Lang: l.site.Lang(c), Back: back.String(),
	})
	if errors.Is(err, experiment.ErrTooMany) {
		return web.Refusal(http.StatusTooManyRequests)
	}
	if err != nil {
		return err
	}
	web.Personal(c)
	c.Redirect(http.StatusSeeOther, world.URL(experiment.Own, "/try/?run="+run.Token))
	return nil
}

// Here confirms to a page of the lab, whichever name it was loaded from, that this name leads to the
// same lab.
func (l *runs) Here(c *gin.Context) error {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"lab": l.instance})
	return nil
}
