package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/experiment"
	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/stage"
	"sessionlab/session"
)

// handler answers a request, or returns why it could not. It has written
// nothing when it returns an error.
type handler func(c *gin.Context) error

// handle is the one place where a handler's error becomes status, page and log
// line.
func (l *Lab) handle(h handler) gin.HandlerFunc {
	name := functionName(h)
	return func(c *gin.Context) {
		stage.NoteHandler(c.Request.Context(), name)
		if err := h(c); err != nil {
			l.fail(c, err)
		}
	}
}

// refusal is an error that already knows its status.
type refusal int

func (r refusal) Error() string { return http.StatusText(int(r)) }

// explained is a refusal with a sentence of its own, in place of its status's.
type explained struct {
	refusal
	text string // its id in the catalogue
	args map[string]any
}

// Unwrap is for statusOf.
func (e *explained) Unwrap() error { return e.refusal }

// statusOf is the table from errors to statuses.
func statusOf(err error) int {
	var refused refusal
	var tooMany *member.TooMany
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refused):
		return int(refused)
	case errors.As(err, &tooLarge), errors.Is(err, session.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, session.ErrInterrupted):
		return http.StatusBadRequest // as Django answers SessionInterrupted
	case errors.As(err, &tooMany), errors.Is(err, experiment.ErrTooMany):
		return http.StatusTooManyRequests
	case errors.Is(err, member.ErrBusy), errors.Is(err, session.ErrUnavailable), errors.Is(err, database.ErrUnavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// fail answers with the page of an error. What a client can repair is said to
// the client alone; what is wrong with the lab is also logged, once, though the
// session may fail the same request again when it is to be saved.
func (l *Lab) fail(c *gin.Context, err error) {
	status := statusOf(err)
	if c.Request.Context().Err() != nil {
		// Nobody is listening, and the error is most likely about that.
		status = http.StatusServiceUnavailable
	} else if status >= 500 && len(c.Errors) == 0 {
		_ = c.Error(err) // for logRequests; it returns its argument
	}
	if status == http.StatusRequestEntityTooLarge {
		c.Header("Connection", "close") // or the server would first read what is left
	}
	if wait := retryAfter(err, status); wait > 0 {
		c.Header("Retry-After", seconds(wait))
	}
	l.renderError(c, status, err)
}

func retryAfter(err error, status int) time.Duration {
	var tooMany *member.TooMany
	switch {
	case errors.As(err, &tooMany):
		return max(tooMany.RetryAfter, time.Second)
	case status == http.StatusServiceUnavailable:
		return 5 * time.Second
	}
	return 0
}

type errorPage struct {
	Page
	Status int
	Name   string // of the status, as HTTP has it
	Text   string
	Back   string // where too many cookies came to, which can be deleted there; or ""
}

func (l *Lab) renderError(c *gin.Context, status int, err error) {
	c.Header("Cache-Control", "no-store")
	id := "error." + strconv.Itoa(status)
	page := l.newPage(c, "")
	text := l.texts.text(page.Lang, id+".text")
	if said, ok := errors.AsType[*explained](err); ok {
		text = l.texts.format(page.Lang, said.text, said.args)
	}
	if wantsJSON(c) {
		c.JSON(status, gin.H{"error": text})
		return
	}
	page.Title = l.texts.text(page.Lang, id+".title")
	data := &errorPage{Page: page, Status: status, Name: http.StatusText(status), Text: text}
	if status == http.StatusRequestHeaderFieldsTooLarge && c.GetHeader("Cookie") != "" {
		data.Back = ownPath(c.Request)
	}
	if err := l.render(c, status, "error.html", data); err != nil {
		l.Log.Error("error page failed", "status", status, "error", err)
		c.String(http.StatusInternalServerError, "500 Internal Server Error\n")
	}
}

// notFound also sends an address that lacks only its last slash to the page.
func (l *Lab) notFound(c *gin.Context) error {
	path := c.Request.URL.Path + "/"
	if l.folders[path] && (c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead) {
		if c.Request.URL.RawQuery != "" {
			path += "?" + c.Request.URL.RawQuery
		}
		c.Redirect(http.StatusMovedPermanently, path)
		return nil
	}
	return refusal(http.StatusNotFound)
}

func (l *Lab) methodNotAllowed(c *gin.Context) error {
	return refusal(http.StatusMethodNotAllowed) // gin has set Allow
}

// recoverPanics makes a page of what would have been a stack trace. The
// session, which sits inside, has saved nothing.
func (l *Lab) recoverPanics(c *gin.Context) {
	defer func() {
		switch caught := recover(); caught {
		case nil:
		case http.ErrAbortHandler:
			panic(caught)
		default:
			if c.Writer.Written() {
				_ = c.Error(fmt.Errorf("panic: %v", caught))
				panic(http.ErrAbortHandler) // the client must not take half an answer for a whole one
			}
			l.fail(c, fmt.Errorf("panic: %v", caught))
		}
	}()
	c.Next()
}

const jsonKey = "sessionlab/json"

// answerJSON marks the addresses of scripts before anything can refuse the request. The line break
// keeps a terminal's next prompt on a line of its own.
func (l *Lab) answerJSON(c *gin.Context) {
	if !l.scripts[c.FullPath()] {
		return
	}
	c.Set(jsonKey, true)
	c.Next()
	if strings.HasPrefix(c.Writer.Header().Get("Content-Type"), "application/json") {
		c.Writer.WriteString("\n")
	}
}

// wantsJSON tells whether the client asked for JSON rather than a page.
func wantsJSON(c *gin.Context) bool {
	if c.GetBool(jsonKey) || c.ContentType() == "application/json" {
		return true
	}
	c.Writer.Header().Add("Vary", "Accept")
	accept := strings.Split(c.GetHeader("Accept"), ",")
	named := func(kind string) int {
		return slices.IndexFunc(accept, func(part string) bool {
			name, _, _ := strings.Cut(part, ";")
			return strings.EqualFold(strings.TrimSpace(name), kind)
		})
	}
	json, html := named("application/json"), named("text/html")
	return json >= 0 && (html < 0 || json < html)
}
