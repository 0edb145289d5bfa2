package view

import (
	"net/http"
	"strconv"
	"strings"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

// RequestView is a request as a scene shows it.
type RequestView struct {
	Line   string
	Header Header
	Body   record.Body
}

// ResponseView is a response as a scene shows it.
type ResponseView struct {
	Line   string // "" if none left
	Header Header
	Body   record.Body
}

// Header is a header with the lines that matter in this lab first. Each part is in the order of the wire.
type Header struct {
	Main []HeaderLine // about cookies, and where a redirect leads
	More []HeaderLine // the others
}

// add appends a line to its part.
func (h *Header) add(line HeaderLine) {
	switch strings.ToLower(line.Name) {
	case "cookie", "set-cookie", "location":
		h.Main = append(h.Main, line)
	default:
		h.More = append(h.More, line)
	}
}

// HeaderLine is a header line with its explanation.
type HeaderLine struct {
	record.Field
	Pairs     []CookiePair // of a Cookie header
	SetCookie *Explanation // of a Set-Cookie header
}

func viewRequest(r record.Request, jar []cookie.Cookie) *RequestView {
	view := &RequestView{Line: r.Line(), Body: r.Body}
	for _, f := range r.Header {
		line := HeaderLine{Field: f}
		if strings.EqualFold(f.Name, "Cookie") {
			line.Pairs = linkPairs(f.Value, jar)
		}
		view.Header.add(line)
	}
	return view
}

func viewResponse(e *record.Exchange) *ResponseView {
	r := e.Response
	view := &ResponseView{Body: r.Body}
	if r.Status != 0 {
		view.Line = strings.TrimSpace(r.Proto + " " + strconv.Itoa(r.Status) + " " + http.StatusText(r.Status))
	}
	for _, f := range r.Header {
		line := HeaderLine{Field: f}
		if strings.EqualFold(f.Name, "Set-Cookie") {
			x := ExplainSetCookie(f.Value, e.Time, e.Address(), e.Sent().CameAbout())
			line.SetCookie = &x
		}
		view.Header.add(line)
	}
	return view
}

// setCookieNames returns the names of the cookies that a response sets, in its order.
func setCookieNames(header []record.Field) (names []string) {
	for _, f := range header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			pair, _, _ := strings.Cut(f.Value, ";")
			name, _, _ := strings.Cut(pair, "=")
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// requestLines returns a request as lines of text.
func requestLines(r record.Request) []string {
	lines := []string{r.Line()}
	for _, f := range r.Header {
		lines = append(lines, f.Name+": "+f.Value)
	}
	if r.Body.Text != "" {
		lines = append(lines, "")
		lines = append(lines, strings.Split(r.Body.Text, "\n")...)
	}
	return lines
}
