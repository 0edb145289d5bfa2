package experiment

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"sessionlab/cookie"
)

// World is where an experiment happens.
type World struct {
	Scheme string           // http or https
	Home   string           // the host, with its port, of the lab's pages
	Hosts  map[Place]string // the host, with its port, of each place that can be reached
	Now    time.Time
}

// Has tells whether a place can be reached.
func (w World) Has(p Place) bool { return w.Hosts[p] != "" }

// Name is the host name of a place, without its port, as Domain has it.
func (w World) Name(p Place) string {
	name, _, err := net.SplitHostPort(w.Hosts[p])
	if err != nil {
		return w.Hosts[p]
	}
	return name
}

// Apart tells whether experiments have a host of their own, so that their cookies
// never meet those of the lab.
func (w World) Apart() bool { return w.Hosts[Own] != w.Home }

// Spare tells whether all cookies of a place's site are those of experiments: the
// lab's pages may be open under another name of that site.
func (w World) Spare(p Place) bool {
	site := func(host string) string { return cookie.Site(&url.URL{Scheme: w.Scheme, Host: host}) }
	return strings.HasSuffix(w.Name(p), ".localhost") && site(w.Hosts[p]) != site(w.Home)
}

// Trusted tells whether browsers trust the way to Own as they do https: it does not
// leave the machine. Safari does not.
func (w World) Trusted() bool {
	name := w.Name(Own)
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return w.Scheme == "https" || name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && address.IsLoopback()
}

// URL is an address of a place; path begins with a slash.
func (w World) URL(p Place, path string) string { return w.Scheme + "://" + w.Hosts[p] + path }

// Date is a moment from now as an Expires attribute has it.
func (w World) Date(after time.Duration) string {
	return w.Now.Add(after).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}
