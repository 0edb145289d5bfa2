package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
)

// attributesPage shows which of two cookies the browser still sends.
type attributesPage struct {
	web.Page
	Short string // the one that lives for ten seconds
	Res   string // the counter's
}

// ShowAttributes shows what the browser sent. Only the browser knows when a cookie ends.
func (l *counters) ShowAttributes(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "cookie-attributes")
	if err != nil {
		return err
	}
	web.Personal(c)
	cookies := c.Request.Header["Cookie"]
	data := &attributesPage{page, sent(cookies, "short"), sent(cookies, "res")}
	return l.site.Render(c, http.StatusOK, "cookie-attributes.html", data)
}

// TryAttributes sets a cookie for ten seconds, or deletes the counter's.
func (l *counters) TryAttributes(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "set":
		http.SetCookie(c.Writer, &http.Cookie{
			Name: "short", Value: "alive", MaxAge: 10, Path: "/cookie/attributes/", SameSite: http.SameSiteLaxMode,
		})
	case "delete":
		http.SetCookie(c.Writer, &http.Cookie{Name: "res", MaxAge: -1, Path: "/", SameSite: http.SameSiteLaxMode})
	}
	c.Redirect(http.StatusSeeOther, "/cookie/attributes/")
	return nil
}
