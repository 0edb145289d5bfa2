package main

import (
	"bufio"
	"strings"
	"testing"
)

func TestReadResponse(t *testing.T) {
	for _, tt := range []struct{ name, answer, body, cookies, err string }{
		{"count", "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 9\r\nSet-Cookie: b=2\r\n\r\n{\"res\":1}", `{"res":1}`, "a=1; Path=/|b=2", ""},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", "", ""},
		{"refused", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "", "", "503"},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n", "", "", "Content-Length"},
		{"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"res\"", "", "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, cookies, err := readResponse(bufio.NewReader(strings.NewReader(tt.answer)))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil || string(body) != tt.body || strings.Join(cookies, "|") != tt.cookies {
				t.Errorf("body %q, cookies %q (%v)", body, cookies, err)
			}
		})
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
