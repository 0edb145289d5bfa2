package stage

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// maxHead is the longest head, of a request or an answer, that is shown as it was on the wire.
const maxHead = 64 << 10

// maxIdleHead is how much memory a connection may hold between two requests, in bytes.
const maxIdleHead = 8 << 10

// Listener returns inner with its connections tapped: net/http keeps neither the order of the header
// lines nor their case, and adds some to the answer when all handlers are done.
func (s *Stage) Listener(inner net.Listener) net.Listener { return tapListener{inner} }

type tapListener struct{ net.Listener }

// Accept implements net.Listener.
func (l tapListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tap{Conn: conn}, nil
}

type tapKey struct{}

// ConnContext is for http.Server: it lets a request find its connection.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tap); ok {
		return context.WithValue(ctx, tapKey{}, t)
	}
	return ctx
}

// ConnState is for http.Server: between two requests the taps find their place again.
func ConnState(c net.Conn, state http.ConnState) {
	if t, ok := c.(*tap); ok && state == http.StateIdle {
		t.idle()
	}
}

func tapOf(ctx context.Context) *tap {
	t, _ := ctx.Value(tapKey{}).(*tap)
	return t
}

// tap is a connection that remembers the head of the request that it carries and, if somebody wants
// it, of the answer. It never changes what is read and written.
//
// The bytes of a request are known to be over when the next head begins. Where that cannot be told,
// as after a body in chunks, the tap is lost until the connection is idle: what comes after the answer
// is taken for the next request. One whose head is taken for another's is noticed, since net/http has
// parsed the right one (see sameHead).
type tap struct {
	net.Conn

	mu   sync.Mutex
	in   []byte // read, and not yet known to belong to a request
	skip int64  // bytes of the request's body that are still to be read
	lost bool

	answer []byte         // the head of the answer, as far as it was written
	wanted func(h []byte) // told the head of the answer; nil: nobody wants it, or it was told
	ended  bool           // the handler is done
}

// Read implements net.Conn.
func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.feed(b[:n])
	return n, err
}

func (t *tap) feed(b []byte) {
	skipped := min(t.skip, int64(len(b)))
	t.skip -= skipped
	b = b[skipped:]
	if len(t.in)+len(b) > maxHead {
		t.lost, t.in = true, t.in[:0]
		return
	}
	t.in = append(t.in, b...)
}

// begin finds the head of a request that net/http has just read. It returns it if it is wanted and
// known.
func (t *tap) begin(r *http.Request, wanted bool) (head []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answer, t.wanted, t.ended = t.answer[:0], nil, false
	for bytes.HasPrefix(t.in, []byte("\r\n")) { // net/http passes over these, too
		t.in = t.in[2:]
	}
	end := bytes.Index(t.in, []byte("\r\n\r\n"))
	if t.lost || end < 0 {
		t.lost, t.in = true, t.in[:0]
		return nil
	}
	end += len("\r\n\r\n")
	if wanted {
		head = slices.Clone(t.in[:end])
	}
	rest := t.in[end:]
	t.in = t.in[:0]
	if cap(t.in) > maxIdleHead {
		t.in = nil // connections live long, and there are many
	}
	if r.ContentLength < 0 {
		t.lost = true
		return head
	}
	t.skip = r.ContentLength
	rest = slices.Clone(rest) // feed appends to what it would overwrite
	t.feed(rest)
	return head
}

// idle is called when no request is under way.
func (t *tap) idle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost { // in has what came since the last write: the client knew the answer then
		t.lost, t.skip = false, 0
	}
}

// want asks for the head of the answer to the request that begins. told is called once: when the
// handler is done and the head is written, or with what there is when the connection closes.
func (t *tap) want(told func(head []byte)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = told
}

// end says that the handler is done.
func (t *tap) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.tell(false)
}

// tell calls the one who wants the head of the answer, if it is time to, or the last chance.
func (t *tap) tell(last bool) {
	if t.wanted == nil || !last && !(t.ended && bytes.Contains(t.answer, []byte("\r\n\r\n"))) {
		return
	}
	told := t.wanted
	t.wanted = nil
	told(slices.Clone(t.answer))
}

// Write implements net.Conn.
func (t *tap) Write(b []byte) (int, error) {
	t.mu.Lock()
	if t.lost {
		t.in = t.in[:0]
	}
	t.mu.Unlock()
	n, err := t.Conn.Write(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wanted != nil && len(t.answer) < maxHead && !bytes.Contains(t.answer, []byte("\r\n\r\n")) {
		t.answer = append(t.answer, b[:n]...)
		t.answer = withoutInterim(t.answer)
		if end := bytes.Index(t.answer, []byte("\r\n\r\n")); end >= 0 {
			t.answer = t.answer[:end+len("\r\n\r\n")]
		}
		t.tell(false)
	}
	return n, err
}

// withoutInterim cuts answers such as 100 Continue off, before the one that counts.
func withoutInterim(b []byte) []byte {
	for bytes.HasPrefix(b, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 101")) {
		_, rest, ok := bytes.Cut(b, []byte("\r\n\r\n"))
		if !ok {
			break
		}
		b = rest
	}
	return b
}

// ReadFrom keeps net/http from writing past the tap.
func (t *tap) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{t}, r)
}

// CloseWrite is what net/http asks of a TCP connection before it closes one that may still be read.
func (t *tap) CloseWrite() error {
	if c, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// Close implements net.Conn.
func (t *tap) Close() error {
	t.mu.Lock()
	t.tell(true)
	t.mu.Unlock()
	return t.Conn.Close()
}

// parseHead splits a head into its first line and its fields, as they were on the wire.
func parseHead(head []byte) (first string, fields []Field) {
	lines := strings.Split(strings.TrimSuffix(strings.TrimLeft(string(head), "\r\n"), "\r\n\r\n"), "\r\n")
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, Field{name, strings.Trim(value, " \t")})
	}
	return lines[0], fields
}

// sameHead reports whether fields are the ones that net/http has read for r.
func sameHead(first string, fields []Field, r *http.Request) bool {
	if first != r.Method+" "+r.RequestURI+" "+r.Proto {
		return false
	}
	seen, header := http.Header{}, maps.Clone(r.Header)
	for _, f := range fields {
		seen.Add(f.Name, f.Value)
	}
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"} { // which net/http may take out
		delete(seen, name)
		delete(header, name)
	}
	if len(seen["Pragma"]) > 0 && seen["Cache-Control"] == nil {
		delete(header, "Cache-Control") // net/http has put it in
	}
	return maps.EqualFunc(seen, header, slices.Equal)
}

// fieldsOf lists a header whose order is not known.
func fieldsOf(h http.Header) (fields []Field) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}
