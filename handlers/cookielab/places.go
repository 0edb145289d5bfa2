package cookielab

import (
	"net"
	"net/http"
	"net/netip"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// places knows under which hosts this lab may be reached.
type places struct {
	hosts     *web.Hosts
	neighbour *neighbour
	now       func() time.Time
}

// allow lets a page start experiments: it asks these hosts whether they lead here, and its form
// goes to one of them.
func (p *places) allow(c *gin.Context, hosts map[experiment.Place]string) {
	w := p.world(c, nil)
	w.Hosts = hosts
	c.Header("Content-Security-Policy", policyFor(w, false))
}

// addresses returns those by which a page finds out which hosts lead to this lab, by their names.
func (p *places) addresses(c *gin.Context, hosts map[experiment.Place]string) map[experiment.Place]string {
	w, addresses := p.world(c, nil), map[experiment.Place]string{}
	for place, host := range hosts {
		addresses[place] = w.Scheme + "://" + host + "/cookie/run/here"
	}
	return addresses
}

// world is where an experiment of the page that is asked for happens, if its browser
// reaches the named places.
func (p *places) world(c *gin.Context, reach []string) experiment.World {
	w := experiment.World{Scheme: "http", Home: c.Request.Host, Now: p.now(), Hosts: map[experiment.Place]string{experiment.Own: c.Request.Host}}
	if c.Request.TLS != nil {
		w.Scheme = "https"
	}
	candidates := p.candidates(c)
	for _, name := range reach {
		if host := candidates[experiment.Place(name)]; host != "" {
			w.Hosts[experiment.Place(name)] = host
		}
	}
	if !w.Apart() && !w.Has(experiment.Other) && w.Has(experiment.Loopback) {
		w.Hosts[experiment.Other] = w.Hosts[experiment.Loopback]
	}
	if w.Apart() && isAddress(w.Name(experiment.Loopback)) {
		w.Hosts[experiment.Address] = w.Hosts[experiment.Loopback]
	}
	delete(w.Hosts, experiment.Loopback)
	return w
}

// candidates are hosts that may lead to this lab, too: the names below localhost where the browser
// is on this machine; elsewhere the machine's other name, which is another site.
func (p *places) candidates(c *gin.Context) map[experiment.Place]string {
	host, port := web.SplitHost(c.Request.Host)
	if !web.IsLocal(host) {
		hosts := map[experiment.Place]string{}
		if names := p.otherNames(c, host); len(names) > 0 {
			hosts[experiment.Other] = web.WithPort(names[0], port)
		}
		return hosts
	}
	hosts := map[experiment.Place]string{
		experiment.Own: web.WithPort("a.lab.localhost", port), experiment.Sibling: web.WithPort("b.lab.localhost", port),
		experiment.Parent: web.WithPort("lab.localhost", port), experiment.Below: web.WithPort("x.a.lab.localhost", port),
		experiment.Other: web.WithPort("other.localhost", port), experiment.Loopback: web.WithPort("127.0.0.1", port),
	}
	if host != "localhost" {
		hosts[experiment.Loopback] = web.WithPort("localhost", port)
	}
	if c.Request.TLS == nil {
		if port := p.neighbour.port(); port != "" {
			hosts[experiment.Port] = web.WithPort("a.lab.localhost", port)
		}
	}
	return hosts
}

// otherNames are other names of this machine than the one the page was asked under.
func (p *places) otherNames(c *gin.Context, host string) (names []string) {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		for _, name := range p.hosts.Names() {
			if strings.HasSuffix(name, ".local") {
				names = append(names, name)
			}
		}
		return names
	}
	if addr, ok := c.Request.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		names = append(names, addr.IP.String())
	}
	return names
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
