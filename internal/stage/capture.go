package stage

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"

	"sessionlab/internal/stage/record"
)

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
	c.text = append(c.text, b[:min(len(b), record.MaxBody-len(c.text))]...)
}

func (c *capture) body() record.Body {
	c.mu.Lock()
	defer c.mu.Unlock()
	return record.Body{Text: string(c.text), Size: c.size}
}

// tee keeps a request's body as it is read.
type tee struct {
	io.ReadCloser
	to *capture
}

func (t tee) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	t.to.add(b[:n])
	return n, err
}

// watch returns a writer that notes status and header, for a response whose bytes are not visible (TLS).
func (rec *recording) watch(w http.ResponseWriter) http.ResponseWriter {
	if rec.tap != nil {
		return w
	}
	return &watcher{ResponseWriter: w, rec: rec}
}

// Inside returns next with its response bodies recorded for visitors who look, as next writes them. It
// belongs inside of what compresses them.
func Inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec, ok := r.Context().Value(recordingKey{}).(*recording); ok {
			rec.answered = &capture{}
			w = &watcher{ResponseWriter: w, body: rec.answered}
		}
		next.ServeHTTP(w, r)
	})
}

// watcher passes a response on and notes its header in rec, or its body.
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

// Flush serves handlers that ask for an http.Flusher.
func (w *watcher) Flush() { _ = w.FlushError() }

// FlushError serves http.ResponseController.
func (w *watcher) FlushError() error {
	w.note(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack hands the connection over; what happens on it afterwards is not recorded.
func (w *watcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap serves http.ResponseController.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }
