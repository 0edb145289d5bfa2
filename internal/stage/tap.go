package stage

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxHead is the longest head of a request or response that is shown as it was on the wire.
const maxHead = 64 << 10

// maxIdleHead is how much memory a connection may keep between two requests, in bytes.
const maxIdleHead = 8 << 10

// tap is a connection that remembers the head of the current request and, if wanted, of its response. It
// never changes what is read and written.
//
// A tap knows where a request ends by its length. After a body in chunks it does not, and is lost until the
// connection is idle: what comes after the response counts as the next request. A head that belongs to
// another request is noticed, since net/http has parsed the right one (see sameHead).
type tap struct {
	net.Conn

	mu   sync.Mutex
	in   []byte // read, and not yet known to belong to a request
	skip int64  // bytes of the request's body that were not read yet
	lost bool

	answer []byte         // the head of the response, as far as it was written
	wanted func(h []byte) // called with that head; nil: nobody wants it, or it was called
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

// begin notes that net/http has read a request. It returns the request's head if it is wanted and known.
func (t *tap) begin(r *http.Request, wanted bool) (head []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answer, t.wanted, t.ended = t.answer[:0], nil, false
	for bytes.HasPrefix(t.in, []byte("\r\n")) { // net/http skips these, too
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
		t.in = nil // there are many connections, and they live long
	}
	if r.ContentLength < 0 {
		t.lost = true
		return head
	}
	t.skip = r.ContentLength
	rest = slices.Clone(rest) // feed overwrites its old place
	t.feed(rest)
	return head
}

// idle notes that no request is under way.
func (t *tap) idle() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost { // in has only what came after the last response
		t.lost, t.skip = false, 0
	}
}

// want asks for the head of the response. told is called once: when the handler is done and the head is
// written, or when the connection closes, with what there is.
func (t *tap) want(told func(head []byte)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = told
}

// end notes that the handler is done.
func (t *tap) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.tell(false)
}

// tell calls wanted if the head of the response is complete, or if last says that nothing more will come.
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

// ReadFrom makes net/http write through the tap.
func (t *tap) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{t}, r)
}

// CloseWrite serves net/http, which calls it before it closes a TCP connection that may still be read.
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
