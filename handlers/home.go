package handlers

import (
	"net/http"
	"sessionlab/internal/web"
	"time"

	"github.com/gin-gonic/gin"
)

// counters answers the requests of the first three chapters: the same counter in a server that
// forgets, in a cookie, and in a session.
type counters struct {
	site *web.Site
	now  func() time.Time
	last lastOf
}

// ShowContents shows the first page, the table of contents.
func (l *counters) ShowContents(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "home")
	if err != nil {
		return err
	}
	return l.site.Render(c, http.StatusOK, "home.html", page)
}
