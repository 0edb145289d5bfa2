package handlers

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"
)

// logRequests writes a line a request: no query, no header, no cookie, since
// any of them may hold what nobody else should read.
func (l *Lab) logRequests(c *gin.Context) {
	start := l.Now()
	path := c.Request.URL.Path // before a handler can change it
	defer func() {
		for _, err := range c.Errors {
			l.Log.Error("request failed", "method", c.Request.Method, "path", path, "error", err.Err)
		}
		if !l.Log.Enabled(c.Request.Context(), slog.LevelInfo) {
			return
		}
		l.Log.Info("request", "method", c.Request.Method, "path", path, "status", c.Writer.Status(),
			"ms", float64(l.Now().Sub(start).Microseconds())/float64(time.Millisecond/time.Microsecond))
	}()
	c.Next()
}
