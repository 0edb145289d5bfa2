package ginsession_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/session"
	"sessionlab/session/ginsession"
)

// An app that was written for gin-contrib/sessions goes on working; what that interface cannot say,
// session.From says.
func Example() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	store := session.NewCache(session.DefaultLimits(), time.Now)
	r.Use(ginsession.Middleware(store, time.Now, func(c *gin.Context, err error) {
		c.String(http.StatusServiceUnavailable, "sessions are unavailable")
	}))
	r.GET("/login", func(c *gin.Context) {
		session.From(c).Cycle()
		sessions.Default(c).Set("user", "alice")
	})
	r.GET("/", func(c *gin.Context) {
		c.String(http.StatusOK, "hello %v", sessions.Default(c).Get("user"))
	})

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/login", nil))
	again := httptest.NewRequest("GET", "/", nil)
	for _, cookie := range w.Result().Cookies() {
		again.AddCookie(cookie)
	}
	w = httptest.NewRecorder()
	r.ServeHTTP(w, again)
	fmt.Println(w.Body)
	// Output: hello alice
}
