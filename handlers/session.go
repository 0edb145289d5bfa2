package handlers

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
	"sessionlab/session"
)

// ShowAddSession shows the counter that the server keeps. It only reads, so
// just looking at the page creates no row.
func (l *counters) ShowAddSession(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "session")
	if err != nil {
		return err
	}
	s := sessions.Default(c)
	stored := s.Get("res")
	res, hasKey := session.Int(stored), stored != nil
	data := &counterPage{Page: page, Counter: "/get_add_session/", Count: res}
	data.Refused = !hasKey && c.Query("counted") != ""
	data.Browser = shortKey(sent(c.Request.Header["Cookie"], session.CookieName(c.Request.TLS != nil)))
	if s.ID() != "" {
		data.Until = session.From(c).ExpiryDate()
	} else {
		data.Unknown = data.Browser != ""
	}
	if hasKey {
		data.Server = "res = " + strconv.Itoa(res)
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "session.html", data)
}

// ShowSessionCode shows the code of the counter beside the counter.
func (l *counters) ShowSessionCode(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "session-code")
	if err != nil {
		return err
	}
	data := &counterPage{Page: page, Counter: "/get_add_session/", Count: session.From(c).GetInt("res")}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "session-code.html", data)
}

// GetAddSession counts up: the browser sends only its session key, and the
// number leaves the server only in this response.
func (l *counters) GetAddSession(c *gin.Context) error {
	res, err := session.From(c).Update("res", addOne)
	if err != nil {
		return err
	}
	web.Personal(c)
	c.JSON(http.StatusOK, gin.H{"res": res})
	return nil
}

// AddSession does the same for a form and returns to its page.
func (l *counters) AddSession(c *gin.Context) error {
	if _, err := session.From(c).Update("res", addOne); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, c.FullPath()+"?counted=1")
	return nil
}

// shortKey shortens the session keys of cookies such as "sessionid=abc…", because a page that is
// shown to others must not reveal them.
func shortKey(pairs string) string {
	var short []string
	for pair := range strings.SplitSeq(pairs, "; ") {
		if name, key, ok := strings.Cut(pair, "="); ok && len(key) > 6 {
			pair = name + "=" + key[:6] + "…"
		}
		short = append(short, pair)
	}
	return strings.ToValidUTF8(strings.Join(short, "; "), "")
}

// addOne receives the currently stored value, which no other request can change
// before the result is stored, so parallel clicks all count. Anything that is
// not a whole number, or is too large to add one to, counts as 0.
func addOne(old any) (any, error) {
	res := session.Int(old)
	if res == math.MaxInt {
		res = 0
	}
	return res + 1, nil
}
