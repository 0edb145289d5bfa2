package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"
)

// browser requests one address again and again over one connection, and keeps cookies. It does as little as
// possible, because it shares the cores with the servers that are measured.
type browser struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	path    string
	cookies []string // name=value, the newest of each name
	last    int      // the last count received
}

// newBrowser connects to a server.
func newBrowser(addr, path string) (*browser, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	b := &browser{conn: conn, in: bufio.NewReader(conn), path: path}
	b.compose()
	return b, nil
}

// watch opens the lab's stage: a second connection, on which everything that the browser does comes back. It is
// read until ctx ends or the connection is closed.
func (b *browser) watch(ctx context.Context, addr string) error {
	count := b.path
	b.path = "/stage/" // gives the visitor a name
	b.compose()
	if err := b.ask(); err != nil {
		return err
	}
	b.path = count
	b.compose()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET /stage/events HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", strings.Join(b.cookies, "; ")); err != nil {
		return err
	}
	first := make([]byte, len("HTTP/1.1 200 "))
	if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 200 " {
		return fmt.Errorf("the stream: %q, %w", first, err)
	}
	go io.Copy(io.Discard, conn)
	return nil
}

// compose builds the request with the cookies of the moment.
func (b *browser) compose() {
	b.request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\n", b.path)
	if len(b.cookies) > 0 {
		b.request = fmt.Appendf(b.request, "Cookie: %s\r\n", strings.Join(b.cookies, "; "))
	}
	b.request = append(b.request, "\r\n"...)
}

// ask sends one request and reads the response. A count must be one more than the last.
func (b *browser) ask() error {
	if _, err := b.conn.Write(b.request); err != nil {
		return err
	}
	body, setCookies, err := readResponse(b.in)
	if err != nil {
		return err
	}
	for _, set := range setCookies {
		b.keep(set)
	}
	if text, ok := bytes.CutPrefix(bytes.TrimSpace(body), []byte(`{"res":`)); ok {
		n, err := strconv.Atoi(string(bytes.TrimSuffix(text, []byte("}"))))
		if err != nil || n != b.last+1 {
			return fmt.Errorf("counted %d after %d", n, b.last)
		}
		b.last = n
	}
	return nil
}

// keep stores the cookie of a Set-Cookie line.
func (b *browser) keep(set string) {
	pair, _, _ := strings.Cut(set, ";")
	name, _, _ := strings.Cut(pair, "=")
	for i, old := range b.cookies {
		if strings.HasPrefix(old, name+"=") {
			if old != pair {
				b.cookies[i] = pair
				b.compose()
			}
			return
		}
	}
	b.cookies = append(b.cookies, pair)
	b.compose()
}

// readResponse reads one response, whose status must be 200.
func readResponse(in *bufio.Reader) (body []byte, setCookies []string, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, nil, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		return nil, nil, fmt.Errorf("answered %q", bytes.TrimSpace(line))
	}
	length, chunked := -1, false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return nil, nil, err
			}
		case "Transfer-Encoding":
			chunked = string(value) == "chunked"
		case "Set-Cookie":
			setCookies = append(setCookies, string(value))
		}
	}
	switch {
	case chunked:
		body, err = readChunks(in)
	case length < 0:
		err = errors.New("an answer without a length")
	default:
		body = make([]byte, length)
		_, err = io.ReadFull(in, body)
	}
	return body, setCookies, err
}

// readChunks reads a chunked body, including the empty line after the last chunk.
func readChunks(in *bufio.Reader) ([]byte, error) {
	body, err := io.ReadAll(httputil.NewChunkedReader(in))
	if err == nil {
		_, err = in.Discard(len("\r\n")) // no server here sends trailers
	}
	return body, err
}

// visit describes how browsers behave.
type visit struct {
	watched bool          // with the stage open
	pause   time.Duration // the average wait before a request
}

// load lets n browsers send requests for the duration how. It returns the responses per second, how long each one
// took, and the errors: a browser that fails stops for the rest of this turn.
func load(addr, path string, n int, how time.Duration, v visit) (perSecond float64, times []time.Duration, failed []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	start := time.Now()
	for range n {
		all.Go(func() {
			own, err := askFor(addr, path, start.Add(how), v)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, own...)
			if err != nil {
				failed = append(failed, err)
			}
		})
	}
	all.Wait()
	return float64(len(times)) / time.Since(start).Seconds(), times, failed
}

// askFor lets one browser send requests until end.
func askFor(addr, path string, end time.Time, v visit) (times []time.Duration, err error) {
	b, err := newBrowser(addr, path)
	if err != nil {
		return nil, err
	}
	defer b.conn.Close()
	if err := b.conn.SetDeadline(end.Add(patience)); err != nil {
		return nil, err
	}
	if v.watched {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if err := b.watch(ctx, addr); err != nil {
			return nil, err
		}
	}
	for before := time.Now(); before.Before(end); {
		if v.pause > 0 {
			time.Sleep(rand.N(2 * v.pause))
			before = time.Now()
		}
		if err := b.ask(); err != nil {
			return times, err
		}
		now := time.Now()
		times = append(times, now.Sub(before))
		before = now
	}
	return times, nil
}
