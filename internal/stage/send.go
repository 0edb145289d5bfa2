package stage

import (
	"context"
	"io"
	"net/http"
	"strings"

	"sessionlab/internal/stage/record"
)

// Send lets the lab answer a request that a viewer wrote, as if it had come over r's connection, and
// returns the exchange; nil if the visitor was forgotten meanwhile. The visitor's browser notices nothing,
// and its jar stays as it is. The error is ErrOtherSession or one of the session store.
func (s *Stage) Send(by Viewer, r *http.Request, written record.Request) (*record.Exchange, error) {
	if err := s.check(&written, r, by.Session); err != nil {
		return nil, err
	}
	var v *visitor
	s.kept.visit(by.Visitor, func(of *visitor) { v = of })

	ctx := context.WithValue(r.Context(), tapKey{}, (*tap)(nil)) // it was never on the wire
	again := (&http.Request{
		Method: written.Method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Host: r.Host,
		RemoteAddr: r.RemoteAddr, TLS: r.TLS, Body: http.NoBody,
	}).WithContext(ctx)
	if err := apply(&written, again); err != nil {
		return nil, err // impossible: ParseHead has read it
	}
	if text := written.Body.Text; text != "" {
		again.Body, again.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
	rec := newRecording(s, v, again, nil, nil)
	rec.exchange.Again = true
	rec.exchange.Request.Header = written.Header
	func() {
		defer rec.finish()
		defer func() {
			if caught := recover(); caught != nil && caught != http.ErrAbortHandler {
				panic(caught)
			}
		}()
		s.next.ServeHTTP(rec.watch(sink{http.Header{}}), again.WithContext(rec.context(ctx)))
	}()
	return rec.published, nil
}

// sink discards a response.
type sink struct{ header http.Header }

func (s sink) Header() http.Header         { return s.header }
func (s sink) Write(b []byte) (int, error) { return len(b), nil }
func (s sink) WriteHeader(int)             {}
func (s sink) Flush()                      {}
