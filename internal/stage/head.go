package stage

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"sessionlab/internal/stage/record"
)

// HeadError reports a mistake in the head of a request that a person wrote.
type HeadError struct {
	Line int    // from 1
	Want string // what belongs there: "request-line", "target" or "field"
}

func (e *HeadError) Error() string { return fmt.Sprintf("line %d: want a %s", e.Line, e.Want) }

// ParseHead reads a request line and header lines as a person writes them: each on its own line, ended by
// LF or CRLF; empty lines at the end are ignored. Its error is a *HeadError.
func ParseHead(text string) (record.Request, error) {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	parts := strings.Split(strings.TrimSpace(lines[0]), " ")
	if len(parts) == 2 {
		parts = append(parts, "HTTP/1.1")
	}
	if len(parts) != 3 || !httpguts.ValidHeaderFieldName(parts[0]) || parts[2] != "HTTP/1.1" && parts[2] != "HTTP/2.0" {
		return record.Request{}, &HeadError{1, "request-line"}
	}
	r := record.Request{Method: parts[0], Target: parts[1], Proto: parts[2]}
	if _, err := target(r.Target); err != nil {
		return record.Request{}, err
	}
	for i, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return record.Request{}, &HeadError{i + 2, "field"}
		}
		r.Header = append(r.Header, record.Field{Name: name, Value: value})
	}
	return r, nil
}

// target parses the target of a request line: a path, perhaps with a query, but none of the stage's own.
func target(text string) (*url.URL, error) {
	u, err := url.ParseRequestURI(text)
	if err != nil || !strings.HasPrefix(text, "/") || !httpguts.ValidHeaderFieldValue(text) || strings.HasPrefix(u.Path, "/stage/") {
		return nil, &HeadError{1, "target"}
	}
	return u, nil
}

// apply gives r the method, target, header and host of a written request. Fields on which the connection
// depends stay as they are.
func apply(q *record.Request, r *http.Request) error {
	address, err := target(q.Target)
	if err != nil {
		return err
	}
	header := headerOf(q)
	for name, values := range r.Header {
		if connectionField(name) {
			header[name] = values
		}
	}
	r.Method, r.RequestURI, r.URL, r.Header = q.Method, q.Target, address, header
	if host := record.Get(q.Header, "Host"); host != "" {
		r.Host = host
	}
	return nil
}

// headerOf returns the fields of a request without those that belong to the connection.
func headerOf(q *record.Request) http.Header {
	header := http.Header{}
	for _, f := range q.Header {
		if !connectionField(f.Name) {
			header.Add(f.Name, f.Value)
		}
	}
	return header
}

// connectionField reports whether a field belongs to the connection or is computed from the body.
func connectionField(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer":
		return true
	}
	return false
}
