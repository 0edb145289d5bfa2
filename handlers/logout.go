package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// ShowLogOut explains and shows the button: following a link logs nobody out.
func (l *online) ShowLogOut(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "logout")
	if err != nil {
		return err
	}
	m, err := visitor.Member(c)
	if err != nil {
		return err
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "logout.html", &memberPage{page, m})
}

// LogOut ends the session: data, row, key and cookie. A slower request of the
// same session cannot bring it back.
func (l *online) LogOut(c *gin.Context) error {
	s, key := session.From(c), l.storedKey(c)
	s.Flush()
	err := s.Save() // if this fails, the session stays on the member's list, where it can be ended
	if err == nil && key != "" {
		err = l.members.ForgetSessions(c.Request.Context(), key)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/online/index/")
	return nil
}
