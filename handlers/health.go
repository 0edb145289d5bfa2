package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Health answers whether the lab can do its work: read its data, get its turn
// to write, and reach the session store. To whoever looks after it, it says why
// not.
func (l *Lab) Health(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	err := l.Database.Check(c.Request.Context())
	if err == nil {
		// Deleting what is not there needs all that a write needs, and changes nothing.
		err = l.Sessions.Delete(c.Request.Context(), "healthz")
	}
	if err != nil {
		_ = c.Error(err) // for logRequests
		c.Header("Retry-After", seconds(retryAfter(err, http.StatusServiceUnavailable)))
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": err.Error()})
		return nil
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
	return nil
}
