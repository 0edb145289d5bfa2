package web

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// Listener returns inner with the lab's own page in place of the bare lines with which net/http
// refuses what is not HTTP: those requests never reach a handler, but someone may look at the
// response. Such a refusal is the client's fault, so it becomes 400 even where net/http says 501 or
// 505.
func (s *Site) Listener(inner net.Listener) net.Listener { return rawListener{inner, s} }

type rawListener struct {
	net.Listener
	site *Site
}

// Accept implements net.Listener.
func (l rawListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return rawConn{tcp, l.site}, err
	}
	return conn, err
}

// rawConn embeds a *net.TCPConn so that net/http finds the methods it looks for.
type rawConn struct {
	*net.TCPConn
	site *Site
}

// bareHeaders follow the status line in net/http's own refusals and in none of our responses: ours
// begin with the security headers.
const bareHeaders = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write implements net.Conn. net/http writes a refusal in one call.
func (c rawConn) Write(b []byte) (int, error) {
	status, rest, _ := bytes.Cut(b, []byte("\r\n"))
	if !bytes.HasPrefix(rest, []byte(bareHeaders[2:])) || len(status) < len("HTTP/1.1 400") {
		return c.TCPConn.Write(b)
	}
	code, err := strconv.Atoi(string(status[9:12]))
	if err != nil || code != http.StatusRequestHeaderFieldsTooLarge {
		code = http.StatusBadRequest
	}
	answer, err := c.site.rawAnswer(code)
	if err != nil {
		c.site.options.Log.Error("error page failed", "status", code, "error", err)
		return c.TCPConn.Write(b)
	}
	if _, err := c.TCPConn.Write(answer); err != nil {
		return 0, err
	}
	return len(b), nil // as far as net/http can tell
}

// rawAnswer returns a complete response with the given status. The client's language is unknown.
func (s *Site) rawAnswer(status int) ([]byte, error) {
	lang := s.options.Lang
	if lang == "" {
		lang = Languages()[0]
	}
	id := "error." + strconv.Itoa(status)
	page := s.blankPage(lang, "")
	page.Path, page.Title = "/", s.Texts.Text(lang, id+".title")
	data := &errorPage{Page: page, Status: status, Name: http.StatusText(status), Text: s.Texts.Text(lang, id+".text")}
	body, err := s.templates.execute("error.html", "base.html", data)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Content-Length": {strconv.Itoa(len(body))}, "Connection": {"close"}, "Cache-Control": {"no-store"}}
	setSecurityHeaders(header)
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if err := header.Write(&out); err != nil {
		return nil, err
	}
	out.WriteString("\r\n")
	out.Write(body)
	return out.Bytes(), nil
}
