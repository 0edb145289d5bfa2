package handlers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

type memberPage struct {
	web.Page
	Member *member.Member
}

// loginPath returns the address that visitors without a login are sent to. A
// visitor who has just logged in there but sends no cookie has a browser that
// refused the session's. One who comes from a member's page was logged in, and
// is told that this is over.
func loginPath(c *gin.Context) string {
	const path = "/online/login/"
	from, err := url.Parse(c.Request.Referer())
	if err != nil || from.Host != c.Request.Host {
		return path
	}
	switch from.Path {
	case path:
		if c.GetHeader("Cookie") == "" {
			return path + "?refused=1"
		}
	case "/online/index/", "/online/account/", "/online/logout/":
		return path + "?left=1"
	}
	return path
}

// IndexView greets members and sends everyone else to the login.
func (l *online) IndexView(c *gin.Context) error {
	m, err := visitor.Member(c)
	if err != nil {
		return err
	}
	web.Personal(c)
	if m == nil {
		c.Redirect(http.StatusFound, loginPath(c))
		return nil
	}
	page, err := l.site.LessonPage(c, "index")
	if err != nil {
		return err
	}
	return l.site.Render(c, http.StatusOK, "index.html", &memberPage{page, m})
}
