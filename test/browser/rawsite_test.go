package browser

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// rawSite answers to every host, over http and https, with Set-Cookie lines of any bytes.
type rawSite struct {
	ports map[string]string // by scheme

	mu   sync.Mutex
	line *string           // for the next request that asks for it
	came map[string]string // the Cookie header, by the request's number
	next int
}

func startRawSite(t *testing.T) *rawSite {
	t.Helper()
	s := &rawSite{ports: map[string]string{}, came: map[string]string{}}
	secured := httptest.NewTLSServer(nil) // only for its certificate
	defer secured.Close()
	for _, scheme := range []string{"http", "https"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, s.ports[scheme], _ = net.SplitHostPort(l.Addr().String())
		if scheme == "https" {
			l = tls.NewListener(l, &tls.Config{Certificates: secured.TLS.Certificates, NextProtos: []string{"http/1.1"}})
		}
		var all sync.WaitGroup
		all.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				all.Go(func() { s.answer(conn) })
			}
		})
		t.Cleanup(func() { l.Close(); all.Wait() })
	}
	return s
}

func (s *rawSite) answer(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	query := r.URL.Query()
	s.mu.Lock()
	if n := query.Get("n"); n != "" {
		s.came[n] = r.Header.Get("Cookie")
	}
	set := ""
	if query.Has("set") && s.line != nil {
		set = "Set-Cookie: " + *s.line + "\r\n"
	}
	s.mu.Unlock()
	const page = `<!doctype html><link rel="icon" href="data:,"><title>jar</title>`
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", len(page), set, page)
}

// at returns an address of the table with this site's port.
func (s *rawSite) at(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host += ":" + s.ports[u.Scheme]
	return u
}

// number adds a number to an address, so that its request can be recognized.
func (s *rawSite) number(u *url.URL, query string) (address, n string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	n = fmt.Sprint(s.next)
	return u.String() + "?n=" + n + query, n
}

func (s *rawSite) wait(t *testing.T, n string) string {
	t.Helper()
	for range 2000 {
		s.mu.Lock()
		header, ok := s.came[n]
		s.mu.Unlock()
		if ok {
			return header
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the request never came")
	return ""
}
