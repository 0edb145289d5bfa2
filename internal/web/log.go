package web

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"
)

// logRequests writes one line per request: no query, no header, no cookie, since any of them may hold
// something private.
func (s *Site) logRequests(c *gin.Context) {
	start := s.options.Now()
	path := c.Request.URL.Path // before a handler can change it
	defer func() {
		// The first error is the cause; Gin adds another if the response could then not be written.
		// If the client has gone, nothing else may be wrong.
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
