package handlers

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/web"
)

// connection holds what the server knows about a TCP connection: its number and
// how many requests it has carried, but not who sent them.
type connection struct {
	number   int64
	requests atomic.Int64
}

type connectionKey struct{}

// countConnections returns a function for http.Server.ConnContext that numbers
// the connections, for [Lab.ShowStateless].
func countConnections() func(context.Context, net.Conn) context.Context {
	var connections atomic.Int64
	return func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, &connection{number: connections.Add(1)})
	}
}

// Known holds all that a server knows about a request by itself.
type Known struct {
	Connection    int64  `json:"connection"`
	Request       int64  `json:"request_on_connection"`
	RemoteAddress string `json:"remote_address"`
	UserAgent     string `json:"user_agent"`
	CookieSent    bool   `json:"cookie_sent"`
}

type statelessPage struct {
	web.Page
	Known   Known
	Method  string
	Cookies []string // the names of those that were sent
}

// ShowStateless shows what the server knows about you: this request and the
// connection that carried it, nothing from before.
func (l *counters) ShowStateless(c *gin.Context) error {
	known := Known{
		RemoteAddress: c.Request.RemoteAddr,
		UserAgent:     c.Request.UserAgent(),
		CookieSent:    c.GetHeader("Cookie") != "",
	}
	if conn, ok := c.Request.Context().Value(connectionKey{}).(*connection); ok {
		known.Connection, known.Request = conn.number, conn.requests.Add(1)
	}
	web.Personal(c)
	if web.WantsJSON(c) {
		c.JSON(http.StatusOK, known)
		c.Writer.WriteString("\n")
		return nil
	}
	page, err := l.site.LessonPage(c, "stateless")
	if err != nil {
		return err
	}
	data := &statelessPage{Page: page, Known: known, Method: c.Request.Method}
	for _, cookie := range c.Request.Cookies() {
		data.Cookies = append(data.Cookies, cookie.Name)
	}
	return l.site.Render(c, http.StatusOK, "stateless.html", data)
}
