package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

const (
	// maxHeader is the most that a request's header lines may have together.
	// The server itself cuts off later (see main), so that a page can tell the way out.
	maxHeader = 64 << 10

	// MaxForm is the most bytes that the body of a request may have.
	MaxForm = 64 << 10
	// MaxTarget is the most bytes that a request's path and query may have together.
	MaxTarget = 32 << 10

	// ContentSecurityPolicy is that of all answers but those that experiments need another for.
	ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// securityHeaders puts them on every answer, errors and static files too.
func securityHeaders(c *gin.Context) { setSecurityHeaders(c.Writer.Header()) }

func setSecurityHeaders(h http.Header) {
	h.Set("Server", "sessionlab") // by which a second lab knows the first
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: that makes the Origin of our own forms "null", and each
	// login by plain http on a LAN would be refused.
	h.Set("Referrer-Policy", "same-origin")
}

// limitSizes refuses what is too large to be meant for a tutorial.
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

// mayBeLarge reports whether a request is needed by who has too many cookies: for the look of the page
// that says so, and for the way out.
func mayBeLarge(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/static/") || r.Method == http.MethodPost && r.URL.Query().Has(forgetField)
}

// guardHost answers only to names that are ours. A page whose name was pointed
// at this machine (DNS rebinding) has an Origin equal to its Host: nothing but
// a list of names stops it.
func (s *Site) guardHost(c *gin.Context) {
	if !s.Hosts.Knows(c.Request.Host) {
		s.Fail(c, Refusal(http.StatusMisdirectedRequest))
		c.Abort()
	}
}

// guardOrigin refuses requests that change something and come from another
// site (CSRF).
func (s *Site) guardOrigin(c *gin.Context) {
	if err := s.origins.Check(c.Request); err != nil {
		s.Fail(c, Refusal(http.StatusForbidden))
		c.Abort()
	}
}
