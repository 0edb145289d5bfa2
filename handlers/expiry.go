package handlers

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage"
	"sessionlab/session"
	"sessionlab/trial"
)

// maxLives is how many visitors may have an experiment with expiry at once. One takes about half a
// MiB.
const maxLives = 100

// jumps are how far the clock of an experiment can be set ahead at once. "next" is something else: to
// a few seconds before the next session ends.
var jumps = []struct {
	ID string
	by time.Duration
}{
	{"30s", 30 * time.Second}, {"29min", 29 * time.Minute}, {"1d", 24 * time.Hour},
	{"14d", 14 * 24 * time.Hour}, {"400d", 400 * 24 * time.Hour}, {"next", 0},
}

// beforeEnd is time enough to see a session alive once more.
const beforeEnd = 5 * time.Second

// ShowExpiry shows the visitor's experiment as it is. It only looks.
func (l *Lab) ShowExpiry(c *gin.Context) error {
	page, err := l.lessonPage(c, "expiry")
	if err != nil {
		return err
	}
	data := &expiryPage{Page: page}
	err = l.lives.Use(l.stage.Visitor(c.Writer, c.Request), func(e *trial.Expiry) error {
		data.show(e, func(id string) string { return sentKey(c, id) })
		return nil
	})
	switch {
	case errors.Is(err, trial.ErrNone):
		data.None = c.Query("tried") != ""
		data.Kept = keptKeys(c)
	case err != nil:
		return tooManyExperiments(c, err)
	}
	personal(c)
	return l.render(c, http.StatusOK, "expiry.html", data)
}

// TryExpiry does one step of the experiment, and comes back to the page.
func (l *Lab) TryExpiry(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, visitor, do := c.Request.Context(), l.stage.Visitor(c.Writer, c.Request), form.Get("do")
	switch do {
	case "start":
		err = l.lives.Begin(visitor, func() (*trial.Expiry, error) { return trial.OpenExpiry(ctx, l.Now) })
	case "end":
		if err = l.lives.End(visitor); err == nil {
			forgetKeys(c)
		}
	}
	if err == nil && do != "end" {
		err = l.lives.Use(visitor, func(e *trial.Expiry) error { return expiryStep(c, e, do, form.Get("jump")) })
	}
	if err != nil && !errors.Is(err, trial.ErrNone) { // which the page says
		return tooManyExperiments(c, err)
	}
	to := "/session/expiry/?tried=1#demo-title"
	if do == "end" {
		to = "/session/expiry/#demo-title"
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

func expiryStep(c *gin.Context, e *trial.Expiry, do, jump string) error {
	ctx := c.Request.Context()
	request := func(sent func(id string) string, handler func(*session.Session, *trial.Life)) error {
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
	return refusal(http.StatusBadRequest)
}

// readLife is the handler of "read": it asks, and changes nothing.
func readLife(s *session.Session, _ *trial.Life) { s.Get("n") }

// saveLife is the handler of "save". A session that begins is told how long it lives.
func saveLife(s *session.Session, life *trial.Life) {
	if !s.Has("n") {
		s.SetExpiry(life.Expiry)
	}
	s.Set("n", s.GetInt("n")+1)
}

// expiryCookie is the name of a session's cookie. It begins with the name of the visitor's own, which
// no other lab has and no session, and is sent to this page alone.
func expiryCookie(c *gin.Context, id string) string { return stage.CookieName(c.Request) + "_" + id }

// sentKey is the key that the browser sent for a session of the experiment.
func sentKey(c *gin.Context, id string) string {
	cookie, err := c.Request.Cookie(expiryCookie(c, id))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// keptKeys are the sessions, of an experiment that is no more, whose keys the browser still sends.
func keptKeys(c *gin.Context) (ids []string) {
	for _, life := range trial.Expiries() {
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

// tooManyExperiments gives the refusals of experiments their words.
func tooManyExperiments(c *gin.Context, err error) error {
	say := func(status int, text string) error {
		if status == http.StatusTooManyRequests {
			c.Header("Retry-After", seconds(trialRetry))
		}
		return &explained{refusal(status), text, nil}
	}
	switch {
	case errors.Is(err, trial.ErrFull):
		return say(http.StatusTooManyRequests, "experiment.full")
	case errors.Is(err, trial.ErrBusy):
		return say(http.StatusTooManyRequests, "experiment.busy")
	case errors.Is(err, trial.ErrTooFar):
		return say(http.StatusBadRequest, "expiry.far")
	}
	return err
}

// Lost tells whether the key of that session is not among those that the browser kept.
func (p *expiryPage) Lost(id string) bool { return !slices.Contains(p.Kept, id) }
