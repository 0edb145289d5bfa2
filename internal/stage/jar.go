package stage

import (
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
)

// fill notes what is in the visitor's jar before and after an exchange. Nobody but the browser knows
// its jar; but what the lab has set and what has come are on the wire, and that is all of it here.
func (v *visitor) fill(e *record.Exchange) {
	sent := e.Sent()
	address, request := e.Address(), sent.CameAbout()
	host := address.Hostname()
	if e.Again {
		e.JarBefore, e.JarAfter = slices.Clone(v.jar.Of(host)), slices.Clone(v.jar.Of(host))
		return
	}
	// Copies: the jar would keep the whole head alive.
	v.jar.Correct(address, strings.Clone(record.Get(sent.Header, "Cookie")), request)
	e.JarBefore = slices.Clone(v.jar.Of(host))
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			v.jar.Set(address, strings.Clone(f.Value), request)
		}
	}
	e.JarAfter = slices.Clone(v.jar.Of(host))
}
