package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
	"sessionlab/session"
)

// counters answers the requests of the first three chapters: the same counter in a server that
// forgets, in a cookie, and in a session.
type counters struct {
	site     *web.Site
	sessions session.Store
	now      func() time.Time
	last     lastOf
}

// homePage shows the contents, and a first cookie to try.
type homePage struct {
	web.Page
	Browser string // the counter's cookie, as the browser sent it
}

// ShowContents shows the first page, the table of contents.
func (l *counters) ShowContents(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "home")
	if err != nil {
		return err
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "home.html", &homePage{page, sent(c.Request.Header["Cookie"], "res")})
}

// FirstCookie sets the counter's cookie, one higher than before, and returns to the contents.
func (l *counters) FirstCookie(c *gin.Context) error {
	cookie, _ := c.Request.Cookie("res") // nil when there is none
	l.setCounter(c, count(cookie)+1)
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}
