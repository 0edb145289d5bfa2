package stage

import (
	"net/http"
	"strconv"
	"strings"

	"sessionlab/cookie"
)

// RequestView is a request as a step shows it.
type RequestView struct {
	Line   string
	Header []HeaderLine
	Body   Body
}

// ResponseView is an answer as a step shows it.
type ResponseView struct {
	Line   string // "" if none left
	Header []HeaderLine
	Body   Body
}

// HeaderLine is a header line, with what can be said of it.
type HeaderLine struct {
	Field
	Pairs     []CookiePair // of a Cookie header
	SetCookie *Explanation // of a Set-Cookie header
}

func viewRequest(r Request, jar []cookie.Cookie) *RequestView {
	view := &RequestView{Line: requestLine(r), Body: r.Body}
	for _, f := range r.Header {
		line := HeaderLine{Field: f}
		if strings.EqualFold(f.Name, "Cookie") {
			line.Pairs = linkPairs(cookiePairs(f.Value), jar)
		}
		view.Header = append(view.Header, line)
	}
	return view
}

func viewResponse(e *Exchange, sent *Request) *ResponseView {
	r := e.Response
	view := &ResponseView{Body: r.Body}
	if r.Status != 0 {
		view.Line = strings.TrimSpace(r.Proto + " " + strconv.Itoa(r.Status) + " " + http.StatusText(r.Status))
	}
	for _, f := range r.Header {
		line := HeaderLine{Field: f}
		if strings.EqualFold(f.Name, "Set-Cookie") {
			x := ExplainSetCookie(f.Value, e.Time, e.address(), cameAbout(sent))
			line.SetCookie = &x
		}
		view.Header = append(view.Header, line)
	}
	return view
}

func requestLine(r Request) string {
	return strings.TrimSpace(r.Method + " " + r.Target + " " + r.Proto)
}

// setCookieNames are the names that an answer sets, in its order.
func setCookieNames(header []Field) (names []string) {
	for _, f := range header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			pair, _, _ := strings.Cut(f.Value, ";")
			name, _, _ := strings.Cut(pair, "=")
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// requestLines is a request as text, for comparing.
func requestLines(r Request) []string {
	lines := []string{requestLine(r)}
	for _, f := range r.Header {
		lines = append(lines, f.Name+": "+f.Value)
	}
	if r.Body.Text != "" {
		lines = append(lines, "")
		lines = append(lines, strings.Split(r.Body.Text, "\n")...)
	}
	return lines
}
