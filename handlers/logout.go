package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/session"
)

// ShowLogOut explains, and has the button: following a link logs nobody out.
func (l *Lab) ShowLogOut(c *gin.Context) error {
	page, err := l.lessonPage(c, "logout")
	if err != nil {
		return err
	}
	m, err := l.loggedIn(c)
	if err != nil {
		return err
	}
	personal(c)
	return l.render(c, http.StatusOK, "logout.html", &memberPage{page, m})
}

// LogOut ends the session: data, row, key and cookie. A slower request of the
// same session cannot bring it back.
func (l *Lab) LogOut(c *gin.Context) error {
	s, key := session.From(c), l.storedKey(c)
	s.Flush()
	err := s.Save() // if that fails, the session stays on the member's list, where it can be ended
	if err == nil && key != "" {
		err = l.Members.ForgetSessions(c.Request.Context(), key)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/online/index/")
	return nil
}
