package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkStage measures a count over a connection of its own: without the stage, with the stage and
// nobody who looks, and with all who count looking, by a script or by a page. bench measures the same of
// the whole program.
func BenchmarkStage(b *testing.B) {
	for _, path := range []string{"/get_add_session/", "/get_add_cookie"} {
		for _, who := range []string{"without", "nobody", "everybody", "pages"} {
			b.Run(strings.Trim(path, "/")+"/"+who, func(b *testing.B) {
				lab := newTestLab(b)
				addr := lab.Server.Listener.Addr().String()
				if who == "without" {
					bare := httptest.NewServer(lab.lab.routes())
					defer bare.Close()
					addr = bare.Listener.Addr().String()
				}
				b.RunParallel(func(pb *testing.PB) {
					v := lab.Visitor()
					v.Get("/")
					switch who {
					case "everybody":
						go io.Copy(io.Discard, watch(v, "").events)
					case "pages":
						go io.Copy(io.Discard, watchAt(v, "/stage/events?brief=1", "").events)
					}
					conn, err := net.Dial("tcp", addr)
					if err != nil {
						b.Error(err)
						return
					}
					defer conn.Close()
					v.Get(path)
					request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s\r\n\r\n", path, cookieHeader(v))
					in := bufio.NewReader(conn)
					for pb.Next() {
						if _, err := conn.Write(request); err != nil {
							b.Error(err)
							return
						}
						response, err := http.ReadResponse(in, nil)
						if err == nil {
							_, err = io.Copy(io.Discard, response.Body)
						}
						if err != nil || response.StatusCode != http.StatusOK {
							b.Error(response, err)
							return
						}
					}
				})
			})
		}
	}
}
