package stage

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// recording is an exchange while it happens.
type recording struct {
	stage   *Stage
	visitor *visitor
	tap     *tap

	mu       sync.Mutex
	exchange Exchange
	asked    *capture // the request's body
	answered *capture // the answer's, before it was compressed
	status   int
	header   http.Header // of the answer, as the handlers left it

	published *Exchange
}

func (s *Stage) record(v *visitor, r *http.Request, head []byte, t *tap) *recording {
	rec := &recording{stage: s, visitor: v, tap: t}
	rec.exchange = Exchange{Time: s.now(), Scheme: "http", Host: r.Host, Request: requestOf(r, head)}
	if r.TLS != nil {
		rec.exchange.Scheme = "https"
	}
	if r.Body != nil && r.Body != http.NoBody {
		rec.asked = &capture{}
		r.Body = tee{r.Body, rec.asked}
	}
	if t != nil {
		t.want(rec.publish)
	}
	return rec
}

// requestOf is a request without its body: as its head was on the wire, if that is known.
func requestOf(r *http.Request, head []byte) Request {
	request := Request{Method: r.Method, Target: r.RequestURI, Proto: r.Proto}
	if head != nil {
		if first, fields := parseHead(head); sameHead(first, fields, r) {
			request.Header = fields
			return request
		}
	}
	request.Header = append([]Field{{"Host", r.Host}}, fieldsOf(r.Header)...)
	return request
}

// context returns ctx with this recording in it, and told of statements and of the session.
func (rec *recording) context(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, recordingKey{}, rec)
	ctx = database.WithTrace(ctx, rec.statement)
	return session.WithObserver(ctx, rec.access)
}

func (rec *recording) statement(st database.Statement) {
	defer survive()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	shown := Statement{Query: st.Query, Changed: st.Changed, Shared: st.Shared, Start: st.Start, Duration: st.Duration}
	for _, arg := range st.Args {
		shown.Args = append(shown.Args, maskArg(literal(arg)))
	}
	if st.Err != nil {
		shown.Err = st.Err.Error()
	}
	rec.exchange.Statements = append(rec.exchange.Statements, shown)
}

// access notes the session before and after and, where an engine answered without SQL, what it was asked.
func (rec *recording) access(a session.Access) {
	defer survive()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	e := &rec.exchange
	if engine := rec.stage.engine; engine != "db" && !(engine == "cached_db" && e.askedSince(a.Start)) {
		st := Statement{Engine: engine, Query: strings.ToUpper(a.Operation), Args: []string{literal(a.Key)}, Changed: -1, Start: a.Start, Duration: a.Duration}
		if a.Err != nil {
			st.Err = a.Err.Error()
		}
		e.Statements = append(e.Statements, st)
	}
	if a.Err != nil {
		return
	}
	if a.Before != nil && e.Before == nil && e.After == nil {
		e.Before = rec.stage.sessionOf(a.Before)
		e.After = e.Before // until it is changed
	}
	switch {
	case a.After != nil:
		e.After = rec.stage.sessionOf(a.After)
	case a.Operation == "delete":
		e.After = nil
	}
}

// askedSince reports whether a statement ran since then: cached_db often answers without any.
func (e *Exchange) askedSince(start time.Time) bool {
	return slices.ContainsFunc(e.Statements, func(st Statement) bool { return !st.Start.Before(start) })
}

func (s *Stage) sessionOf(r *session.Record) *Session {
	in := &Session{Engine: s.engine, Key: r.Key, Raw: r.Raw[:min(len(r.Raw), MaxBody)], Expires: r.Expires}
	if data := r.Data.String(); len(data) <= MaxBody {
		in.Data = []byte(data)
	}
	return in
}

