package record

import (
	"net/url"
	"strings"

	"sessionlab/cookie"
)

// Get returns the first value of a header, or "". Case does not matter in its name.
func Get(header []Field, name string) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Line returns the request line.
func (q *Request) Line() string { return strings.TrimSpace(q.Method + " " + q.Target + " " + q.Proto) }

// CameAbout returns, for a jar, what the browser says about the origin of the request (Fetch Metadata). Over
// plain http browsers say that only to their own machine; otherwise the person counts as the initiator.
func (q *Request) CameAbout() cookie.Request {
	request := cookie.Request{Method: q.Method}
	if Get(q.Header, "Sec-Fetch-Site") == "cross-site" {
		request.Initiator = &url.URL{}
	}
	dest := Get(q.Header, "Sec-Fetch-Dest")
	request.Subresource = dest != "" && dest != "document"
	return request
}

// CookiePair is one name=value of a Cookie header.
type CookiePair struct {
	Name, Value string
	Space, Text string // as they were written, without the semicolon
}

// CookiePairs splits a Cookie header. It keeps parts that parsers would drop.
func CookiePairs(header string) (pairs []CookiePair) {
	if header == "" {
		return nil
	}
	for part := range strings.SplitSeq(header, ";") {
		text := strings.TrimLeft(part, " \t")
		name, value, found := strings.Cut(strings.TrimRight(text, " \t"), "=")
		if !found {
			name, value = "", name // a nameless cookie
		}
		pairs = append(pairs, CookiePair{name, value, part[:len(part)-len(text)], text})
	}
	return pairs
}
