package mask

import (
	"bytes"
	"slices"
	"strings"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

// Keys returns e with all session keys shortened but seen, wherever e repeats them. seen is the key of the
// viewer's session, "" for none. Hidden is set if there were others. e does not change.
func Keys(e *record.Exchange, seen string) *record.Exchange {
	h := newHider(keysIn(e), seen)
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

// RequestKeys does the same for a request.
func RequestKeys(q record.Request, seen string) record.Request {
	if h := newHider(keysOf(&q), seen); h != nil {
		return h.request(q)
	}
	return q
}

// keyShown is how many characters of a hidden key are shown: enough to tell it from others.
const keyShown = 6

// shortened returns a hidden key as it is shown. A signed key (signed_cookies) is the session itself, and only
// its signature makes it valid.
func shortened(key string) string {
	if signed := strings.LastIndexByte(key, ':'); signed >= 0 {
		return key[:signed+1] + Mark
	}
	return key[:keyShown] + Mark
}

// hider shortens keys in texts.
type hider struct {
	keys     []string
	spelling [][2]string // each way of writing a key, and the shortened key
}

// newHider returns a hider of all keys but seen, or nil if there are no others.
func newHider(keys []string, seen string) *hider {
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == seen })
	if len(keys) == 0 {
		return nil
	}
	// The longest first: one key may begin like another.
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
	h := &hider{keys: keys}
	for _, key := range keys {
		for _, text := range spellings(key) {
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

func (h *hider) fields(fields []record.Field) []record.Field {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].Value = h.text(fields[i].Value)
	}
	return fields
}

func (h *hider) request(q record.Request) record.Request {
	q.Target, q.Header, q.Body = h.text(q.Target), h.fields(q.Header), h.body(q.Body)
	return q
}

// body returns a body with its keys shortened, even if the end of one was cut off.
func (h *hider) body(b record.Body) record.Body {
	text := h.text(b.Text)
	if b.Cut() > 0 {
		text = h.end(text)
	}
	b.Size += int64(len(text) - len(b.Text)) // as many bytes are missing at the end as before
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

func (h *hider) session(in *record.StoredSession) *record.StoredSession {
	if in == nil {
		return nil
	}
	shown := *in
	shown.Key, shown.Raw = h.text(in.Key), h.text(in.Raw)
	if data := h.text(string(in.Data)); data != string(in.Data) {
		shown.Data = bytes.ReplaceAll([]byte(data), []byte(Mark), []byte(Plain)) // the data is ASCII
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
