package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage/record"
)

// lastOf returns the newest exchange of the browser that sent r that is one of these requests, such as
// "GET /get_add_cookie", or nil.
type lastOf func(r *http.Request, requests ...string) *record.Exchange

// lastClick returns how the reader's last click went with the cookie of that name: the pair that the browser
// sent and the Set-Cookie line, each "" if there was none. known is false if nobody remembers.
func (l *counters) lastClick(c *gin.Context, name string, requests ...string) (went, came string, known bool) {
	e := l.last(c.Request, requests...)
	if e == nil {
		return "", "", false
	}
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") && strings.HasPrefix(f.Value, name+"=") {
			came = "Set-Cookie: " + f.Value
		}
	}
	return sent([]string{record.Get(e.Request.Header, "Cookie")}, name), came, true
}
