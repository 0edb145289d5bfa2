package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// ShowContents is the first page: what there is to read.
func (l *Lab) ShowContents(c *gin.Context) error {
	page, err := l.lessonPage(c, "home")
	if err != nil {
		return err
	}
	return l.render(c, http.StatusOK, "home.html", page)
}
