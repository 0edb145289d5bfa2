package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

const (
	// maxHeader bounds the total size of a request's header lines. The server's own limit is higher
	// (see internal/cli), so that a page can say how to get out.
	maxHeader = 64 << 10

	// MaxForm bounds the bytes of a request's body.
	MaxForm = 64 << 10
	// MaxTarget bounds the bytes of a request's path and query together.
	MaxTarget = 32 << 10

	// ContentSecurityPolicy applies to all responses but those of experiments that need another one.
	ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// securityHeaders sets the security headers on every response, including errors and static files.
func securityHeaders(c *gin.Context) { setSecurityHeaders(c.Writer.Header()) }

func setSecurityHeaders(h http.Header) {
	h.Set("Server", "sessionlab") // by which one lab recognizes another
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: that makes the Origin of our own forms "null", and every login over plain HTTP
	// on a LAN would be refused.
	h.Set("Referrer-Policy", "same-origin")
}

// limitSizes refuses requests that are too large for a tutorial.
func (s *Site) limitSizes(c *gin.Context) {
	size := len(c.Request.RequestURI)
	for name, values := range c.Request.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	switch {
	case len(c.Request.RequestURI) > MaxTarget:
		s.Fail(c, Refusal(http.StatusRequestURITooLong))
		c.Abort()
		return
	case size > maxHeader && !mayBeLarge(c.Request):
		s.Fail(c, Refusal(http.StatusRequestHeaderFieldsTooLarge))
		c.Abort()
		return
	case c.Request.ContentLength > MaxForm:
		s.Fail(c, Refusal(http.StatusRequestEntityTooLarge))
		c.Abort()
		return
	}
	if c.Request.Body != http.NoBody {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, MaxForm)
	}
}

// mayBeLarge reports whether someone with too many cookies needs a request: for the look of the page
// that says so, or to delete them.
func mayBeLarge(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/static/") || r.Method == http.MethodPost && r.URL.Query().Has(forgetField)
}

// guardHost accepts only the lab's own names. A page whose name was pointed at this machine (DNS
// rebinding) has an Origin equal to its Host, so only a list of names stops it.
func (s *Site) guardHost(c *gin.Context) {
	if !s.Hosts.Knows(c.Request.Host) {
		s.Fail(c, Refusal(http.StatusMisdirectedRequest))
		c.Abort()
	}
}

// guardOrigin refuses requests that would change something and come from another site (CSRF).
func (s *Site) guardOrigin(c *gin.Context) {
	if err := s.origins.Check(c.Request); err != nil {
		s.Fail(c, Refusal(http.StatusForbidden))
		c.Abort()
	}
}
