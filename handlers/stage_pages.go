package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/stage"
)

// ShowStage lists the visitor's own exchanges.
func (l *Lab) ShowStage(c *gin.Context) error {
	personal(c)
	id := l.stage.Visitor(c.Writer, c.Request)
	exchanges, err := l.stage.Exchanges(id)
	if err != nil {
		return err
	}
	slices.Reverse(exchanges)
	data := &stagePage{Page: l.stageOwnPage(c), Exchanges: exchanges, Armed: l.stage.Armed(id)}
	for _, name := range otherNames(c.Request.Host) {
		pass := "//" + name + "/stage/enter?pass=" + l.stage.Pass(id, c.Request)
		data.Others = append(data.Others, Link{pass, name})
	}
	for _, held := range l.stage.Held(id) {
		data.Held = strconv.FormatUint(held.ID, 10)
	}
	return l.render(c, http.StatusOK, "stage.html", data)
}

// otherNames are further names of a lab on this very machine: each is a site of its own to a browser.
func otherNames(hostport string) (others []string) {
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

// EnterStage makes a visitor of another name of this lab known under this one.
func (l *Lab) EnterStage(c *gin.Context) error {
	personal(c)
	if !l.stage.Enter(c.Writer, c.Request, c.Query("pass")) {
		return &explained{http.StatusNotFound, "stage.error.pass", nil}
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// ShowExchange shows one exchange, as a page or as a part of one.
func (l *Lab) ShowExchange(c *gin.Context) error {
	personal(c)
	e, err := l.exchange(c)
	if err != nil {
		return err
	}
	data := l.newExchangePage(l.stageOwnPage(c), e, stage.CookieName(c.Request))
	return l.renderPart(c, http.StatusOK, "stage-exchange.html", part(c, "exchange"), data)
}

// ShowHeld shows a request that waits, to be edited.
func (l *Lab) ShowHeld(c *gin.Context) error {
	personal(c)
	for _, held := range l.stage.Held(l.stage.Visitor(c.Writer, c.Request)) {
		if strconv.FormatUint(held.ID, 10) == c.Param("id") {
			return l.renderPart(c, http.StatusOK, "stage-held.html", part(c, "held"), newHeldPage(l.stageOwnPage(c), held))
		}
	}
	return &explained{http.StatusNotFound, "stage.error.held", nil}
}

// part is the template that is asked for: the whole page, or what another page takes in.
func part(c *gin.Context, name string) string {
	if c.Query("part") != "" {
		return name
	}
	return "base.html"
}

// stageOwnPage is the common part of a page of the stage itself.
func (l *Lab) stageOwnPage(c *gin.Context) Page {
	p := l.newPage(c, "")
	p.OnStage = true
	p.Title = l.texts.text(p.Lang, "stage.title")
	return p
}
