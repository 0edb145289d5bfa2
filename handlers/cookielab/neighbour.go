package cookielab

import (
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// neighbour is the lab on a second port of this machine, which answers experiments only: cookies
// ignore ports, and it takes two ports to see that.
type neighbour struct {
	log    *slog.Logger
	next   http.Handler                    // the whole lab
	listen func(net.Listener) net.Listener // as for the lab's own port

	mu     sync.Mutex
	server *http.Server
	at     string // the port; "" before the first use and if none can be opened
	closed bool
}

// port returns the neighbour's port, or "" if it cannot have one. The port is opened when a page
// first asks for it.
func (n *neighbour) port() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil || n.closed {
		return n.at
	}
	n.server = &http.Server{
		Handler: n.experimentsOnly(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		n.log.Warn("no second port for experiments", "error", err)
		return ""
	}
	n.at = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		if err := n.server.Serve(n.listen(listener)); err != http.ErrServerClosed {
			n.log.Error("second port for experiments", "error", err)
		}
	}()
	return n.at
}

func (n *neighbour) experimentsOnly() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/try/") || strings.HasPrefix(r.URL.Path, "/cookie/run/") || strings.HasPrefix(r.URL.Path, "/static/") {
			n.next.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// close closes the second port for good.
func (n *neighbour) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	if n.server != nil {
		n.server.Close()
	}
}
