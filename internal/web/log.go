package web

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"
)

// logRequests writes a line a request: no query, no header, no cookie, since
// any of them may hold what nobody else should read.
func (s *Site) logRequests(c *gin.Context) {
	start := s.options.Now()
	path := c.Request.URL.Path // before a handler can change it
	defer func() {
		// The first is the reason; Gin adds that the answer could not be written then. Where the
		// client has left, nothing else may be wrong.
		if len(c.Errors) > 0 && c.Request.Context().Err() == nil {
			s.options.Log.Error("request failed", "method", c.Request.Method, "path", path, "error", c.Errors[0].Err)
		}
		if !s.options.Log.Enabled(c.Request.Context(), slog.LevelInfo) {
			return
		}
		s.options.Log.Info("request", "method", c.Request.Method, "path", path, "status", c.Writer.Status(),
			"ms", float64(s.options.Now().Sub(start).Microseconds())/float64(time.Millisecond/time.Microsecond))
	}()
	c.Next()
}
