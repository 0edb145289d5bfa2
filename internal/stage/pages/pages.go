// Package pages has the pages of the stage: the list of exchanges, one exchange, a held request, and
// what their buttons do.
package pages

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage"
	"sessionlab/internal/web"
)

// Pages answers the requests to the stage itself. It is safe for concurrent use.
type Pages struct {
	site    *web.Site
	stage   *stage.Stage
	version string // the program's, for what it exports
}

// New returns the pages of a stage.
func New(site *web.Site, of *stage.Stage, version string) *Pages { return &Pages{site, of, version} }

// Routes adds the pages.
func (p *Pages) Routes(r *web.Router) {
	r.Page("/stage/", p.ShowStage)
	r.Page("/stage/exchange/:id/", p.ShowExchange)
	r.Page("/stage/held/:id/", p.ShowHeld)
	r.GET("/stage/enter", p.AskToEnter)
	r.POST("/stage/enter", p.EnterStage)
	r.GET("/stage/events", p.StageEvents)
	r.POST("/stage/hold", p.HoldNext)
	r.GET("/stage/har", p.StageHAR)
	r.GET("/stage/exchange/:id/copy", p.CopyExchange)
	r.POST("/stage/held/:id/", p.ReleaseHeld)
	r.POST("/stage/send", p.SendExchange)
	r.POST("/stage/clear", p.ClearStage)
}

// ShowStage lists the visitor's own exchanges.
func (p *Pages) ShowStage(c *gin.Context) error {
	web.Personal(c)
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	exchanges := p.stage.Exchanges(v)
	slices.Reverse(exchanges)
	data := &stagePage{Page: p.ownPage(c), Exchanges: exchanges, Armed: p.stage.Armed(v)}
	for _, name := range loopbackNames(c.Request.Host) {
		pass := "//" + name + "/stage/enter?pass=" + p.stage.Passes.New(v.Visitor, c.Request)
		data.Others = append(data.Others, web.Link{Path: pass, Text: name})
	}
	for _, held := range p.stage.Held(v) {
		data.Held = strconv.FormatUint(held.ID, 10)
	}
	return p.site.Render(c, http.StatusOK, "stage.html", data)
}

// loopbackNames returns further host names of a lab on this machine. To a browser each is a site of its own.
func loopbackNames(hostport string) (others []string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if host != "localhost" && !strings.HasSuffix(host, ".localhost") && (err != nil || !addr.IsLoopback()) {
		return nil
	}
	for _, name := range []string{"localhost", "127.0.0.1", "a.localhost", "b.localhost"} {
		if name == host {
			continue
		}
		if port != "" {
			name = net.JoinHostPort(name, port)
		}
		others = append(others, name)
	}
	return others
}

// AskToEnter asks whether this browser should be watched from another host name of this lab. Following a link
// is not consent: it could be anybody's.
func (p *Pages) AskToEnter(c *gin.Context) error {
	web.Personal(c)
	pass := c.Query("pass")
	host, ok := p.stage.Passes.From(c.Request, pass)
	if !ok {
		return web.Explain(http.StatusNotFound, "stage.error.pass", nil)
	}
	return p.site.Render(c, http.StatusOK, "stage-enter.html", &enterPage{p.ownPage(c), pass, host})
}

// EnterStage gives the browser the name that the visitor has under another host name of this lab.
func (p *Pages) EnterStage(c *gin.Context) error {
	web.Personal(c)
	if !p.stage.Passes.Enter(c.Writer, c.Request, c.PostForm("pass")) {
		return web.Explain(http.StatusNotFound, "stage.error.pass", nil)
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// ShowExchange shows one exchange as a page, or as a part for another page.
func (p *Pages) ShowExchange(c *gin.Context) error {
	web.Personal(c)
	e, err := p.exchange(c)
	if err != nil {
		return err
	}
	data := p.newExchangePage(p.ownPage(c), e, stage.CookieName(c.Request))
	return p.site.RenderPart(c, http.StatusOK, "stage-exchange.html", part(c, "exchange"), data)
}

// ShowHeld shows a waiting request for editing.
func (p *Pages) ShowHeld(c *gin.Context) error {
	web.Personal(c)
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return web.Refusal(http.StatusNotFound)
	}
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	held, err := p.stage.FindHeld(v, id)
	if err != nil {
		return explainStage(err)
	}
	return p.site.RenderPart(c, http.StatusOK, "stage-held.html", part(c, "held"), newHeldPage(p.ownPage(c), held))
}

// part returns the template to execute: the whole page, or the part that another page asks for.
func part(c *gin.Context, name string) string {
	if c.Query("part") != "" {
		return name
	}
	return "base.html"
}

// ownPage returns the common data of the stage's own pages.
func (p *Pages) ownPage(c *gin.Context) web.Page {
	page := p.site.NewPage(c, "")
	page.OnStage = true
	page.Title = p.site.Say(c, "stage.title", nil)
	return page
}
