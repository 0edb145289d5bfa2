package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/visitor"
	"sessionlab/session"
)

// Handler answers a request or returns the reason why it could not. If it returns an error, it has
// written nothing.
type Handler func(c *gin.Context) error

// handle turns h into a handler for Gin. Only here does an error become a status, a page and a log
// line.
func (s *Site) handle(h Handler) gin.HandlerFunc {
	name := functionName(h)
	return func(c *gin.Context) {
		s.options.Note(c.Request.Context(), name)
		if err := h(c); err != nil {
			s.Fail(c, err)
		}
	}
}

// Refusal is an HTTP status that can be returned as an error.
type Refusal int

func (r Refusal) Error() string { return http.StatusText(int(r)) }

// Explained is a Refusal with its own sentence instead of the one for its status.
type Explained struct {
	Refusal
	Text string // the sentence's id in the catalogue
	Args map[string]any
}

// Unwrap lets errors.As find the Refusal.
func (e *Explained) Unwrap() error { return e.Refusal }

// Explain returns a refusal with the sentence that has the id text in the catalogue.
func Explain(status int, text string, args map[string]any) *Explained {
	return &Explained{Refusal(status), text, args}
}

// StatusOf returns the HTTP status for an error.
func StatusOf(err error) int {
	var refused Refusal
	var tooMany *member.TooMany
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refused):
		return int(refused)
	case errors.As(err, &tooLarge), errors.Is(err, session.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, session.ErrInterrupted):
		return http.StatusBadRequest // as Django does for SessionInterrupted
	case errors.As(err, &tooMany), errors.Is(err, visitor.ErrFull), errors.Is(err, visitor.ErrBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, member.ErrBusy), errors.Is(err, session.ErrUnavailable), errors.Is(err, database.ErrUnavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fail responds with an error page. If the client can fix the problem, only the client is told. If
// the lab is at fault, the error is also logged, once, even if the session then fails to be saved for
// the same reason.
func (s *Site) Fail(c *gin.Context, err error) {
	status := StatusOf(err)
	if c.Request.Context().Err() != nil {
		// The client has gone, which most likely caused the error.
		status = http.StatusServiceUnavailable
	} else if status >= 500 && len(c.Errors) == 0 {
		_ = c.Error(err) // for logRequests; it returns its argument
	}
	if status == http.StatusRequestEntityTooLarge {
		c.Header("Connection", "close") // otherwise the server would first read the rest of the body
	}
	if wait := RetryAfter(err); wait > 0 {
		c.Header("Retry-After", Seconds(wait))
	}
	s.renderError(c, status, err)
}

// unavailableTime is how long to wait for something that cannot be reached.
const unavailableTime = 5 * time.Second

// RetryAfter returns how long to wait before trying again after an error, or 0 if that makes no
// sense.
func RetryAfter(err error) time.Duration {
	var tooMany *member.TooMany
	switch {
	case errors.As(err, &tooMany):
		return max(tooMany.RetryAfter, time.Second)
	case errors.Is(err, visitor.ErrFull), errors.Is(err, visitor.ErrBusy):
		return 10 * time.Second
	case StatusOf(err) == http.StatusServiceUnavailable:
		return unavailableTime
	}
	return 0
}

// explain gives errors that many pages can return their sentence.
func explain(err error) error {
	switch {
	case errors.Is(err, visitor.ErrFull):
		return Explain(http.StatusTooManyRequests, "experiment.full", nil)
	case errors.Is(err, visitor.ErrBusy):
		return Explain(http.StatusTooManyRequests, "experiment.busy", nil)
	}
	return err
}

type errorPage struct {
	Page
	Status int
	Name   string // the status's name in HTTP
	Text   string
	Back   string // the address that received too many cookies, where they can be deleted, or ""
}

func (s *Site) renderError(c *gin.Context, status int, err error) {
	c.Header("Cache-Control", "no-store")
	id := "error." + strconv.Itoa(status)
	page := s.NewPage(c, "")
	text := s.Texts.Text(page.Lang, id+".text")
	if said, ok := errors.AsType[*Explained](explain(err)); ok {
		text = s.Texts.Format(page.Lang, said.Text, said.Args)
	}
	if WantsJSON(c) {
		c.JSON(status, gin.H{"error": text})
		return
	}
	page.Title = s.Texts.Text(page.Lang, id+".title")
	data := &errorPage{Page: page, Status: status, Name: http.StatusText(status), Text: text}
	if status == http.StatusRequestHeaderFieldsTooLarge && c.GetHeader("Cookie") != "" {
		data.Back = ownPath(c.Request)
	}
	if err := s.Render(c, status, "error.html", data); err != nil {
		s.options.Log.Error("error page failed", "status", status, "error", err)
		c.String(http.StatusInternalServerError, "500 Internal Server Error\n")
	}
}

// recoverPanics turns a panic into an error page. The session is handled further inside and has saved
// nothing.
func (s *Site) recoverPanics(c *gin.Context) {
	defer func() {
		switch caught := recover(); caught {
		case nil:
		case http.ErrAbortHandler:
			panic(caught)
		default:
			if c.Writer.Written() {
				_ = c.Error(fmt.Errorf("panic: %v", caught))
				panic(http.ErrAbortHandler) // the client must not take half a response for a complete one
			}
			s.Fail(c, fmt.Errorf("panic: %v", caught))
		}
	}()
	c.Next()
}

// WantsJSON reports whether the client asked for JSON rather than a page.
func WantsJSON(c *gin.Context) bool {
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
