package cookielab

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/stage"
	"sessionlab/internal/web"
)

// tryPage is the page that a reader sees while the tab is used for an experiment.
type tryPage struct {
	web.Page
	Run string
}

// Try answers a request that an experiment made the browser send: it records which cookies arrived
// and sets those of the experiment. Without a step, it sends the page that carries out the steps.
func (l *runs) Try(c *gin.Context) error {
	run, _ := l.runner.Find(c.Query("run"), stage.Client(c.Request))
	if run == nil {
		return web.Explain(http.StatusNotFound, "experiment.error.gone", nil)
	}
	place, known := run.PlaceOf(c.Request.Host)
	if !known {
		return web.Refusal(http.StatusMisdirectedRequest)
	}
	c.Header("Cache-Control", "no-store")
	c.Header("Content-Security-Policy", policyFor(run.World, true))
	text, isStep := c.GetQuery("step")
	if !isStep {
		return l.renderTry(c, run)
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return web.Refusal(http.StatusBadRequest)
	}
	answer, ok := run.Arrive(number, c.Request)
	if !ok {
		return web.Explain(http.StatusNotFound, "experiment.error.step", map[string]any{"Place": string(place)})
	}
	if answer.Redirect != "" {
		c.Redirect(http.StatusFound, answer.Redirect)
		return nil
	}
	if answer.Clear {
		c.Header("Clear-Site-Data", `"cookies"`)
	}
	c.Writer.Header()["Set-Cookie"] = answer.Set
	if answer.Page {
		return l.renderTry(c, run)
	}
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(l.site.Texts.Text(run.Lang, "experiment.noted")+"\n"))
	return nil
}

func (l *runs) renderTry(c *gin.Context, run *experiment.Run) error {
	page := l.site.NewPageIn(c, run.Lang)
	page.Title = l.site.Texts.Text(run.Lang, "experiment.title")
	return l.site.RenderPart(c, http.StatusOK, "cookielab-try.html", "cookielab-try.html", &tryPage{page, run.Token})
}

// policyFor returns the Content-Security-Policy of a page that asks all places of an experiment and,
// if framed, may be framed by them.
func policyFor(w experiment.World, framed bool) string {
	origins := "'self'"
	for _, host := range append(slices.Sorted(maps.Values(w.Hosts)), w.Home) {
		if !strings.HasPrefix(host, "[") { // a policy cannot contain such an address
			origins += " " + w.Scheme + "://" + host
		}
	}
	ancestors := "'none'"
	if framed {
		ancestors = origins
	}
	return "default-src " + origins + "; script-src 'self'; style-src 'self'; object-src 'none'; form-action " + origins +
		"; base-uri 'none'; frame-ancestors " + ancestors
}

// nextQuestion is sent by the script of a run to ask for the next step.
type nextQuestion struct {
	Run    string             `json:"run"`
	Path   string             `json:"path"`   // of the current page
	Report *experiment.Report `json:"report"` // on the step before; null at first
}

// arrivalTime bounds how long a run waits for a request that the browser may send at any time.
const arrivalTime = 2 * time.Second

// NextStep records what the script of a run did and responds with what to do next.
func (l *runs) NextStep(c *gin.Context) error {
	var q nextQuestion
	if err := c.ShouldBindJSON(&q); err != nil {
		return wrongQuestion("json")
	}
	run, _ := l.runner.Find(q.Run, stage.Client(c.Request))
	if run == nil {
		return web.Explain(http.StatusNotFound, "experiment.error.gone", nil)
	}
	place, known := run.PlaceOf(c.Request.Host)
	if !known {
		return web.Refusal(http.StatusMisdirectedRequest)
	}
	if q.Report != nil {
		if q.Report.Trouble == "" && run.Asks(q.Report.Step) {
			ctx, cancel := context.WithTimeout(c.Request.Context(), arrivalTime)
			run.Arrived(q.Report.Step, ctx.Done())
			cancel()
		}
		run.Did(*q.Report)
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, run.Next(place, q.Path))
	return nil
}

// StopRun makes a run delete its cookies and end.
func (l *runs) StopRun(c *gin.Context) error {
	run, _ := l.runner.Find(c.PostForm("run"), stage.Client(c.Request))
	if run == nil {
		return web.Explain(http.StatusNotFound, "experiment.error.gone", nil)
	}
	run.Stop()
	c.Redirect(http.StatusSeeOther, "/try/?run="+run.Token)
	return nil
}

// visitorOf returns the visitor whose experiment a request belongs to: the hosts of experiments get
// no cookie that would identify the visitor.
func (l *runs) visitorOf(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, "/try/") {
		return ""
	}
	_, name := l.runner.Find(r.URL.Query().Get("run"), stage.Client(r))
	return name
}
