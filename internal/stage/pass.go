package stage

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// passTime is how long a pass is good.
const passTime = time.Minute

// maxPasses is how many passes there may be at a time; the oldest go first.
const maxPasses = 1000

// pass lets one visitor be the same one under another name of this lab: cookies do not cross hosts.
type pass struct {
	text    string
	visitor string
	host    string // where it was given
	client  netip.Addr
	until   time.Time
}

// Pass returns what makes the visitor known to another host of this lab, by Enter: once, within a
// minute, from the same machine. More would let somebody slip a visitor's name to others and watch
// them.
func (s *Stage) Pass(id string, r *http.Request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for len(s.passes) > 0 && (len(s.passes) >= maxPasses || now.After(s.passes[0].until)) {
		s.passes = s.passes[1:]
	}
	p := pass{rand.Text(), id, r.Host, Client(r), now.Add(passTime)}
	s.passes = append(s.passes, p)
	return p.text
}

// PassFrom returns the host at which a pass was given, if it is good for who brings it.
func (s *Stage) PassFrom(r *http.Request, text string) (host string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.findPass(r, text); i >= 0 {
		return s.passes[i].host, true
	}
	return "", false
}

// Enter makes the one who brings a pass the visitor who got it, and reports whether it was good. Only
// a person's own click leads here: a link of somebody else's would have the visitor watched.
func (s *Stage) Enter(w http.ResponseWriter, r *http.Request, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.findPass(r, text)
	if i < 0 {
		return false
	}
	s.welcome(w, r, s.passes[i].visitor)
	s.passes = slices.Delete(s.passes, i, i+1)
	return true
}

// findPass returns where a good pass is, or -1.
func (s *Stage) findPass(r *http.Request, text string) int {
	return slices.IndexFunc(s.passes, func(p pass) bool {
		return p.text == text && p.client == Client(r) && !s.now().After(p.until)
	})
}

// Client is the machine that asks. This one has several addresses for itself.
func Client(r *http.Request) netip.Addr {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host)
	if addr = addr.Unmap(); addr.IsLoopback() {
		return netip.IPv6Loopback()
	}
	return addr
}
