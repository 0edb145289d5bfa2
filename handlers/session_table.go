package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
	"sessionlab/session"
)

// tablePage shows the row of the visitor's session.
type tablePage struct {
	web.Page
	Key     string // shortened; "" if there is no row
	Data    string // as it is stored; "" where the engine keeps no text
	Expires string
}

// ShowTable shows the visitor's row as it is in the table. It only reads, which makes no row.
func (l *counters) ShowTable(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "session-table")
	if err != nil {
		return err
	}
	data := &tablePage{Page: page}
	if key := session.From(c).ID(); key != "" {
		row, err := l.sessions.Load(c.Request.Context(), key)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			return err
		}
		if err == nil {
			data.Key = session.StoredKey(l.sessions, key)[:6] + "…"
			data.Data, data.Expires = row.Raw, row.Expires.UTC().Format(time.DateTime)
		}
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "session-table.html", data)
}

// ShowOperations lists what a session can do. Its form leads to the console.
func (l *counters) ShowOperations(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "session-operations")
	if err != nil {
		return err
	}
	return l.site.Render(c, http.StatusOK, "session-operations.html", page)
}
