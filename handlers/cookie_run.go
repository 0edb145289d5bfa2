package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/experiment"
	"sessionlab/internal/stage"
)

// StartRun begins an experiment: the browser leaves for the place of its first step.
func (l *Lab) StartRun(c *gin.Context) error {
	e, known := experiment.Find(c.PostForm("experiment"))
	if !known {
		return &explained{http.StatusNotFound, "experiment.error.unknown", nil}
	}
	return l.start(c, e)
}

// start begins an experiment, with the fields reach and back of its form.
func (l *Lab) start(c *gin.Context, e experiment.Experiment) error {
	back, err := url.Parse(c.PostForm("back"))
	if err != nil || back.IsAbs() || back.Host != "" || !strings.HasPrefix(back.Path, "/cookie/") {
		return &explained{http.StatusBadRequest, "experiment.error.back", nil}
	}
	world := l.world(c, strings.Fields(c.PostForm("reach")))
	if e.Alone && !world.Spare(experiment.Own) {
		return &explained{http.StatusConflict, "experiment.error.alone", nil}
	}
	if slices.ContainsFunc(e.Needs, func(p experiment.Place) bool { return !world.Has(p) }) {
		return &explained{http.StatusConflict, "experiment.error.needs", nil}
	}
	run, err := l.bench.Start(experiment.Order{
		Experiment: e, World: world, Visitor: l.stage.Visitor(c.Writer, c.Request), Client: stage.Client(c.Request),
		Lang: l.langOf(c), Back: back.String(),
	})
	if err != nil {
		return err
	}
	personal(c)
	c.Redirect(http.StatusSeeOther, world.URL(experiment.Own, "/try/?run="+run.Token))
	return nil
}

// Here tells a page of the lab, under whichever name it has, that this name leads
// to the same lab.
func (l *Lab) Here(c *gin.Context) error {
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"lab": l.instance})
	return nil
}

// allowPlaces lets a page start experiments: it asks these hosts whether they lead here, and its form
// goes to one of them.
func (l *Lab) allowPlaces(c *gin.Context, hosts map[experiment.Place]string) {
	w := l.world(c, nil)
	w.Hosts = hosts
	c.Header("Content-Security-Policy", policyFor(w, false))
}

// places are the addresses by which a page finds out which hosts lead to this lab, by their names.
func (l *Lab) places(c *gin.Context, hosts map[experiment.Place]string) map[experiment.Place]string {
	w, addresses := l.world(c, nil), map[experiment.Place]string{}
	for p, host := range hosts {
		addresses[p] = w.Scheme + "://" + host + "/cookie/run/here"
	}
	return addresses
}

// world is where an experiment of the page that is asked for happens, if its browser
// reaches the named places.
func (l *Lab) world(c *gin.Context, reach []string) experiment.World {
	w := experiment.World{Scheme: "http", Home: c.Request.Host, Now: l.Now(), Hosts: map[experiment.Place]string{experiment.Own: c.Request.Host}}
	if c.Request.TLS != nil {
		w.Scheme = "https"
	}
	candidates := l.candidates(c)
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
func (l *Lab) candidates(c *gin.Context) map[experiment.Place]string {
	host, port := splitHost(c.Request.Host)
	if !isLocal(host) {
		hosts := map[experiment.Place]string{}
		if names := l.otherNames(c, host); len(names) > 0 {
			hosts[experiment.Other] = withPort(names[0], port)
		}
		return hosts
	}
	hosts := map[experiment.Place]string{
		experiment.Own: withPort("a.lab.localhost", port), experiment.Sibling: withPort("b.lab.localhost", port),
		experiment.Parent: withPort("lab.localhost", port), experiment.Below: withPort("x.a.lab.localhost", port),
		experiment.Other: withPort("other.localhost", port), experiment.Loopback: withPort("127.0.0.1", port),
	}
	if host != "localhost" {
		hosts[experiment.Loopback] = withPort("localhost", port)
	}
	if c.Request.TLS == nil {
		if port := l.neighbour.port(); port != "" {
			hosts[experiment.Port] = withPort("a.lab.localhost", port)
		}
	}
	return hosts
}

// otherNames are other names of this machine than the one the page was asked under.
func (l *Lab) otherNames(c *gin.Context, host string) (names []string) {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		for name := range l.hosts {
			if strings.HasSuffix(name, ".local") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
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

func splitHost(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport, ""
	}
	return host, port
}

// isLocal tells whether a host is the browser's own machine by its very name.
func isLocal(host string) bool {
	host = hostname(host)
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
