// Package cookielab is the laboratory of cookies: /cookie/lab/, where any Set-Cookie line can be
// tried, /cookie/sites/ and /cookie/limits/. What browsers are asked, and what they did, is in the
// folder experiment. Start reading at [Lab.Routes].
package cookielab

import (
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

// Lab answers the requests of the laboratory. It is safe for use by many goroutines at once.
type Lab struct {
	site     *web.Site
	places   *places
	bench    *experiment.Bench
	instance string // by which the lab knows itself under another name
	version  string // the program's, for the passports it exports
	now      func() time.Time
}

// New returns the laboratory of a site. Serve comes before its first request, Close after its last.
func New(site *web.Site, version string, log *slog.Logger, now func() time.Time) *Lab {
	site.AllowCrossOrigin("/try/") // other sites' requests are what is tried there; they change nothing
	return &Lab{
		site: site, places: &places{site.Hosts, &neighbour{log: log}, now}, bench: experiment.NewBench(now),
		instance: rand.Text(), version: version, now: now,
	}
}

// Routes adds the laboratory's pages.
func (l *Lab) Routes(r *web.Router) {
	r.Page("/cookie/lab/", l.ShowCookieLab)
	r.POST("/cookie/lab/", l.SendLine)
	r.POST("/cookie/lab/delete", l.DeleteTried)
	r.Script(http.MethodPost, "/cookie/lab/predict", l.PredictCookies)

	r.Page("/cookie/sites/", l.ShowCookieSites)

	r.Page("/cookie/limits/", l.ShowCookieLimits)
	r.POST("/cookie/limits/", l.ComparePassport)
	r.GET("/cookie/limits/passport.json", l.SavePassport)

	r.POST("/cookie/run", l.StartRun)
	r.Script(http.MethodPost, "/cookie/run/next", l.NextStep)
	r.POST("/cookie/run/stop", l.StopRun)
	r.Script(http.MethodGet, "/cookie/run/here", l.Here)
	r.GET("/try/*path", l.Try)
	r.POST("/try/*path", l.Try)
}

// Serve lets a second port answer the requests of experiments with handler. Its connections are
// accepted through listen, as those of the lab's own port are.
func (l *Lab) Serve(handler http.Handler, listen func(net.Listener) net.Listener) {
	l.places.neighbour.next, l.places.neighbour.listen = handler, listen
}

// Close closes the second port.
func (l *Lab) Close() { l.places.neighbour.close() }

// last returns what came of the visitor's last run of an experiment, nil if there was none.
func (l *Lab) last(c *gin.Context, name string) *experiment.Result {
	return l.bench.Last(visitor.ID(c), name)
}
