package stage

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"sessionlab/internal/database"
	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// recording is an exchange while it happens.
type recording struct {
	stage *Stage
	asker
	tap *tap

	mu       sync.Mutex
	exchange record.Exchange
	asked    *capture // the request's body
	answered *capture // the response's, before it was compressed
	status   int
	header   http.Header // of the response, as the handlers left it

	published *record.Exchange
}

// asker identifies the browser that sent a request, as far as that can be told.
type asker struct {
	visitor *visitor // nil: nobody looks
	client  client
	name    string // that the request brings, or ""
	page    string // see PageToken
}

// newRecording starts to record a request, for a visitor if v is not nil. head is its head as it was on the wire, nil if unknown;
// t is its connection, nil if the response is not visible there.
func newRecording(s *Stage, v *visitor, r *http.Request, head []byte, t *tap) *recording {
	rec := &recording{stage: s, asker: asker{visitor: v, client: clientOf(r), name: s.Known(r)}, tap: t}
	rec.exchange = record.Exchange{Time: s.now(), Scheme: "http", Host: r.Host, Request: requestOf(r, head)}
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

// requestOf returns a request without its body, with the header as it was on the wire if that is known.
func requestOf(r *http.Request, head []byte) record.Request {
	request := record.Request{Method: r.Method, Target: r.RequestURI, Proto: r.Proto}
	if head != nil {
		if first, fields := parseHead(head); sameHead(first, fields, r) {
			request.Header = fields
			return request
		}
	}
	request.Header = append([]record.Field{{Name: "Host", Value: r.Host}}, fieldsOf(r.Header)...)
	return request
}

// context returns ctx with this recording, which also observes statements and the session.
func (rec *recording) context(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, recordingKey{}, rec)
	ctx = database.WithTrace(ctx, rec.statement)
	return session.WithObserver(ctx, rec.access)
}

// finish notes that the handler is done.
func (rec *recording) finish() {
	defer survive()
	end := rec.stage.now()
	rec.mu.Lock()
	rec.exchange.Duration = end.Sub(rec.exchange.Time)
	rec.mu.Unlock()
	if rec.tap != nil {
		rec.tap.end() // publishes, once the response is on the wire
		return
	}
	rec.publish(nil)
}

// publish completes the exchange with the head of its response from the wire, and keeps it.
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
	mask.Passwords(&e)
	if rec.visitor == nil {
		rec.stage.kept.recent.add(rec.asker, &e)
	} else if rec.stage.kept.add(rec.visitor, &e) {
		rec.published = &e
	}
}
