// Package expiry is the laboratory of session expiry, /session/expiry/: five sessions with five kinds
// of expiry, in their own table and with their own clock. [Expiry] is the experiment.
package expiry

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage"
	"sessionlab/internal/trial"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// Lab answers the requests of /session/expiry/. It is safe for concurrent use.
type Lab struct {
	site  *web.Site
	lives *visitor.Shelf[*Expiry]
	now   func() time.Time
}

// New returns a site's laboratory. Call Close after its last request.
func New(site *web.Site, now func() time.Time) *Lab {
	return &Lab{site, visitor.NewShelf[*Expiry](maxLives, now), now}
}

// Routes adds the laboratory's pages.
func (l *Lab) Routes(r *web.Router) {
	r.Page("/session/expiry/", l.ShowExpiry)
	r.POST("/session/expiry/", l.TryExpiry)
}

// Rename passes a visitor's experiment on to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.lives.Rename(old, id) }

// Close ends the visitors' experiments.
func (l *Lab) Close() error { return l.lives.Close() }

// maxLives bounds how many visitors may have an expiry experiment at once. Each takes about half a
// MiB.
const maxLives = 100

// jumps lists how far one step can set an experiment's clock ahead. "next" is different: it goes to a
// few seconds before the next session expires.
var jumps = []struct {
	ID string
	by time.Duration
}{
	{"30s", 30 * time.Second}, {"29min", 29 * time.Minute}, {"1d", 24 * time.Hour},
	{"14d", 14 * 24 * time.Hour}, {"400d", 400 * 24 * time.Hour}, {"next", 0},
}

// beforeEnd leaves time to see a session alive once more.
const beforeEnd = 5 * time.Second

// ShowExpiry shows the visitor's experiment as it is. It only reads.
func (l *Lab) ShowExpiry(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "expiry")
	if err != nil {
		return err
	}
	data := &expiryPage{Page: page}
	err = l.lives.Use(visitor.Known(c), func(e *Expiry) error {
		data.show(e, func(id string) string { return sentKey(c, id) })
		return nil
	})
	switch {
	case errors.Is(err, visitor.ErrNone):
		data.None = c.Query("tried") != ""
		data.Kept = keptKeys(c)
	case err != nil:
		return refuse(err)
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "expiry.html", data)
}

// TryExpiry runs one step of the experiment and returns to the page.
func (l *Lab) TryExpiry(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	ctx, id, do := c.Request.Context(), visitor.ID(c), form.Get("do")
	switch do {
	case "start":
		err = l.lives.Begin(id, func() (*Expiry, error) { return OpenExpiry(ctx, l.now) })
	case "end":
		if err = l.lives.End(id); err == nil {
			forgetKeys(c)
		}
	}
	if err == nil && do != "end" {
		err = l.lives.Use(id, func(e *Expiry) error { return expiryStep(c, e, do, form.Get("jump")) })
	}
	if err != nil && !errors.Is(err, visitor.ErrNone) { // the page says so
		return refuse(err)
	}
	to := "/session/expiry/?tried=1#demo-title"
	if do == "end" {
		to = "/session/expiry/#demo-title"
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

func expiryStep(c *gin.Context, e *Expiry, do, jump string) error {
	ctx := c.Request.Context()
	request := func(sent func(id string) string, handler func(*session.Session, *Life)) error {
		lines, err := e.Request(ctx, do, sent, handler)
		for id, line := range lines {
			c.Writer.Header().Add("Set-Cookie", trial.Rename(line, expiryCookie(c, id), "/session/expiry/", c.Request.TLS != nil))
		}
		return err
	}
	switch do {
	case "start":
		return request(func(string) string { return "" }, saveLife)
	case "read":
		return request(func(id string) string { return sentKey(c, id) }, readLife)
	case "save":
		return request(func(id string) string { return sentKey(c, id) }, saveLife)
	case "sweep":
		return e.Sweep(ctx)
	case "jump":
		if jump == "next" {
			return e.JumpToEnd(ctx, beforeEnd)
		}
		for _, known := range jumps {
			if known.ID == jump {
				return e.Jump(ctx, known.by)
			}
		}
	}
	return web.Refusal(http.StatusBadRequest)
}

// readLife handles "read": it asks for a value and changes nothing.
func readLife(s *session.Session, _ *Life) { s.Get("n") }

// saveLife handles "save". It sets the expiry when a session begins.
func saveLife(s *session.Session, life *Life) {
	if !s.Has("n") {
		s.SetExpiry(life.Expiry)
	}
	s.Set("n", s.GetInt("n")+1)
}

// expiryCookie returns the name of a session's cookie. It begins with the name of the visitor's own
// cookie, so it differs from that of any other lab and any session. It is sent to this page alone.
func expiryCookie(c *gin.Context, id string) string { return stage.CookieName(c.Request) + "_" + id }

// sentKey returns the key that the browser sent for a session of the experiment, or "".
func sentKey(c *gin.Context, id string) string {
	cookie, err := c.Request.Cookie(expiryCookie(c, id))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// keptKeys returns the sessions of a past experiment whose keys the browser still sends.
func keptKeys(c *gin.Context) (ids []string) {
	for _, life := range Expiries() {
		if sentKey(c, life.ID) != "" {
			ids = append(ids, life.ID)
		}
	}
	return ids
}

func forgetKeys(c *gin.Context) {
	for _, id := range keptKeys(c) {
		http.SetCookie(c.Writer, &http.Cookie{Name: expiryCookie(c, id), Path: "/session/expiry/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil})
	}
}

// refuse gives an error of the experiment its sentence.
func refuse(err error) error {
	if errors.Is(err, ErrTooFar) {
		return web.Explain(http.StatusBadRequest, "expiry.far", nil)
	}
	return err
}

// Lost reports whether the browser no longer has the key of that session.
func (p *expiryPage) Lost(id string) bool { return !slices.Contains(p.Kept, id) }
