package handlers

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/experiment"
)

// sitesPage is about the names of this machine: which are one site, and what that does to cookies.
type sitesPage struct {
	labPage
	Names     []siteName
	Pair      pair
	People    []siteName // Alice and Bob
	StandIns  []siteName // for them, where their names lead nowhere
	Local     bool       // the browser is on the lab's own machine
	Table     *sameSiteTable
	Late      lateRun
	Domain    *observations
	DomainHow string // what the browser did, by a word
}

// siteName is a name that may lead to this lab.
type siteName struct {
	Host    string // with the port
	URL     string
	Here    bool // the page was asked for under this name
	Unasked bool // the page does not ask this name: no policy can have it, or most likely nobody listens
}

// lateRun is when the second run of the table comes.
type lateRun struct {
	Possible  bool  // there are cookies of a first run
	Wait      int64 // milliseconds until they are no longer fresh
	Over      bool  // they are gone by now
	Done      bool  // it came already
	Forgotten bool  // when it came, the cookies were gone
}

// ShowCookieSites shows the names, how any two of them stand to each other, and what the reader's
// browser sends from one to the other.
func (l *Lab) ShowCookieSites(c *gin.Context) error {
	names := l.siteNames(c)
	data := &sitesPage{Names: names, Local: isLocal(c.Request.Host)}
	var err error
	if data.Pair, err = choosePair(names, c.Query("one"), c.Query("two")); err != nil {
		return err
	}
	data.People, data.StandIns = l.people(c)
	var ask []string
	for _, name := range names {
		if !name.Unasked {
			ask = append(ask, name.Host)
		}
	}
	if data.labPage, err = l.newLabPage(c, "sites", ask...); err != nil {
		return err
	}
	visitor := l.stage.Visitor(c.Writer, c.Request)
	first := l.bench.Last(visitor, experiment.SameSiteName)
	late := l.bench.Last(visitor, experiment.SameSiteLateName)
	if first != nil && !first.Ended.IsZero() {
		if late != nil && (late.Ended.IsZero() || late.Started.Before(first.Ripe())) {
			late = nil // of an earlier first run, or too early
		}
		data.Late = newLateRun(first, late, l.Now())
		if data.Late.Forgotten {
			late = nil
		}
		data.Table = newSameSiteTable(first, late)
	}
	if result := l.bench.Last(visitor, experiment.DomainName); result != nil && !result.Ended.IsZero() {
		data.Domain, data.DomainHow = &observations{data.Page, result}, experiment.Domain().Judge(result)
	}
	return l.render(c, http.StatusOK, "sites.html", data)
}

func newLateRun(first, late *experiment.Result, now time.Time) lateRun {
	run := lateRun{Possible: !first.Stopped, Wait: max(0, first.Ripe().Sub(now).Milliseconds())}
	run.Over = now.Sub(first.Started) > experiment.SameSiteLife
	if late != nil {
		run.Done = true
		run.Forgotten = late.Of(experiment.SameSiteKept).Cookie == ""
	}
	return run
}

// siteNames are the names under which this machine may answer, that of the page first.
func (l *Lab) siteNames(c *gin.Context) (names []siteName) {
	host, port := splitHost(c.Request.Host)
	all := []string{c.Request.Host}
	if isLocal(host) {
		for _, name := range []string{"localhost", "127.0.0.1", "::1", "a.lab.localhost", "b.lab.localhost", "alice.localhost", "bob.localhost"} {
			all = append(all, withPort(name, port))
		}
		if other := l.neighbour.port(); c.Request.TLS == nil && other != "" {
			all = append(all, withPort("a.lab.localhost", other))
		}
	}
	for _, name := range slices.Sorted(l.ownNames(c)) {
		all = append(all, withPort(name, port))
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
		Host: host, URL: strings.TrimSuffix(baseURL(c), c.Request.Host) + host, Here: here,
		Unasked: !here && (strings.HasPrefix(host, "[") || isLocal(c.Request.Host) && !isLocal(host)),
	}
}

// ownNames are the machine's names beyond those of every machine, and the address that was asked.
func (l *Lab) ownNames(c *gin.Context) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range l.hosts {
			if !yield(name) {
				return
			}
		}
		if addr, ok := c.Request.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
			yield(addr.IP.String())
		}
	}
}

// people are two names for Alice and Bob, and two that stand in for them.
func (l *Lab) people(c *gin.Context) (people, standIns []siteName) {
	host, port := splitHost(c.Request.Host)
	if isLocal(host) {
		for _, name := range []string{"alice.localhost", "bob.localhost"} {
			people = append(people, newSiteName(c, withPort(name, port)))
		}
		for _, name := range []string{"localhost", "127.0.0.1"} {
			standIns = append(standIns, newSiteName(c, withPort(name, port)))
		}
		return people, standIns
	}
	people = append(people, newSiteName(c, c.Request.Host))
	if others := l.otherNames(c, host); len(others) > 0 {
		people = append(people, newSiteName(c, withPort(others[0], port)))
	}
	return people, nil
}

// withPort is a host with its port, "" for the scheme's own.
func withPort(host, port string) string {
	if port == "" && strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}
