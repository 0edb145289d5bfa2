package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

const (
	// maxHeader is the most that a request's header lines may have together.
	// The server itself cuts off later (see main), so that a page can tell the way out.
	maxHeader = 64 << 10
	maxForm   = 64 << 10

	contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// securityHeaders go on every answer, errors and static files too.
func (l *Lab) securityHeaders(c *gin.Context) { setSecurityHeaders(c.Writer.Header()) }

func setSecurityHeaders(h http.Header) {
	h.Set("Server", "sessionlab") // by which a second lab knows the first
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: that makes the Origin of our own forms "null", and each
	// login by plain http on a LAN would be refused.
	h.Set("Referrer-Policy", "same-origin")
}

// limitSizes refuses what is too large to be meant for a tutorial.
func (l *Lab) limitSizes(c *gin.Context) {
	size := len(c.Request.RequestURI)
	for name, values := range c.Request.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	switch {
	case size > maxHeader && !mayBeLarge(c.Request):
		l.fail(c, refusal(http.StatusRequestHeaderFieldsTooLarge))
		c.Abort()
		return
	case c.Request.ContentLength > maxForm:
		l.fail(c, refusal(http.StatusRequestEntityTooLarge))
		c.Abort()
		return
	}
	if c.Request.Body != http.NoBody {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	}
}

// mayBeLarge tells whether a request is needed by who has too many cookies: for the look of the page
// that says so, and for the way out.
func mayBeLarge(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/static/") || r.Method == http.MethodPost && r.URL.Query().Has(forgetField)
}

// guardHost answers only to names that are ours. A page whose name was pointed
// at this machine (DNS rebinding) has an Origin equal to its Host: nothing but
// a list of names stops it.
func (l *Lab) guardHost(c *gin.Context) {
	if !l.knows(c.Request.Host) {
		l.fail(c, refusal(http.StatusMisdirectedRequest))
		c.Abort()
	}
}

func (l *Lab) knows(hostport string) bool {
	if _, port, err := net.SplitHostPort(hostport); err == nil && port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false // redirects have the port, too: it must not go on as another name
		}
	}
	host := hostname(hostport)
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || l.hosts[host]
}

// hostname is the name in a Host header, in lower case, without port and
// without the dot of a fully qualified name.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// knownHosts has the machine's own name, with and without .local, and the
// names that the user gave.
func knownHosts(given []string) map[string]bool {
	hosts := map[string]bool{}
	if own, err := os.Hostname(); err == nil && own != "" {
		own = strings.TrimSuffix(strings.ToLower(own), ".local")
		hosts[own], hosts[own+".local"] = true, true
	}
	for _, name := range given {
		hosts[hostname(name)] = true
	}
	return hosts
}

// guardOrigin refuses requests that change something and come from another
// site (CSRF).
func (l *Lab) guardOrigin(c *gin.Context) {
	if err := l.origins.Check(c.Request); err != nil {
		l.fail(c, refusal(http.StatusForbidden))
		c.Abort()
	}
}
