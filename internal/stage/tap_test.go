package stage

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"sessionlab/internal/stage/record"
)

// However requests come over a connection, each is shown with its own header lines or with those that
// net/http has read, never with another's.
func TestWire(t *testing.T) {
	l := newLab(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/unread" {
			io.Copy(io.Discard, r.Body)
		}
		if r.URL.Path == "/304" {
			w.WriteHeader(http.StatusNotModified)
		}
		w.Header()["x-As-Written"] = []string{"1"}
		fmt.Fprint(w, r.URL.Path)
	})
	_, id := l.visitor()
	_, port, _ := net.SplitHostPort(l.server.Listener.Addr().String())
	own := "sessionlab_" + port + "=" + id + l.names.sign(id)
	get := func(n int) string {
		return fmt.Sprintf("GET /%d HTTP/1.1\r\nx-Number: %d\r\nHost: localhost\r\nCookie: %s\r\nX-a: 1\r\n\r\n", n, n, own)
	}
	chunks := func(n int) string {
		return strings.Replace(strings.Replace(get(n), "GET", "POST", 1), "X-a: 1", "Transfer-Encoding: chunked", 1) + "5\r\nhello\r\n0\r\n\r\n"
	}
	form := func(n int, body string) string {
		return strings.Replace(strings.Replace(get(n), "GET", "POST", 1), "X-a: 1", fmt.Sprintf("content-length: %d", len(body)), 1) + body
	}
	const exact, sorted = true, false
	for _, tt := range []struct {
		name   string
		pieces []string // as they are written
		exact  []bool   // of each request: whether it is shown as it was on the wire
	}{
		{"one after the other", []string{get(0), "", get(1)}, []bool{exact, exact}},
		{"all at once", []string{get(0) + get(1) + get(2)}, []bool{exact, exact, exact}},
		{"byte by byte", strings.Split(get(0)+form(1, "a=1")+get(2), ""), []bool{exact, exact, exact}},
		{"a body that looks like a request", []string{form(0, get(7)) + get(1)}, []bool{exact, exact}},
		{"an empty line after a form", []string{form(0, "a=1") + "\r\n" + get(1)}, []bool{exact, exact}},
		{"chunks", []string{chunks(0), "", get(1)}, []bool{exact, exact}},
		{"chunks, and more at once", []string{chunks(0) + get(1) + get(2), "", "", "", get(3)}, []bool{exact, sorted, sorted, exact}},
		{"chunks, and a request in two", []string{chunks(0) + get(1)[:20], get(1)[20:], "", "", get(2)}, []bool{exact, sorted, exact}},
		{"chunks, and a head within", []string{chunks(0) + "GET /1 HTTP/1.1\r\nHost: localhost\r\nCookie: " + own + "\r\nX: ", "GET /1 HTTP/1.1\r\nx-Number: 1\r\nX-Wrong: 1\r\n\r\n", "", "", get(2)}, []bool{exact, sorted, exact}},
		{"plain line feeds", []string{strings.ReplaceAll(get(0), "\r\n", "\n"), "", get(1)}, []bool{sorted, exact}},
		{"a folded line", []string{strings.Replace(get(0), "X-a: 1", "X-a: 1\r\n 2", 1), "", get(1)}, []bool{sorted, exact}},
		{"pragma", []string{strings.Replace(get(0), "X-a: 1", "pragma: no-cache", 1)}, []bool{exact}},
		{"no body", []string{strings.Replace(get(0), "GET", "HEAD", 1), "", get(1)}, []bool{exact, exact}},
		{"waiting for 100", []string{strings.Replace(form(0, "a=1"), "X-a: 1", "Expect: 100-continue", 1), "", get(1)}, []bool{exact, exact}},
		{"not modified", []string{strings.ReplaceAll(get(0), "/0 ", "/304 "), "", get(1)}, []bool{exact, exact}},
		{"a body nobody reads", []string{strings.ReplaceAll(form(0, "a=1"), "/0 ", "/unread "), "", get(1)}, []bool{exact, exact}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l.Clear(id)
			conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			var answers [][]string
			answer := func() {
				head, err := readHead(in)
				if err != nil {
					t.Fatal(err)
				}
				answers = append(answers, head)
			}
			asked := 0
			for _, piece := range tt.pieces {
				if piece == "" { // here the client waits for an answer
					answer()
					asked++
					continue
				}
				if _, err := io.WriteString(conn, piece); err != nil {
					t.Fatal(err)
				}
			}
			for range len(tt.exact) - asked {
				answer()
			}
			for i, e := range l.keeps(id, len(tt.exact)) {
				names := ""
				for _, f := range e.Request.Header {
					names += f.Name + " "
				}
				if got := strings.HasPrefix(names, "x-Number Host Cookie"); got != tt.exact[i] {
					t.Errorf("request %d is shown with %s", i, names)
				}
				if got := record.Get(e.Request.Header, "X-Number"); got != fmt.Sprint(i) || record.Get(e.Request.Header, "Host") != "localhost" {
					t.Errorf("request %d is shown as number %s", i, got)
				}
				var shown []string
				for _, f := range e.Response.Header {
					shown = append(shown, f.Name+": "+f.Value)
				}
				if want := answers[i][1:]; strings.Join(shown, "\n") != strings.Join(want, "\n") || !strings.HasPrefix(answers[i][0], fmt.Sprintf("HTTP/1.1 %d ", e.Response.Status)) {
					t.Errorf("answer %d is shown as %d\n%q, was\n%q", i, e.Response.Status, shown, answers[i])
				}
			}
		})
	}
}

// readHead reads a response and returns the lines of its head. Responses to HEAD have no body; only their
// length tells which they are.
func readHead(in *bufio.Reader) (lines []string, err error) {
	length := 0
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSuffix(line, "\r\n")
		if line == "" && strings.HasPrefix(lines[0], "HTTP/1.1 1") {
			lines = nil
			continue
		}
		if line == "" {
			break
		}
		lines = append(lines, line)
		fmt.Sscanf(line, "Content-Length: %d", &length)
	}
	if next, _ := in.Peek(min(length, in.Buffered(), 5)); string(next) != "HTTP/" {
		_, err = in.Discard(min(length, in.Buffered()))
	}
	return lines, err
}
