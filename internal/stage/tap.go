package stage

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxHead is the longest head, of a request or an answer, that is shown as it was on the wire.
const maxHead = 64 << 10

// maxIdleHead is how much memory a connection may hold between two requests, in bytes.
const maxIdleHead = 8 << 10

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
