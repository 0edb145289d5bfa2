// Package cookielab is the cookie laboratory: /cookie/lab/, where any Set-Cookie line can be tried,
// /cookie/sites/ and /cookie/limits/. The folder experiment has what browsers are asked to do and
// what they did. Start reading at [Lab.Routes].
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

// Lab answers the requests of the laboratory. It is safe for concurrent use.
type Lab struct {
	site    *web.Site
	places  *places
	runs    *runs
	version string // the program's, for the passports it exports
	now     func() time.Time
}

// New returns a site's laboratory. Call Serve before its first request, and Close after its last.
func New(site *web.Site, version string, log *slog.Logger, now func() time.Time) *Lab {
	site.AllowCrossOrigin("/try/") // requests from other sites are what is tried there; they change nothing
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

// Serve lets handler answer the requests of experiments on a second port. Its connections are
// accepted through listen, like those of the lab's own port.
func (l *Lab) Serve(handler http.Handler, listen func(net.Listener) net.Listener) {
	l.places.neighbour.next, l.places.neighbour.listen = handler, listen
}

// VisitorOf returns the visitor whose experiment a request belongs to, or "" for none: the hosts of
// experiments get no cookie that would identify the visitor.
func (l *Lab) VisitorOf(r *http.Request) string { return l.runs.visitorOf(r) }

// Rename passes what is stored for a visitor on to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.runs.runner.Rename(old, id) }

// Close closes the second port.
func (l *Lab) Close() { l.places.neighbour.close() }
