package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestReadResponse(t *testing.T) {
	for _, tt := range []struct{ name, answer, body, cookies, err string }{
		{"count", "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 9\r\nSet-Cookie: b=2\r\n\r\n{\"res\":1}", `{"res":1}`, "a=1; Path=/|b=2", ""},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"re\r\n5\r\ns\":1}\r\n0\r\n\r\n", `{"res":1}`, "", ""},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", "", ""},
		{"refused", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "", "", "503"},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", "", "", "without a length"},
		{"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"res\"", "", "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := bufio.NewReader(strings.NewReader(tt.answer))
			body, cookies, err := readResponse(in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil || string(body) != tt.body || strings.Join(cookies, "|") != tt.cookies {
				t.Errorf("body %q, cookies %q (%v)", body, cookies, err)
			}
			if rest := in.Buffered(); rest > 0 {
				t.Errorf("%d bytes of the answer are left for the next one", rest)
			}
		})
	}
}

func TestBrowserCounts(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		for _, n := range []int{1, 2, 2} {
			if _, err := http.ReadRequest(bufio.NewReader(theirs)); err != nil {
				return
			}
			fmt.Fprintf(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"res\":%d}", n)
		}
	}()
	b := &browser{conn: ours, in: bufio.NewReader(ours), path: "/"}
	b.compose()
	for _, want := range []string{"", "", "counted 2 after 2"} {
		if err := b.ask(); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestBrowserKeepsCookies(t *testing.T) {
	b := &browser{path: "/"}
	for _, set := range []string{"a=1; Path=/", "b=2", "a=3"} {
		b.keep(set)
	}
	if got := string(b.request); !strings.Contains(got, "\r\nCookie: a=3; b=2\r\n") {
		t.Errorf("request %q", got)
	}
}
