package stage

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"sessionlab/internal/stage/record"
)

// Kept exchanges take as much memory as is counted, whatever their texts were cut from.
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
	made := func(n int) *record.Exchange {
		return &record.Exchange{
			Time: l.now(), Scheme: "http", Host: cut(0, "localhost"), Handler: "GetAddSession",
			Request: record.Request{Method: cut(n, "GET"), Target: cut(n, "/"), Proto: cut(n, "HTTP/1.1"),
				Header: []record.Field{{Name: "Host", Value: cut(n, "localhost")}, {Name: cut(n, "User-Agent"), Value: cut(n, strings.Repeat("Mozilla ", 20))}, {Name: "Cookie", Value: cut(n, "res=3; lang=en; sessionid=xyzxyzxyz0xyzxyzxyz0xyzxyzxyz022")}}},
			Response: record.Response{Status: 200, Proto: "HTTP/1.1", Header: []record.Field{{Name: "Set-Cookie", Value: cut(n, "res=4; Path=/; Note=")}, {Name: "Content-Type", Value: "text/html"}},
				Body: record.Body{Text: cut(n, strings.Repeat("<p>", n*17%4000))}},
			Statements: []record.Statement{{Query: cut(n, "SELECT session_data"), Args: []string{cut(n, "'a'"), cut(n, "'b'")}}, {Query: "COMMIT"}},
			Before:     &record.StoredSession{Engine: "db", Key: cut(n, "xyzxyzxyz0xyzxyzxyz0xyzxyzxyz022"), Raw: cut(n, "eyJyZXMiOjF9"), Data: []byte(cut(n, "{}"))},
		}
	}
	before := heap()
	for range 3 {
		_, id := l.visitor()
		l.kept.mu.Lock()
		v := l.kept.visitors[id]
		l.kept.mu.Unlock()
		for n := range MaxExchanges {
			if !l.kept.add(v, made(n)) {
				t.Fatal("it was not kept")
			}
		}
	}
	taken := heap() - before
	l.kept.mu.Lock()
	counted := l.kept.bytes
	l.kept.mu.Unlock()
	if taken > counted*17/16 || counted > taken*5/4 {
		t.Errorf("%d bytes are taken, and %d counted", taken, counted)
	}
	runtime.KeepAlive(l)
}
