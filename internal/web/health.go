package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Health returns a handler that responds whether the lab can do its work, as check finds out. If it
// cannot, the response says why, for the operator.
func Health(check func(ctx context.Context) error) Handler {
	return func(c *gin.Context) error {
		c.Header("Cache-Control", "no-store")
		if err := check(c.Request.Context()); err != nil {
			_ = c.Error(err) // for logRequests
			c.Header("Retry-After", Seconds(unavailableTime))
			c.JSON(http.StatusServiceUnavailable, gin.H{"error": err.Error()})
			return nil
		}
		c.JSON(http.StatusOK, gin.H{"status": "ok"})
		return nil
	}
}
