package export

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sessionlab/cookie"
	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
)

// WriteHAR writes exchanges as an HTTP Archive 1.2, which browsers' DevTools import. version is the lab's.
// Sizes that the lab does not know are -1, as the format demands.
func WriteHAR(w io.Writer, exchanges []*record.Exchange, version string) error {
	log := harLog{Version: "1.2", Creator: harCreator{"sessionlab", version}, Entries: []harEntry{}}
	for _, e := range exchanges {
		log.Entries = append(log.Entries, harEntryOf(e))
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(map[string]harLog{"log": log})
}

func harEntryOf(e *record.Exchange) harEntry {
	q, a := e.Request, e.Response
	entry := harEntry{
		Started: e.Time, Time: record.Milliseconds(e.Duration), Timings: harTimings{Wait: record.Milliseconds(e.Duration)}, Comment: harComment(e),
		Request: harRequest{
			Method: harText(q.Method), URL: harText(e.URL()), HTTPVersion: q.Proto, Cookies: []harCookie{}, Headers: pairs(q.Header),
			QueryString: []harPair{}, HeadersSize: -1, BodySize: q.Body.Size,
		},
		Response: harResponse{
			Status: a.Status, StatusText: http.StatusText(a.Status), HTTPVersion: a.Proto, Cookies: []harCookie{}, Headers: pairs(a.Header),
			Content:     harContent{Size: a.Body.Size, MimeType: harText(record.Get(a.Header, "Content-Type")), Text: a.Body.Text, Comment: harBodyComment(a.Body)},
			RedirectURL: harText(record.Get(a.Header, "Location")), HeadersSize: -1, BodySize: -1,
		},
	}
	if !utf8.ValidString(a.Body.Text) {
		entry.Response.Content.Text = base64.StdEncoding.EncodeToString([]byte(a.Body.Text))
		entry.Response.Content.Encoding = "base64"
	}
	for _, f := range q.Header {
		if strings.EqualFold(f.Name, "Cookie") {
			for _, p := range record.CookiePairs(f.Value) {
				entry.Request.Cookies = append(entry.Request.Cookies, harCookie{Name: harText(p.Name), Value: harText(p.Value)})
			}
		}
	}
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			entry.Response.Cookies = append(entry.Response.Cookies, harSetCookie(f.Value, e.Time))
		}
	}
	if _, query, ok := strings.Cut(q.Target, "?"); ok {
		entry.Request.QueryString = formPairs(query)
	}
	if q.Body.Size > 0 {
		entry.Request.PostData = harPostOf(q)
	}
	return entry
}

func harSetCookie(line string, at time.Time) harCookie {
	set := cookie.Parse(line)
	value := func(name string) string {
		if a := set.Get(name); a != nil {
			return harText(a.Value)
		}
		return ""
	}
	c := harCookie{
		Name: harText(set.Name), Value: harText(set.Value), Path: value("Path"), Domain: value("Domain"), SameSite: value("SameSite"),
		HTTPOnly: set.Get("HttpOnly") != nil, Secure: set.Get("Secure") != nil,
	}
	if expires, _ := set.Expiry(at); !expires.IsZero() {
		c.Expires = expires.UTC().Format(time.RFC3339)
	}
	return c
}

// harPostOf returns the body of a request. HAR has only text for it: other bytes are in base64, with a comment
// that says so.
func harPostOf(q record.Request) *harPost {
	post := &harPost{MimeType: harText(record.Get(q.Header, "Content-Type")), Params: []harPair{}, Text: q.Body.Text, Comment: harBodyComment(q.Body)}
	if kind, _, _ := mime.ParseMediaType(post.MimeType); kind == "application/x-www-form-urlencoded" {
		post.Params = formPairs(q.Body.Text)
	}
	if !utf8.ValidString(q.Body.Text) {
		post.Text = base64.StdEncoding.EncodeToString([]byte(q.Body.Text))
		post.Comment = strings.TrimPrefix(post.Comment+"; in base64", "; ")
	}
	return post
}

// harComment returns what happened to an exchange on its way, and what is masked in it.
func harComment(e *record.Exchange) string {
	var said []string
	switch {
	case e.Dropped:
		said = append(said, "dropped by the visitor while it was held")
	case e.Held != nil:
		said = append(said, "edited by the visitor while it was held")
	case e.Again:
		said = append(said, "sent by the stage")
	}
	if masked(e) {
		said = append(said, mask.Mark+" stands for what was masked")
	}
	return strings.Join(said, "; ")
}

// masked reports whether anything is masked in the request or the response.
func masked(e *record.Exchange) bool {
	isMasked := func(f record.Field) bool { return strings.Contains(f.Value, mask.Mark) }
	return strings.Contains(e.Request.Target+e.Request.Body.Text+e.Response.Body.Text, mask.Mark) ||
		slices.ContainsFunc(e.Request.Header, isMasked) || slices.ContainsFunc(e.Response.Header, isMasked)
}

func harBodyComment(b record.Body) string {
	switch {
	case b.Kept != "" && b.Size > 0:
		return "not kept: it may hold a password"
	case b.Cut() > 0:
		return view.Bytes(b.Cut()) + " more"
	}
	return ""
}

// harText returns s, or if that is not UTF-8 its bytes as Latin-1, as browsers read headers.
func harText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func pairs(fields []record.Field) []harPair {
	all := []harPair{}
	for _, f := range fields {
		all = append(all, harPair{harText(f.Name), harText(f.Value)})
	}
	return all
}

// formPairs returns the pairs of a query or form, decoded where possible.
func formPairs(form string) []harPair {
	all := []harPair{}
	decode := func(s string) string {
		if decoded, err := url.QueryUnescape(s); err == nil {
			return harText(decoded)
		}
		return harText(s)
	}
	for pair := range strings.SplitSeq(form, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, harPair{decode(name), decode(value)})
	}
	return all
}
