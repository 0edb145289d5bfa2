package stage

import (
	"context"
	"net"
	"net/http"
)

// Listener returns inner with its connections tapped. net/http keeps neither order nor case of header
// lines, and adds lines to the response after all handlers are done.
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

// ConnContext makes requests find their connection. It is a hook of http.Server.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tap); ok {
		return context.WithValue(ctx, tapKey{}, t)
	}
	return ctx
}

// ConnState lets a lost tap find its place again between two requests. It is a hook of http.Server.
func ConnState(c net.Conn, state http.ConnState) {
	if t, ok := c.(*tap); ok && state == http.StateIdle {
		t.idle()
	}
}

func tapOf(ctx context.Context) *tap {
	t, _ := ctx.Value(tapKey{}).(*tap)
	return t
}
