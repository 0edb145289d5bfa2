package stage

import (
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
)

// fill adds the visitor's jar before and after an exchange. Only the browser knows its jar; but what the
// lab set and what the browser sent were on the wire, and here that is everything.
func (v *visitor) fill(e *record.Exchange) {
	sent := e.Sent()
	address, request := e.Address(), sent.CameAbout()
	host := address.Hostname()
	v.time = e.Time.Add(e.Duration)
	if e.Again {
		e.JarBefore, e.JarAfter = slices.Clone(v.jar.Of(host)), slices.Clone(v.jar.Of(host))
		return
	}
	// Cloned, because the jar would keep the whole head alive.
	v.jar.Correct(address, strings.Clone(record.Get(sent.Header, "Cookie")), request)
	e.JarBefore = slices.Clone(v.jar.Of(host))
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			v.jar.Set(address, strings.Clone(f.Value), request)
		}
	}
	e.JarAfter = slices.Clone(v.jar.Of(host))
}
