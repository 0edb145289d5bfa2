package stage

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"sessionlab/cookie"
	"sessionlab/session"
)

// Shown returns e as it is shown to a request that brings the session of that key, or none: all other
// session keys are shortened, wherever e repeats them. Only e.Hidden says so where that matters.
func (e *Exchange) Shown(key string) *Exchange {
	h := newHider(e.keys(), key)
	if h == nil {
		return e
	}
	shown := *e
	shown.Hidden = true
	shown.Request = h.request(e.Request)
	if e.Held != nil {
		held := h.request(*e.Held)
		shown.Held = &held
	}
	shown.Response.Header, shown.Response.Body = h.fields(e.Response.Header), h.body(e.Response.Body)
	shown.Statements = slices.Clone(e.Statements)
	for i, st := range e.Statements {
		shown.Statements[i].Args = h.texts(st.Args)
	}
	shown.Before, shown.After = h.session(e.Before), h.session(e.After)
	shown.JarBefore, shown.JarAfter = h.jar(e.JarBefore), h.jar(e.JarAfter)
	return &shown
}

// newKey is a key as this program and Django make them.
var newKey = regexp.MustCompile(`^'([a-z0-9]{32})'$`)

// keys returns all session keys in e, from where they can be told from other texts.
func (e *Exchange) keys() (keys []string) {
	found := func(key string) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, q := range e.requests() {
		for _, key := range q.keys() {
			found(key)
		}
	}
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			line, _, _ := strings.Cut(f.Value, ";")
			for _, key := range keysIn(line) {
				found(key)
			}
		}
	}
	for _, st := range e.Statements {
		for i, arg := range st.Args {
			if match := newKey.FindStringSubmatch(arg); match != nil {
				found(match[1])
			} else if key := strings.Trim(arg, "'"); st.Engine != "" && i == 0 && isKey(key) {
				found(key)
			}
		}
	}
	for _, in := range e.sessions() {
		if isKey(in.Key) {
			found(in.Key)
		}
	}
	for _, c := range slices.Concat(e.JarBefore, e.JarAfter) {
		if isSessionCookie(c.Name) && isKey(c.Value) {
			found(c.Value)
		}
	}
	return keys
}

// keys returns the session keys in a request's cookies.
func (q *Request) keys() (keys []string) {
	for _, f := range q.Header {
		if strings.EqualFold(f.Name, "Cookie") {
			keys = append(keys, keysIn(f.Value)...)
		}
	}
	return keys
}

// keysIn returns the session keys in a Cookie header.
func keysIn(header string) (keys []string) {
	for _, pair := range cookiePairs(header) {
		if value := strings.TrimSpace(pair.Value); isSessionCookie(strings.TrimSpace(pair.Name)) && isKey(value) {
			keys = append(keys, value)
		}
	}
	return keys
}

func isSessionCookie(name string) bool {
	return name == session.CookieName(false) || name == session.CookieName(true)
}

// keyShown is how much of a key is shown that is hidden: enough to tell it from others.
const keyShown = 6

// isKey reports whether a text is long enough for the key of a session.
func isKey(text string) bool { return len(text) > keyShown }

// shortened is a hidden key as it is shown. One that is signed is the session itself (signed_cookies),
// and only its signature makes it good.
func shortened(key string) string {
	if signed := strings.LastIndexByte(key, ':'); signed >= 0 {
		return key[:signed+1] + mask
	}
	return key[:keyShown] + mask
}

// hider shortens keys in texts.
type hider struct {
	keys     []string
	spelling [][2]string // as they are written somewhere, and shortened
}

// newHider returns what shortens all keys but the one that may be seen; nil if there are no others.
func newHider(keys []string, seen string) *hider {
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == seen })
	if len(keys) == 0 {
		return nil
	}
	// The longest first, lest the end of one be left that begins like another.
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
	h := &hider{keys: keys}
	for _, key := range keys {
		for _, text := range written(key) {
			h.spelling = append(h.spelling, [2]string{text, shortened(key)})
		}
	}
	return h
}

// text returns a text with its keys shortened.
func (h *hider) text(text string) string {
	for _, s := range h.spelling {
		text = strings.ReplaceAll(text, s[0], s[1])
	}
	return text
}

func (h *hider) texts(texts []string) []string {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i] = h.text(texts[i])
	}
	return texts
}

func (h *hider) fields(fields []Field) []Field {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].Value = h.text(fields[i].Value)
	}
	return fields
}

func (h *hider) request(q Request) Request {
	q.Target, q.Header, q.Body = h.text(q.Target), h.fields(q.Header), h.body(q.Body)
	return q
}

// body shortens keys in a body, also one whose end was cut off.
func (h *hider) body(b Body) Body {
	text := h.text(b.Text)
	if b.Cut() > 0 {
		text = h.end(text)
	}
	b.Size += int64(len(text) - len(b.Text)) // what is missing at the end is as much as before
	b.Text = text
	return b
}

func (h *hider) end(text string) string {
	for _, key := range h.keys {
		for n := len(key) - 1; n > keyShown; n-- {
			if before, ok := strings.CutSuffix(text, key[:n]); ok {
				return before + shortened(key)
			}
		}
	}
	return text
}

func (h *hider) session(in *Session) *Session {
	if in == nil {
		return nil
	}
	shown := *in
	shown.Key, shown.Raw = h.text(in.Key), h.text(in.Raw)
	if data := h.text(string(in.Data)); data != string(in.Data) {
		shown.Data = bytes.ReplaceAll([]byte(data), []byte(mask), []byte(plainMask)) // the data is ASCII
	}
	return &shown
}

func (h *hider) jar(cookies []cookie.Cookie) []cookie.Cookie {
	cookies = slices.Clone(cookies)
	for i := range cookies {
		cookies[i].Value = h.text(cookies[i].Value)
	}
	return cookies
}
