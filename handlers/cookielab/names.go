package cookielab

import (
	"net"
	"net/http"
	"sessionlab/internal/web"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// siteNames returns the names under which this machine may answer, beginning with that of the page.
func (p *places) siteNames(c *gin.Context) (names []siteName) {
	host, port := web.SplitHost(c.Request.Host)
	all := []string{c.Request.Host}
	if web.IsLocal(host) {
		for _, name := range []string{"localhost", "127.0.0.1", "::1", "a.lab.localhost", "b.lab.localhost", "alice.localhost", "bob.localhost"} {
			all = append(all, web.WithPort(name, port))
		}
		if other := p.neighbour.port(); c.Request.TLS == nil && other != "" {
			all = append(all, web.WithPort("a.lab.localhost", other))
		}
	}
	for _, name := range p.ownNames(c) {
		all = append(all, web.WithPort(name, port))
	}
	for _, name := range all {
		known := slices.ContainsFunc(names, func(n siteName) bool { return n.Host == name })
		if !known {
			names = append(names, newSiteName(c, name))
		}
	}
	return names
}

func newSiteName(c *gin.Context, host string) siteName {
	here := host == c.Request.Host
	return siteName{
		Host: host, URL: strings.TrimSuffix(web.BaseURL(c), c.Request.Host) + host, Here: here,
		Unasked: !here && (strings.HasPrefix(host, "[") || web.IsLocal(c.Request.Host) && !web.IsLocal(host)),
	}
}

// ownNames returns the machine's names, without those that every machine has, and the address that
// received the request.
func (p *places) ownNames(c *gin.Context) []string {
	names := p.hosts.Names()
	if addr, ok := c.Request.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		names = append(names, addr.IP.String())
		slices.Sort(names)
	}
	return names
}

// people returns names for Alice and Bob, and names to use where theirs lead nowhere.
func (p *places) people(c *gin.Context) (people, standIns []siteName) {
	host, port := web.SplitHost(c.Request.Host)
	if web.IsLocal(host) {
		for _, name := range []string{"alice.localhost", "bob.localhost"} {
			people = append(people, newSiteName(c, web.WithPort(name, port)))
		}
		for _, name := range []string{"localhost", "127.0.0.1"} {
			standIns = append(standIns, newSiteName(c, web.WithPort(name, port)))
		}
		return people, standIns
	}
	people = append(people, newSiteName(c, c.Request.Host))
	if others := p.otherNames(c, host); len(others) > 0 {
		people = append(people, newSiteName(c, web.WithPort(others[0], port)))
	}
	return people, nil
}
