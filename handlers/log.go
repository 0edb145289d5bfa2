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
		// The first is the reason; Gin adds that the answer could not be written then. Where the
		// client has left, nothing else may be wrong.
		if len(c.Errors) > 0 && c.Request.Context().Err() == nil {
			l.Log.Error("request failed", "method", c.Request.Method, "path", path, "error", c.Errors[0].Err)
		}
		if !l.Log.Enabled(c.Request.Context(), slog.LevelInfo) {
			return
		}
		l.Log.Info("request", "method", c.Request.Method, "path", path, "status", c.Writer.Status(),
			"ms", float64(l.Now().Sub(start).Microseconds())/float64(time.Millisecond/time.Microsecond))
	}()
	c.Next()
}