// literal writes an argument as SQL does. What is very long is cut, and says so.
func literal(arg any) string {
	switch arg := arg.(type) {
	case nil:
		return "NULL"
	case string:
		if cut := len(arg) - MaxBody; cut > 0 {
			arg = arg[:MaxBody] + fmt.Sprintf("… (%d more bytes)", cut)
		}
		return "'" + strings.ReplaceAll(arg, "'", "''") + "'"
	case []byte:
		return fmt.Sprintf("x'%x'", arg[:min(len(arg), MaxBody)])
	case int, int64, float64, bool:
		return fmt.Sprint(arg)
	}
	return literal(fmt.Sprint(arg))
}

// finish is called when the handler is done.
func (rec *recording) finish() {
	defer survive()
	end := rec.stage.now()
	rec.mu.Lock()
	rec.exchange.Duration = end.Sub(rec.exchange.Time)
	rec.mu.Unlock()
	if rec.tap != nil {
		rec.tap.end() // publishes, once the answer is on the wire
		return
	}
	rec.publish(nil)
}

// publish completes the exchange by the head of its answer as it was on the wire, and shows it.
func (rec *recording) publish(head []byte) {
	defer survive()
	rec.mu.Lock()
	e := rec.exchange
	if _, fields := parseHead(head); len(fields) > 0 {
		e.Response.Header = fields
		fmt.Sscanf(string(head), "%s %d", &e.Response.Proto, &e.Response.Status)
	} else if rec.tap == nil {
		e.Response.Status, e.Response.Proto, e.Response.Header = rec.status, e.Request.Proto, fieldsOf(rec.header)
	}
	if rec.answered != nil {
		e.Response.Body = rec.answered.body()
	}
	if rec.asked != nil {
		e.Request.Body = rec.asked.body()
	}
	rec.mu.Unlock()
	if e.Handler != "" {
		e.Source = rec.stage.source(e.Handler)
	}
	e.mask()
	if rec.stage.add(rec.visitor, &e) {
		rec.published = &e
	}
}

// capture keeps the beginning of a body.
type capture struct {
	mu   sync.Mutex
	text []byte
	size int64
}

func (c *capture) add(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size += int64(len(b))
	c.text = append(c.text, b[:min(len(b), MaxBody-len(c.text))]...)
}

func (c *capture) body() Body {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Body{Text: string(c.text), Size: c.size}
}

// tee is a request's body that is kept as it is read.
type tee struct {
	io.ReadCloser
	to *capture
}

func (t tee) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	t.to.add(b[:n])
	return n, err
}

// watch returns w with its status and header noted, for an answer whose bytes nobody can see (TLS).
func (rec *recording) watch(w http.ResponseWriter) http.ResponseWriter {
	if rec.tap != nil {
		return w
	}
	return &watcher{ResponseWriter: w, rec: rec}
}

// Inside returns next with the bodies of its answers kept for those who look, as next writes them: it
// stands inside of what compresses them.
func Inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec, ok := r.Context().Value(recordingKey{}).(*recording); ok {
			rec.answered = &capture{}
			w = &watcher{ResponseWriter: w, body: rec.answered}
		}
		next.ServeHTTP(w, r)
	})
}

// watcher is an answer of which something is noted: the header in rec, or the body.
type watcher struct {
	http.ResponseWriter
	rec  *recording
	body *capture
}

func (w *watcher) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *watcher) note(status int) {
	if w.rec == nil {
		return
	}
	w.rec.mu.Lock()
	defer w.rec.mu.Unlock()
	if w.rec.status == 0 && status >= 200 {
		w.rec.status, w.rec.header = status, w.Header().Clone()
	}
}

func (w *watcher) Write(b []byte) (int, error) {
	w.note(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	if w.body != nil {
		w.body.add(b[:n])
	}
	return n, err
}

// Flush is for handlers that ask for an http.Flusher.
func (w *watcher) Flush() { _ = w.FlushError() }

// FlushError is what http.ResponseController calls.
func (w *watcher) FlushError() error {
	w.note(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack gives the connection away; what happens on it then is nobody's exchange.
func (w *watcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap is for http.ResponseController.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }
