package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"sessionlab/internal/stage"
	"sessionlab/internal/stage/export"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

// viewer returns the viewer that this request is.
func (p *Pages) viewer(c *gin.Context) (stage.Viewer, error) {
	return p.stage.Viewer(visitor.ID(c), c.Request)
}

// explainStage gives an error of the stage its status and sentence.
func explainStage(err error) error {
	switch {
	case errors.Is(err, stage.ErrOtherSession):
		return web.Explain(http.StatusForbidden, "stage.error.session", nil)
	case errors.Is(err, stage.ErrNotHeld):
		return web.Explain(http.StatusNotFound, "stage.error.held", nil)
	}
	return err
}

// StageEvents streams the visitor's own exchanges: those that are kept, or those after the one that the
// browser names, and then each as it happens. The lab's pages ask for them in brief.
func (p *Pages) StageEvents(c *gin.Context) error {
	after := uint64(0)
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		var err error
		if after, err = strconv.ParseUint(last, 10, 64); err != nil {
			return web.Refusal(http.StatusBadRequest)
		}
	}
	web.Personal(c)
	c.Header(gzhttp.HeaderNoCompression, "1") // compression would wait for more
	return p.stage.Events(c.Writer, c.Request, stage.Wish{Visitor: visitor.ID(c), After: after, Page: c.Query("page"), Brief: c.Query("brief") == "1"})
}

// HoldNext makes the visitor's next request wait before its handler, or cancels that.
func (p *Pages) HoldNext(c *gin.Context) error {
	armed := c.PostForm("armed")
	if armed != "0" && armed != "1" {
		return web.Refusal(http.StatusBadRequest)
	}
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	p.stage.Arm(v, armed == "1")
	return p.staged(c, v)
}

// ClearStage forgets the visitor's exchanges.
func (p *Pages) ClearStage(c *gin.Context) error {
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	p.stage.Clear(v.Visitor)
	return p.staged(c, v)
}

// staged answers after a change on the stage: a script gets the state, a form the list.
func (p *Pages) staged(c *gin.Context, v stage.Viewer) error {
	web.Personal(c)
	if web.WantsJSON(c) {
		c.JSON(http.StatusOK, gin.H{"armed": p.stage.Armed(v)})
		return nil
	}
	c.Redirect(http.StatusSeeOther, "/stage/")
	return nil
}

// CopyExchange answers with an exchange's request in a form in which other programs can send it.
func (p *Pages) CopyExchange(c *gin.Context) error {
	e, err := p.exchange(c)
	if err != nil {
		return err
	}
	text, ok := export.Copy(e, c.Query("as"), func(s view.Sentence) string { return p.site.Say(c, s.ID, s.Values()) })
	if !ok {
		return web.Explain(http.StatusBadRequest, "stage.error.format", map[string]any{"Formats": strings.Join(export.Formats(), ", ")})
	}
	web.Personal(c)
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}

// StageHAR exports the visitor's exchanges for DevTools.
func (p *Pages) StageHAR(c *gin.Context) error {
	web.Personal(c)
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	c.Header("Content-Type", "application/json")
	c.Header("Content-Disposition", `attachment; filename="sessionlab.har"`)
	return export.WriteHAR(c.Writer, p.stage.Exchanges(v), p.version)
}

// exchange returns the visitor's exchange that the address names.
func (p *Pages) exchange(c *gin.Context) (*record.Exchange, error) {
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return nil, web.Refusal(http.StatusNotFound)
	}
	v, err := p.viewer(c)
	if err != nil {
		return nil, err
	}
	if e := p.stage.Exchange(v, id); e != nil {
		return e, nil
	}
	return nil, web.Explain(http.StatusNotFound, "stage.gone", nil)
}

// SendExchange lets the lab answer a request that the visitor wrote, and shows the exchange.
func (p *Pages) SendExchange(c *gin.Context) error {
	request, err := writtenRequest(c)
	if err != nil {
		return err
	}
	v, err := p.viewer(c)
	if err != nil {
		return err
	}
	e, err := p.stage.Send(v, c.Request, request)
	switch {
	case err != nil:
		return explainStage(err)
	case e == nil:
		return web.Refusal(http.StatusServiceUnavailable)
	}
	web.Personal(c)
	if web.WantsJSON(c) {
		c.JSON(http.StatusOK, gin.H{"id": e.ID})
		return nil
	}
	c.Redirect(http.StatusSeeOther, "/stage/exchange/"+strconv.FormatUint(e.ID, 10)+"/")
	return nil
}

// ReleaseHeld lets a waiting request go on, perhaps edited, or drops it.
func (p *Pages) ReleaseHeld(c *gin.Context) error {
	held, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return web.Refusal(http.StatusNotFound)
	}
	action := c.PostForm("action")
	var edited *record.Request
	switch _, written := c.GetPostForm("head"); {
	case action != "continue" && action != "drop":
		return web.Refusal(http.StatusBadRequest)
	case action == "continue" && written:
		request, err := writtenRequest(c)
		if err != nil {
			return err
		}
		edited = &request
	}
	v, err := p.viewer(c)
	if err == nil {
		err = p.stage.Release(v, c.Request, held, action == "drop", edited)
	}
	if err != nil {
		return explainStage(err)
	}
	return p.staged(c, v)
}

// writtenRequest reads the fields head and body of a form. A browser sends every line break in a field as
// CRLF.
func writtenRequest(c *gin.Context) (record.Request, error) {
	request, err := stage.ParseHead(c.PostForm("head"))
	if wrong, ok := errors.AsType[*stage.HeadError](err); ok {
		return request, web.Explain(http.StatusBadRequest, "stage.error."+wrong.Want, map[string]any{"Line": wrong.Line})
	}
	request.Body.Text = c.PostForm("body")
	return request, err
}
