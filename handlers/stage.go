package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"

	"sessionlab/internal/stage"
)

// greet gives a visitor who opens a page the cookie by which the stage knows who looks.
func (l *Lab) greet(c *gin.Context) {
	before := len(c.Writer.Header()["Set-Cookie"])
	l.stage.Visitor(c.Writer, c.Request)
	if len(c.Writer.Header()["Set-Cookie"]) > before {
		personal(c)
	}
}

// StageEvents streams the visitor's own exchanges: those that are kept, or after the one that the
// browser names, and then each as it happens.
func (l *Lab) StageEvents(c *gin.Context) error {
	after := uint64(0)
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		var err error
		if after, err = strconv.ParseUint(last, 10, 64); err != nil {
			return refusal(http.StatusBadRequest)
		}
	}
	personal(c)
	c.Header(gzhttp.HeaderNoCompression, "1") // what is compressed waits for more
	return l.stage.Events(c.Request.Context(), c.Writer, l.stage.Visitor(c.Writer, c.Request), after)
}

// HoldNext makes the visitor's next request wait before its handler, or takes that back.
func (l *Lab) HoldNext(c *gin.Context) error {
	armed := c.PostForm("armed")
	if armed != "0" && armed != "1" {
		return refusal(http.StatusBadRequest)
	}
	id := l.stage.Visitor(c.Writer, c.Request)
	l.stage.Arm(id, armed == "1")
	return l.staged(c, id)
}

// ClearStage forgets the visitor's exchanges.
func (l *Lab) ClearStage(c *gin.Context) error {
	id := l.stage.Visitor(c.Writer, c.Request)
	l.stage.Clear(id)
	return l.staged(c, id)
}

// staged answers a change on the stage: a script with the state, a form with the list.
func (l *Lab) staged(c *gin.Context, id string) error {
	personal(c)
	if wantsJSON(c) {
		c.JSON(http.StatusOK, gin.H{"armed": l.stage.Armed(id)})
		return nil
	}
	c.Redirect(http.StatusSeeOther, "/stage/")
	return nil
}

// CopyExchange writes an exchange's request so that it can be sent from elsewhere.
func (l *Lab) CopyExchange(c *gin.Context) error {
	e, err := l.exchange(c)
	if err != nil {
		return err
	}
	lang := l.langOf(c)
	text, ok := stage.Copy(e, c.Query("as"), func(s stage.Sentence) string { return l.texts.format(lang, s.ID, s.Values()) })
	if !ok {
		return &explained{http.StatusBadRequest, "stage.error.format", map[string]any{"Formats": strings.Join(stage.Formats(), ", ")}}
	}
	personal(c)
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}

// StageHAR exports what is kept of the visitor's exchanges, for DevTools.
func (l *Lab) StageHAR(c *gin.Context) error {
	personal(c)
	exchanges, err := l.stage.Exchanges(l.stage.Visitor(c.Writer, c.Request))
	if err != nil {
		return err
	}
	c.Header("Content-Type", "application/json")
	c.Header("Content-Disposition", `attachment; filename="sessionlab.har"`)
	return stage.WriteHAR(c.Writer, exchanges, l.Version)
}

// exchange is the one of the address, which the visitor alone may see.
func (l *Lab) exchange(c *gin.Context) (*stage.Exchange, error) {
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return nil, refusal(http.StatusNotFound)
	}
	e, err := l.stage.Exchange(l.stage.Visitor(c.Writer, c.Request), id)
	if err == nil && e == nil {
		err = &explained{http.StatusNotFound, "stage.gone", nil}
	}
	return e, err
}

// SendExchange has the lab answer a request that the visitor wrote, and shows that.
func (l *Lab) SendExchange(c *gin.Context) error {
	request, err := writtenRequest(c)
	if err != nil {
		return err
	}
	e := l.stage.Send(l.stage.Visitor(c.Writer, c.Request), c.Request, request)
	if e == nil {
		return refusal(http.StatusServiceUnavailable) // the visitor was forgotten meanwhile
	}
	personal(c)
	if wantsJSON(c) {
		c.JSON(http.StatusOK, gin.H{"id": e.ID})
		return nil
	}
	c.Redirect(http.StatusSeeOther, "/stage/exchange/"+strconv.FormatUint(e.ID, 10)+"/")
	return nil
}

// ReleaseHeld lets a request that waits go on, perhaps edited, or drops it.
func (l *Lab) ReleaseHeld(c *gin.Context) error {
	held, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return refusal(http.StatusNotFound)
	}
	action := c.PostForm("action")
	var edited *stage.Request
	switch _, written := c.GetPostForm("head"); {
	case action != "continue" && action != "drop":
		return refusal(http.StatusBadRequest)
	case action == "continue" && written:
		request, err := writtenRequest(c)
		if err != nil {
			return err
		}
		edited = &request
	}
	id := l.stage.Visitor(c.Writer, c.Request)
	if !l.stage.Release(id, held, action == "drop", edited) {
		return &explained{http.StatusNotFound, "stage.error.held", nil}
	}
	return l.staged(c, id)
}

// writtenRequest reads the fields head and body of a form. A browser sends each line break of a field
// as CRLF, whatever it was.
func writtenRequest(c *gin.Context) (stage.Request, error) {
	request, err := stage.ParseHead(c.PostForm("head"))
	if wrong, ok := errors.AsType[*stage.HeadError](err); ok {
		return request, &explained{http.StatusBadRequest, "stage.error." + wrong.Want, map[string]any{"Line": wrong.Line}}
	}
	request.Body.Text = c.PostForm("body")
	return request, err
}
