package stage

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	passTime  = time.Minute // how long a pass is valid
	maxPasses = 1000        // at a time; the oldest go first
)

// Passes carry a visitor's name to another host name of this lab, since cookies do not cross hosts. They
// are safe for concurrent use.
type Passes struct {
	names names
	now   func() time.Time

	mu  sync.Mutex
	all []pass // the oldest first
}

type pass struct {
	text    string
	visitor string
	host    string // where it was made
	client  netip.Addr
	until   time.Time
}

// New returns a pass for the visitor who sent r. It is valid once, for a minute, from the same machine:
// otherwise it would be easy to slip one's name to others and watch them.
func (p *Passes) New(visitor string, r *http.Request) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for len(p.all) > 0 && (len(p.all) >= maxPasses || now.After(p.all[0].until)) {
		p.all = p.all[1:]
	}
	made := pass{rand.Text(), visitor, r.Host, Client(r), now.Add(passTime)}
	p.all = append(p.all, made)
	return made.text
}

// From returns the host at which a pass was made, if the pass is valid for r.
func (p *Passes) From(r *http.Request, text string) (host string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.find(r, text); i >= 0 {
		return p.all[i].host, true
	}
	return "", false
}

// Enter gives the browser that sent r the visitor's name of a pass, and uses the pass up. It reports whether
// the pass was valid. Call it only for a person's own click: a link could come from anybody.
func (p *Passes) Enter(w http.ResponseWriter, r *http.Request, text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.find(r, text)
	if i < 0 {
		return false
	}
	p.names.give(w, r, p.all[i].visitor)
	p.all = slices.Delete(p.all, i, i+1)
	return true
}

// find returns the index of a pass that is valid for r, or -1.
func (p *Passes) find(r *http.Request, text string) int {
	return slices.IndexFunc(p.all, func(each pass) bool {
		return each.text == text && each.client == Client(r) && !p.now().After(each.until)
	})
}

// forget takes back all passes of a visitor.
func (p *Passes) forget(visitor string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = slices.DeleteFunc(p.all, func(each pass) bool { return each.visitor == visitor })
}

// Client returns the address of the machine that sent r. All loopback addresses count as one.
func Client(r *http.Request) netip.Addr {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host)
	if addr = addr.Unmap(); addr.IsLoopback() {
		return netip.IPv6Loopback()
	}
	return addr
}
