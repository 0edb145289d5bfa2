package stage

import (
	"context"
	"net"
	"net/http"
)

// Listener returns inner with its connections tapped: net/http keeps neither the order of the header
// lines nor their case, and adds some to the answer when all handlers are done.
func Listener(inner net.Listener) net.Listener { return tapListener{inner} }

type tapListener struct{ net.Listener }

// Accept implements net.Listener.
func (l tapListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tap{Conn: conn}, nil
}

type tapKey struct{}

// ConnContext is for http.Server: it lets a request find its connection.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tap); ok {
		return context.WithValue(ctx, tapKey{}, t)
	}
	return ctx
}

// ConnState is for http.Server: between two requests the taps find their place again.
func ConnState(c net.Conn, state http.ConnState) {
	if t, ok := c.(*tap); ok && state == http.StateIdle {
		t.idle()
	}
}

func tapOf(ctx context.Context) *tap {
	t, _ := ctx.Value(tapKey{}).(*tap)
	return t
}
