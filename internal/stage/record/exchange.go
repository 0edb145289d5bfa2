// Package record has the values that the stage records. An [Exchange] is one request and its response, with
// everything that happened in between.
package record

import (
	"net/url"
	"strings"
	"time"

	"sessionlab/cookie"
)

// Exchange is one request of a visitor and its response. Once it is published it does not change.
type Exchange struct {
	ID         uint64
	Time       time.Time     // when the request arrived
	Duration   time.Duration // until the handler had answered; 0 if it never did
	Scheme     string        // http or https
	Host       string        // as the request named it, with the port
	Request    Request
	Response   Response
	Handler    string // the Go function that answered, such as GetAddSession; "" for none
	Source     Source
	Statements []Statement
	Before     *StoredSession  // nil: there was none, or the request did not ask
	After      *StoredSession  // nil: there is none now
	JarBefore  []cookie.Cookie // the browser's cookies for this host, as far as can be told from the wire
	JarAfter   []cookie.Cookie
	Held       *Request // what the browser had sent, if the visitor edited it
	Again      bool     // sent by the stage, without the browser
	Dropped    bool     // by the visitor, while it was held
	Hidden     bool     // session keys are shortened in it
}

// Source says where a function can be read; its zero value says nowhere.
type Source struct {
	File  string // such as handlers/session.go
	Lines [2]int // the first and the last, from 1
}

// Request is a request as it came over the wire. Passwords are masked in it.
type Request struct {
	Method string
	Target string // of the request line: path and query
	Proto  string // HTTP/1.1
	Header []Field
	Body   Body
}

// Response is a response as it left.
type Response struct {
	Status int // 0: none left
	Proto  string
	Header []Field
	Body   Body // as the handler wrote it: not compressed
}

// Field is one header line. Fields have the order and the case of the wire, unless the request came by
// TLS: then they are sorted, since Go's library keeps no order.
type Field struct{ Name, Value string }

// MaxBody is how much of a body is kept, in bytes.
const MaxBody = 16 << 10

// Body is the beginning of a body.
type Body struct {
	Text string // at most MaxBody bytes; passwords are masked
	Size int64  // of all of it, in bytes, as far as it was read
	Kept string // why nothing of it was kept, "" if it was: "type", for kinds that may hide a password
}

// Cut returns how many bytes are missing at the end of Text.
func (b Body) Cut() int64 { return max(0, b.Size-int64(len(b.Text))) }

// Statement is an SQL statement, or an operation of an engine that uses no SQL.
type Statement struct {
	Engine   string // of an operation; "" for SQL
	Query    string
	Args     []string // as SQL literals: 'text', 1, NULL, x'00'
	Changed  int64    // rows; -1 for a statement that returns rows
	Shared   int      // of a COMMIT: how many requests it was for, at once
	Start    time.Time
	Duration time.Duration
	Err      string
}

// StoredSession is a session as it was in the store.
type StoredSession struct {
	Engine  string
	Key     string
	Raw     string    // as the engine keeps it: in the table, payload:timestamp:signature
	Data    []byte    // decoded: a JSON object in the order of the store
	Expires time.Time // zero: never
}

// URL returns the address of the request. A target that is not a path, such as *, is left out.
func (e *Exchange) URL() string {
	if !strings.HasPrefix(e.Request.Target, "/") {
		return e.Scheme + "://" + e.Host
	}
	return e.Scheme + "://" + e.Host + e.Request.Target
}

// Address returns the address of the request in the form that a jar takes.
func (e *Exchange) Address() *url.URL {
	path, query, _ := strings.Cut(e.Request.Target, "?")
	u := &url.URL{Scheme: e.Scheme, Host: e.Host, RawQuery: query}
	if unescaped, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = unescaped, path
	}
	return u
}

// Sent returns the request as the browser sent it.
func (e *Exchange) Sent() *Request {
	if e.Held != nil {
		return e.Held
	}
	return &e.Request
}

// Behind reports whether a page's script asked for a part of a page: nobody pressed anything for this request.
// No browser asks for HTML alone when a person opens a page.
func (e *Exchange) Behind() bool { return Get(e.Request.Header, "Accept") == "text/html" }

// Requests returns the request and, if it was edited, what the browser had sent.
func (e *Exchange) Requests() []*Request {
	if e.Held == nil {
		return []*Request{&e.Request}
	}
	return []*Request{&e.Request, e.Held}
}

// Sessions returns the session before and after, without duplicates.
func (e *Exchange) Sessions() (all []*StoredSession) {
	if e.Before != nil {
		all = append(all, e.Before)
	}
	if e.After != nil && e.After != e.Before {
		all = append(all, e.After)
	}
	return all
}
