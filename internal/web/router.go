package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// Router adds pages to a site. Each laboratory is handed one and adds its own.
type Router struct {
	site    *Site
	gin     *gin.Engine
	folders map[string]bool // addresses that end in a slash, see notFound
	scripts map[string]bool // addresses that respond to scripts, see answerJSON
}

// NewRouter returns a router that handles every request in a chain, up to and including inner, which
// prepares the session and the visitor.
func NewRouter(s *Site, inner ...gin.HandlerFunc) *Router {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.RedirectTrailingSlash = false // Gin's trusts X-Forwarded-Prefix; see notFound
	g.HandleMethodNotAllowed = true
	g.SetTrustedProxies(nil) // the peer is whoever is connected, whatever a header says
	r := &Router{site: s, gin: g, folders: map[string]bool{}, scripts: map[string]bool{}}
	g.Use(s.logRequests, r.answerJSON, s.recoverPanics, securityHeaders, s.limitSizes, s.guardHost, s.guardOrigin, s.forgetCookies)
	g.Use(inner...)
	g.NoRoute(s.handle(r.notFound))
	g.NoMethod(s.handle(methodNotAllowed))
	return r
}

// ServeHTTP implements http.Handler.
func (r *Router) ServeHTTP(w http.ResponseWriter, request *http.Request) { r.gin.ServeHTTP(w, request) }

// Page routes a page that can be viewed without changing anything.
func (r *Router) Page(path string, h Handler) {
	r.folders[path] = true
	r.gin.GET(path, r.site.handle(h))
	r.gin.HEAD(path, r.site.handle(h))
}

// GET routes something that is not a page, such as a file or a stream.
func (r *Router) GET(path string, h Handler) { r.gin.GET(path, r.site.handle(h)) }

// HEAD routes requests for the headers alone.
func (r *Router) HEAD(path string, h Handler) { r.gin.HEAD(path, r.site.handle(h)) }

// POST routes requests that change something.
func (r *Router) POST(path string, h Handler) { r.gin.POST(path, r.site.handle(h)) }

// Script routes an address that responds to a script in JSON, whatever it accepts.
func (r *Router) Script(method, path string, h Handler) {
	r.scripts[path] = true
	r.gin.Handle(method, path, r.site.handle(h))
}

// notFound redirects to the page if an address lacks only its final slash, and otherwise returns 404.
func (r *Router) notFound(c *gin.Context) error {
	path := c.Request.URL.Path + "/"
	if r.folders[path] && (c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead) {
		if c.Request.URL.RawQuery != "" {
			path += "?" + c.Request.URL.RawQuery
		}
		c.Redirect(http.StatusMovedPermanently, path)
		return nil
	}
	return Refusal(http.StatusNotFound)
}

func methodNotAllowed(*gin.Context) error {
	return Refusal(http.StatusMethodNotAllowed) // gin has set Allow
}

const jsonKey = "sessionlab/json"

// answerJSON marks the addresses of scripts before anything can refuse the request. The line break
// after the JSON keeps a terminal's next prompt on its own line.
func (r *Router) answerJSON(c *gin.Context) {
	if !r.scripts[c.FullPath()] {
		return
	}
	c.Set(jsonKey, true)
	c.Next()
	if strings.HasPrefix(c.Writer.Header().Get("Content-Type"), "application/json") {
		c.Writer.WriteString("\n")
	}
}
