package handlers

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Health answers whether the lab can do its work: read its data, get its turn
// to write, and reach the session store.
func (l *Lab) Health(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if err := l.Database.Check(c.Request.Context()); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	// Deleting what is not there needs all that a write needs, and changes nothing.
	if err := l.Sessions.Delete(c.Request.Context(), "healthz"); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
	return nil
}
