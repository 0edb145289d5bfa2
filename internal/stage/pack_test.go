package stage

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// What is kept takes as much memory as is counted, whatever its texts were cut from.
func TestMemory(t *testing.T) {
	l := newLab(t, func(http.ResponseWriter, *http.Request) {})
	heap := func() int {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	// cut returns a text that keeps a much longer one alive.
	cut := func(n int, text string) string {
		return (fmt.Sprint(text, n) + strings.Repeat("x", 64<<10))[:len(text)+6]
	}
	made := func(n int) *Exchange {
		return &Exchange{
			Time: l.now(), Scheme: "http", Host: cut(0, "localhost"), Handler: "GetAddSession",
			Request: Request{Method: cut(n, "GET"), Target: cut(n, "/"), Proto: cut(n, "HTTP/1.1"),
				Header: []Field{{"Host", cut(n, "localhost")}, {cut(n, "User-Agent"), cut(n, strings.Repeat("Mozilla ", 20))}, {"Cookie", cut(n, "res=3; lang=en; sessionid="+otherKey)}}},
			Response: Response{Status: 200, Proto: "HTTP/1.1", Header: []Field{{"Set-Cookie", cut(n, "res=4; Path=/; Note=")}, {"Content-Type", "text/html"}},
				Body: Body{Text: cut(n, strings.Repeat("<p>", n*17%4000))}},
			Statements: []Statement{{Query: cut(n, "SELECT session_data"), Args: []string{cut(n, "'a'"), cut(n, "'b'")}}, {Query: "COMMIT"}},
			Before:     &Session{Engine: "db", Key: cut(n, otherKey), Raw: cut(n, "eyJyZXMiOjF9"), Data: []byte(cut(n, "{}"))},
		}
	}
	before := heap()
	for range 3 {
		_, id := l.visitor()
		l.mu.Lock()
		v := l.visitors[id]
		l.mu.Unlock()
		for n := range MaxExchanges {
			if !l.add(v, made(n)) {
				t.Fatal("it was not kept")
			}
		}
	}
	taken := heap() - before
	l.mu.Lock()
	counted := l.bytes
	l.mu.Unlock()
	if taken > counted*17/16 || counted > taken*5/4 {
		t.Errorf("%d bytes are taken, and %d counted", taken, counted)
	}
	runtime.KeepAlive(l)
}
