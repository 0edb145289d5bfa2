// Package stage shows what happens between a browser and the lab: it records the exchanges of a
// visitor who looks, with the bytes on the wire, the handler, the statements and the session before
// and after, and streams them to the visitor's pages.
//
// Start reading at [Exchange], which is what is shown, then [Stage], which records.
package stage

import (
	"strings"
	"time"

	"sessionlab/cookie"
)

// Exchange is one request of a visitor and its answer. It is not changed once it was published.
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
	Before     *Session        // nil: there was none, or the request did not ask
	After      *Session        // nil: there is none now
	JarBefore  []cookie.Cookie // the browser's cookies for this host, as far as can be told from the wire
	JarAfter   []cookie.Cookie
	Held       *Request // what the browser had sent, if the visitor edited it on its way
	Again      bool     // sent by the stage: the browser's jar saw nothing of it
	Dropped    bool     // by the visitor, while it was held
	Hidden     bool     // session keys are shortened in it, see Shown
}

// Source is where a function is to be read; its zero value is nowhere.
type Source struct {
	File  string // such as handlers/session.go
	Lines [2]int // the first and the last, from 1
}

// URL is the address that was asked for, whole. A target that is no path, such as *, is not in it.
func (e *Exchange) URL() string {
	if !strings.HasPrefix(e.Request.Target, "/") {
		return e.Scheme + "://" + e.Host
	}
	return e.Scheme + "://" + e.Host + e.Request.Target
}

// Request is a request as it came over the wire. Passwords are masked in it.
type Request struct {
	Method string
	Target string // of the request line: path and query
	Proto  string // HTTP/1.1
	Header []Field
	Body   Body
}

// Response is an answer as it left.
type Response struct {
	Status int // 0: none left
	Proto  string
	Header []Field
	Body   Body // as the handler wrote it: not compressed
}

// Field is one header line. They come in the order of the wire, with the case of the wire, unless
// the request came by TLS: then they are sorted, since Go's library keeps no order.
type Field struct{ Name, Value string }

// Body is the beginning of a body.
type Body struct {
	Text string // at most MaxBody bytes; passwords are masked
	Size int64  // of all of it, in bytes, as far as it was read
	Kept string // why nothing of it was kept, "" if it was: "type", for kinds that may hide a password
}

// Cut is how many bytes are missing at the end of Text.
func (b Body) Cut() int64 { return max(0, b.Size-int64(len(b.Text))) }

// Statement is one thing that was asked of the store: an SQL statement, or an operation of an engine
// that knows none.
type Statement struct {
	Engine   string // whose operation it is, where an engine knows no SQL; "" for SQL
	Query    string
	Args     []string // as SQL literals: 'text', 1, NULL, x'00'
	Changed  int64    // rows; -1 for a statement that returns rows
	Shared   int      // of a COMMIT: how many requests it was for, at once
	Start    time.Time
	Duration time.Duration
	Err      string
}

// Session is a session as it was in the store.
type Session struct {
	Engine  string
	Key     string
	Raw     string    // as the engine keeps it: in the table, payload:timestamp:signature
	Data    []byte    // decoded: a JSON object in the order of the store
	Expires time.Time // zero: never
}

// The bounds of what is kept. The oldest goes first.
const (
	MaxExchanges = 200      // a visitor
	MaxBody      = 16 << 10 // bytes of a body
	MaxVisitors  = 2000
	MaxBytes     = 64 << 20 // of all visitors
	MaxAge       = time.Hour
)

// Get is the first value of a header, or "". Names know no case.
func Get(header []Field, name string) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
