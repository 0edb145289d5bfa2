package stage

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// mask stands for what nobody shall see, not even its owner on a projector.
const mask = "••••"

// mask hides what is secret in an exchange, before it is kept: also where the answer repeats it.
func (e *Exchange) mask() {
	var m masker
	m.request(&e.Request)
	if e.Held != nil {
		m.request(e.Held)
	}
	m.fields(e.Response.Header)
	// The longest first, lest the end of one be left that begins like another.
	slices.SortFunc(m.secrets, func(a, b string) int { return len(b) - len(a) })
	e.Response.Body.Text = m.blot(e.Response.Body.Text)
	for i, f := range e.Response.Header {
		e.Response.Header[i].Value = m.blot(f.Value)
	}
}

// masker masks, and remembers what: each secret as it is and as a page would write it.
type masker struct{ secrets []string }

// found notes a secret. One of a letter or two would blot out half of every page.
func (m *masker) found(secret string) {
	if len(secret) > 2 && !slices.Contains(m.secrets, secret) {
		m.secrets = append(m.secrets, written(secret)...)
	}
}

// written returns all the ways in which pages and addresses write a text, as it is for one.
func written(text string) []string {
	query := url.QueryEscape(text)
	if query == text {
		return []string{text} // nothing in it is written in another way anywhere
	}
	page := html.EscapeString(text)
	script, _ := json.Marshal(text) // cannot fail
	return []string{text, query, url.PathEscape(text), page, strings.ReplaceAll(page, "+", "&#43;"), string(script[1 : len(script)-1])}
}

// blot masks what was found wherever it is in a text.
func (m *masker) blot(text string) string {
	for _, secret := range m.secrets {
		text = strings.ReplaceAll(text, secret, mask)
	}
	return text
}

func (m *masker) request(r *Request) {
	r.Target = m.target(r.Target)
	m.fields(r.Header)
	if !m.body(&r.Body, Get(r.Header, "Content-Type")) {
		return
	}
	for i, f := range r.Header { // it would tell how long the password is
		if strings.EqualFold(f.Name, "Content-Length") {
			r.Header[i].Value = mask
		}
	}
}

var (
	labCookie = regexp.MustCompile(`(^|[;\s])(` + cookiePrefix + `\d+=)([^;\s]*)`)
	hashArg   = regexp.MustCompile(`^'(argon2|pbkdf2_\w+|bcrypt\w*|scrypt|md5|sha1)\$`)
)

func (m *masker) fields(fields []Field) {
	for i, f := range fields {
		switch {
		case strings.EqualFold(f.Name, "Cookie"), strings.EqualFold(f.Name, "Set-Cookie"):
			if strings.Contains(f.Value, cookiePrefix) {
				for _, own := range labCookie.FindAllStringSubmatch(f.Value, -1) {
					m.found(own[3])
				}
				fields[i].Value = labCookie.ReplaceAllString(f.Value, "${1}${2}"+mask)
			}
		case strings.EqualFold(f.Name, "Referer"), strings.EqualFold(f.Name, "Location"):
			fields[i].Value = m.target(f.Value)
		case strings.EqualFold(f.Name, "Authorization"), strings.EqualFold(f.Name, "Proxy-Authorization"):
			fields[i].Value = mask
		}
	}
}

// unmask puts back what was masked in original and came back as it was shown.
func (q *Request) unmask(original Request) {
	var m masker
	if q.Target == m.target(original.Target) {
		q.Target = original.Target
	}
	shown := slices.Clone(original.Header)
	m.fields(shown)
	for i, f := range q.Header {
		for j, o := range original.Header {
			if !strings.EqualFold(f.Name, o.Name) {
				continue
			}
			if f.Value == shown[j].Value {
				q.Header[i].Value = o.Value
			}
			for _, own := range labCookie.FindAllString(o.Value, -1) {
				own = strings.TrimLeft(own, "; ")
				name, _, _ := strings.Cut(own, "=")
				q.Header[i].Value = strings.ReplaceAll(q.Header[i].Value, name+"="+mask, own)
			}
			for _, key := range original.keys() {
				if strings.Contains(o.Value, key) {
					q.Header[i].Value = strings.ReplaceAll(q.Header[i].Value, shortened(key), key)
				}
			}
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

// maskArg masks the hash of a password among the arguments of a statement.
func maskArg(literal string) string {
	if found := hashArg.FindString(literal); found != "" {
		return found + mask + "'"
	}
	return literal
}
