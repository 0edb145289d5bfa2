package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/member"
)

type memberPage struct {
	Page
	Member *member.Member
}

// IndexView greets a member, and sends everybody else to the login.
func (l *Lab) IndexView(c *gin.Context) error {
	m, err := l.loggedIn(c)
	if err != nil {
		return err
	}
	personal(c)
	if m == nil {
		c.Redirect(http.StatusFound, "/online/login/")
		return nil
	}
	page, err := l.lessonPage(c, "index")
	if err != nil {
		return err
	}
	return l.render(c, http.StatusOK, "index.html", &memberPage{page, m})
}
