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

// Handler answers a request, or returns why it could not. It has written nothing when it returns an
// error.
type Handler func(c *gin.Context) error

// handle makes h a handler of Gin's: here, and nowhere else, an error becomes status, page and log
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

// Refusal is an error that already knows its status. It implements error.
type Refusal int

func (r Refusal) Error() string { return http.StatusText(int(r)) }

// Explained is a Refusal with a sentence of its own, in place of its status's.
type Explained struct {
	Refusal
	Text string // its id in the catalogue
	Args map[string]any
}

// Unwrap lets errors.As find the Refusal.
func (e *Explained) Unwrap() error { return e.Refusal }

// Explain returns a refusal with the sentence of that id in the catalogue.
func Explain(status int, text string, args map[string]any) *Explained {
	return &Explained{Refusal(status), text, args}
}

// StatusOf is the table from errors to statuses.
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
		return http.StatusBadRequest // as Django answers SessionInterrupted
	case errors.As(err, &tooMany), errors.Is(err, visitor.ErrFull), errors.Is(err, visitor.ErrBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, member.ErrBusy), errors.Is(err, session.ErrUnavailable), errors.Is(err, database.ErrUnavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Fail answers with the page of an error. What a client can repair is said to
// the client alone; what is wrong with the lab is also logged, once, though the
// session may fail the same request again when it is to be saved.
func (s *Site) Fail(c *gin.Context, err error) {
	status := StatusOf(err)
	if c.Request.Context().Err() != nil {
		// Nobody is listening, and the error is most likely about that.
		status = http.StatusServiceUnavailable
	} else if status >= 500 && len(c.Errors) == 0 {
		_ = c.Error(err) // for logRequests; it returns its argument
	}
	if status == http.StatusRequestEntityTooLarge {
		c.Header("Connection", "close") // or the server would first read what is left
	}
	if wait := RetryAfter(err); wait > 0 {
		c.Header("Retry-After", Seconds(wait))
	}
	s.renderError(c, status, err)
}

// unavailableTime is after which what cannot be reached may be there again.
const unavailableTime = 5 * time.Second

// RetryAfter returns when it makes sense to ask again after an error; 0 if it makes none.
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

// explain gives errors that many pages may return their sentence.
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
	Name   string // of the status, as HTTP has it
	Text   string
	Back   string // where too many cookies came to, which can be deleted there; or ""
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

// recoverPanics makes a page of what would have been a stack trace. The
// session, which sits inside, has saved nothing.
func (s *Site) recoverPanics(c *gin.Context) {
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
