package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage/record"
	"sessionlab/internal/web"
)

const cookieLife = 14 * 24 * time.Hour

// counterPage shows a counter and explains where the number is kept.
type counterPage struct {
	web.Page
	Counter string // the address that counts
	Count   int
	Refused bool      // the browser did not send back the cookie it was given
	Browser string    // the cookies of this page that it sent
	Unknown bool      // it sent a session key that the server does not know
	Server  string    // what the server sent, or has stored
	Until   time.Time // when that expires; zero for never
}

// ShowAddCookie shows the counter that the browser keeps, and gives it one if
// it has none yet.
func (l *counters) ShowAddCookie(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "cookie")
	if err != nil {
		return err
	}
	cookie, err := c.Request.Cookie("res")
	hasKey := err == nil
	if !hasKey {
		l.setCounter(c, 0)
	}
	data := &counterPage{Page: page, Counter: "/get_add_cookie", Count: count(cookie)}
	data.Browser = sent(c.Request.Header["Cookie"], "res")
	data.Refused = data.Browser == "" && c.Query("counted") != ""
	for _, set := range c.Writer.Header().Values("Set-Cookie") {
		data.Server = "Set-Cookie: " + set
	}
	if c.Query("counted") != "" {
		if went, came, known := l.lastClick(c, "res", "GET /get_add_cookie", "GET /get_add_cookie/", "POST /cookie/"); known {
			data.Browser, data.Server = went, came
		}
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "cookie.html", data)
}

// ShowBrowser shows the counter beside the button that holds its next request.
func (l *counters) ShowBrowser(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "cookie-browser")
	if err != nil {
		return err
	}
	cookie, err := c.Request.Cookie("res")
	if err != nil {
		l.setCounter(c, 0)
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "cookie-browser.html", &counterPage{Page: page, Counter: "/get_add_cookie", Count: count(cookie)})
}

// GetAddCookie counts up: the browser sends the number, and the server sends
// back the next one. Between requests the server remembers nothing.
func (l *counters) GetAddCookie(c *gin.Context) error {
	cookie, _ := c.Request.Cookie("res") // nil when there is none
	res := count(cookie) + 1
	l.setCounter(c, res)
	web.Personal(c)
	c.JSON(http.StatusOK, gin.H{"res": res})
	return nil
}

// AddCookie does the same for a form and returns to its page.
func (l *counters) AddCookie(c *gin.Context) error {
	cookie, _ := c.Request.Cookie("res")
	l.setCounter(c, count(cookie)+1)
	c.Redirect(http.StatusSeeOther, c.FullPath()+"?counted=1")
	return nil
}

// sent returns the cookies of that name in Cookie lines as they were written, even those that net/http does
// not read.
func sent(lines []string, name string) string {
	var pairs []string
	for _, pair := range record.CookiePairs(strings.Join(lines, ";")) {
		if text := strings.TrimSpace(pair.Text); strings.HasPrefix(text, name+"=") {
			pairs = append(pairs, text)
		}
	}
	return strings.Join(pairs, "; ")
}

// setCounter keeps the number in the browser for 14 days. Scripts can read it,
// on purpose: the session's cookie is HttpOnly and does not allow that.
func (l *counters) setCounter(c *gin.Context, res int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name:     "res",
		Value:    strconv.Itoa(res),
		Expires:  l.now().Add(cookieLife),
		Path:     "/",
		SameSite: http.SameSiteLaxMode,
	})
}

// count reads a number that anyone may have changed: anything that is not a
// number, or is too large to add one to, counts as 0.
func count(cookie *http.Cookie) int {
	if cookie == nil {
		return 0
	}
	n, err := strconv.Atoi(cookie.Value)
	if err != nil || n <= -maxCount || n >= maxCount {
		return 0
	}
	return n
}

const maxCount = 1<<53 - 1 // the largest integer that JavaScript can tell from its neighbours
