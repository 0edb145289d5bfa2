package experiment

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"sessionlab/cookie"
)

// World describes the hosts and the moment of an experiment.
type World struct {
	Scheme string           // http or https
	Home   string           // host and port of the lab's pages
	Hosts  map[Place]string // host and port of each place that can be reached
	Now    time.Time
}

// Has reports whether a place can be reached.
func (w World) Has(p Place) bool { return w.Hosts[p] != "" }

// Name returns the host name of a place without its port, as for Domain.
func (w World) Name(p Place) string {
	name, _, err := net.SplitHostPort(w.Hosts[p])
	if err != nil {
		return w.Hosts[p]
	}
	return name
}

// Apart reports whether experiments have a host of their own, so that their cookies never meet the lab's.
func (w World) Apart() bool { return w.Hosts[Own] != w.Home }

// Spare reports whether only experiments have cookies at a place's site. The lab's pages may be open under another name of
// that site.
func (w World) Spare(p Place) bool {
	site := func(host string) string { return cookie.Site(&url.URL{Scheme: w.Scheme, Host: host}) }
	return strings.HasSuffix(w.Name(p), ".localhost") && site(w.Hosts[p]) != site(w.Home)
}

// Trusted reports whether browsers treat the connection to Own as secure, like https, because it does not leave the
// machine. Safari does not.
func (w World) Trusted() bool {
	name := w.Name(Own)
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return w.Scheme == "https" || name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && address.IsLoopback()
}

// URL returns an address of a place; path begins with a slash.
func (w World) URL(p Place, path string) string { return w.Scheme + "://" + w.Hosts[p] + path }

// Date returns a moment relative to Now, in the format of Expires.
func (w World) Date(after time.Duration) string {
	return w.Now.Add(after).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}
