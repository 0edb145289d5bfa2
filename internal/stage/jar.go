package stage

import (
	"net/url"
	"slices"
	"strings"

	"sessionlab/cookie"
)

// fill notes what is in the visitor's jar before and after an exchange. Nobody but the browser knows
// its jar; but what the lab has set and what has come are on the wire, and that is all of it here.
func (v *visitor) fill(e *Exchange) {
	sent := &e.Request
	if e.Held != nil {
		sent = e.Held
	}
	address, request := e.address(), cameAbout(sent)
	host := address.Hostname()
	if e.Again {
		e.JarBefore = slices.Clone(v.jar.Of(host))
		e.JarAfter = e.JarBefore
		return
	}
	// Copies: the jar would keep the whole head alive.
	v.jar.Correct(address, strings.Clone(Get(sent.Header, "Cookie")), request)
	e.JarBefore = slices.Clone(v.jar.Of(host))
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			v.jar.Set(address, strings.Clone(f.Value), request)
		}
	}
	e.JarAfter = slices.Clone(v.jar.Of(host))
}

// address is where the browser has sent the request.
func (e *Exchange) address() *url.URL {
	path, query, _ := strings.Cut(e.Request.Target, "?")
	u := &url.URL{Scheme: e.Scheme, Host: e.Host, RawQuery: query}
	if unescaped, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = unescaped, path
	}
	return u
}

// cameAbout is what the browser says of how the request came about (Fetch Metadata). Over plain http
// it says so to this machine only; otherwise the person is taken for who has asked.
func cameAbout(r *Request) cookie.Request {
	request := cookie.Request{Method: r.Method}
	if Get(r.Header, "Sec-Fetch-Site") == "cross-site" {
		request.Initiator = &url.URL{}
	}
	dest := Get(r.Header, "Sec-Fetch-Dest")
	request.Subresource = dest != "" && dest != "document"
	return request
}
