package handlers

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Health answers whether the lab can do its work: read its data and get its
// turn to write.
func (l *Lab) Health(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if err := l.Database.Check(c.Request.Context()); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
	return nil
}
