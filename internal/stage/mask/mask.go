// Package mask hides what an exchange should not show. [Passwords] removes passwords before an exchange is
// kept; [Keys] shortens session keys for every viewer who does not bring the session.
package mask

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
)

const (
	// Mark replaces what is hidden. Its owner does not see it either: there may be a projector.
	Mark = "••••"
	// Plain replaces it where not every program knows Unicode.
	Plain = "****"

	// VisitorCookie is the name of the visitor's cookie without the port at its end.
	VisitorCookie = "sessionlab_"
)

// Passwords masks passwords and the visitor's name in an exchange, also where its response repeats them.
func Passwords(e *record.Exchange) {
	var m masker
	for _, q := range e.Requests() {
		m.request(q)
	}
	m.fields(e.Response.Header)
	// The longest first: one secret may begin like another.
	slices.SortFunc(m.secrets, func(a, b string) int { return len(b) - len(a) })
	e.Response.Body.Text = m.blot(e.Response.Body.Text)
	for i, f := range e.Response.Header {
		e.Response.Header[i].Value = m.blot(f.Value)
	}
}

// Request returns a request with its passwords and the visitor's name masked.
func Request(q record.Request) record.Request {
	q.Header = slices.Clone(q.Header)
	new(masker).request(&q)
	return q
}

var hashArg = regexp.MustCompile(`^'(argon2|pbkdf2_\w+|bcrypt\w*|scrypt|md5|sha1)\$`)

// Argument returns an argument of a statement. The hash of a password is masked.
func Argument(literal string) string {
	if found := hashArg.FindString(literal); found != "" {
		return found + Mark + "'"
	}
	return literal
}

// masker masks secrets and remembers them, in each way in which a page could repeat them.
type masker struct{ secrets []string }

// found notes a secret. Shorter ones would blot out half of every page.
func (m *masker) found(secret string) {
	if len(secret) > 2 && !slices.Contains(m.secrets, secret) {
		m.secrets = append(m.secrets, spellings(secret)...)
	}
}

// spellings returns a text in all the ways in which pages and addresses write it.
func spellings(text string) []string {
	query := url.QueryEscape(text)
	if query == text {
		return []string{text} // it needs no escaping anywhere
	}
	page := html.EscapeString(text)
	script, _ := json.Marshal(text) // cannot fail
	return []string{text, query, url.PathEscape(text), page, strings.ReplaceAll(page, "+", "&#43;"), string(script[1 : len(script)-1])}
}

// blot masks the secrets that were found, wherever a text repeats them.
func (m *masker) blot(text string) string {
	for _, secret := range m.secrets {
		text = strings.ReplaceAll(text, secret, Mark)
	}
	return text
}

func (m *masker) request(q *record.Request) {
	q.Target = m.target(q.Target)
	m.fields(q.Header)
	if !m.body(&q.Body, record.Get(q.Header, "Content-Type")) {
		return
	}
	for i, f := range q.Header { // it would reveal how long the password is
		if strings.EqualFold(f.Name, "Content-Length") {
			q.Header[i].Value = Mark
		}
	}
}

var visitorPair = regexp.MustCompile(`(^|[;\s])(` + VisitorCookie + `\d+=)([^;\s]*)`)

func (m *masker) fields(fields []record.Field) {
	for i, f := range fields {
		switch {
		case strings.EqualFold(f.Name, "Cookie"), strings.EqualFold(f.Name, "Set-Cookie"):
			if strings.Contains(f.Value, VisitorCookie) {
				for _, own := range visitorPair.FindAllStringSubmatch(f.Value, -1) {
					m.found(own[3])
				}
				fields[i].Value = visitorPair.ReplaceAllString(f.Value, "${1}${2}"+Mark)
			}
		case strings.EqualFold(f.Name, "Referer"), strings.EqualFold(f.Name, "Location"):
			fields[i].Value = m.target(f.Value)
		case strings.EqualFold(f.Name, "Authorization"), strings.EqualFold(f.Name, "Proxy-Authorization"):
			fields[i].Value = Mark
		}
	}
}

// target masks passwords in the query of an address.
func (m *masker) target(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	query, fragment, hasFragment := strings.Cut(query, "#")
	query, _ = m.form(query)
	target = path + "?" + query
	if hasFragment {
		target += "#" + fragment
	}
	return target
}
