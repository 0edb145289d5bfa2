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

// places knows the hosts under which this lab may be reached.
type places struct {
	hosts     *web.Hosts
	neighbour *neighbour
	now       func() time.Time
}

// allow lets a page start experiments: the page may ask these hosts whether they lead here, and
// submit its form to them.
func (p *places) allow(c *gin.Context, hosts map[experiment.Place]string) {
	w := p.world(c, nil)
	w.Hosts = hosts
	c.Header("Content-Security-Policy", policyFor(w, false))
}

// addresses returns, for each place, the address that a page requests to find out whether it leads to
// this lab.
func (p *places) addresses(c *gin.Context, hosts map[experiment.Place]string) map[experiment.Place]string {
	w, addresses := p.world(c, nil), map[experiment.Place]string{}
	for place, host := range hosts {
		addresses[place] = w.Scheme + "://" + host + "/cookie/run/here"
	}
	return addresses
}

// world returns where an experiment started from the requested page takes place, if the browser
// reaches the places in reach.
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

// candidates returns further hosts that may lead to this lab: names below localhost if the browser is
// on this machine, otherwise another name of the machine, which is another site.
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

// otherNames returns names of this machine other than the page's own.
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
