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

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// Lab answers the requests of the laboratory. It is safe for use by many goroutines at once.
type Lab struct {
	site    *web.Site
	places  *places
	runs    *runs
	version string // the program's, for the passports it exports
	now     func() time.Time
}

// New returns the laboratory of a site. Serve comes before its first request, Close after its last.
func New(site *web.Site, version string, log *slog.Logger, now func() time.Time) *Lab {
	site.AllowCrossOrigin("/try/") // other sites' requests are what is tried there; they change nothing
	at := &places{site.Hosts, &neighbour{log: log}, now}
	return &Lab{site, at, &runs{site, at, experiment.NewRunner(now), rand.Text()}, version, now}
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

	r.POST("/cookie/run", l.runs.StartRun)
	r.Script(http.MethodPost, "/cookie/run/next", l.runs.NextStep)
	r.POST("/cookie/run/stop", l.runs.StopRun)
	r.Script(http.MethodGet, "/cookie/run/here", l.runs.Here)
	r.GET("/try/*path", l.runs.Try)
	r.POST("/try/*path", l.runs.Try)
}

// Serve lets a second port answer the requests of experiments with handler. Its connections are
// accepted through listen, as those of the lab's own port are.
func (l *Lab) Serve(handler http.Handler, listen func(net.Listener) net.Listener) {
	l.places.neighbour.next, l.places.neighbour.listen = handler, listen
}

// VisitorOf returns whose experiment a request belongs to, "" for none: the hosts of experiments get no
// cookie that would tell.
func (l *Lab) VisitorOf(r *http.Request) string { return l.runs.visitorOf(r) }

// Rename hands what is kept of a visitor to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.runs.runner.Rename(old, id) }

// Close closes the second port.
func (l *Lab) Close() { l.places.neighbour.close() }
