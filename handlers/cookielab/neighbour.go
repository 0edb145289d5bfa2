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

// neighbour is the lab at a second port of this machine, where nothing but
// experiments are answered: cookies do not tell ports apart, and that can only be
// seen with two.
type neighbour struct {
	log    *slog.Logger
	next   http.Handler                    // all of the lab
	listen func(net.Listener) net.Listener // as the lab's own port does

	mu     sync.Mutex
	server *http.Server
	at     string // the port; "" before the first time, and if there is none to be had
	closed bool
}

// port is the neighbour's port, "" if it cannot have one. It is opened when a page
// asks for the first time, and closed with the lab.
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

// close ends the neighbour with the lab.
func (n *neighbour) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	if n.server != nil {
		n.server.Close()
	}
}
