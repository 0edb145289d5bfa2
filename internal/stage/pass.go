package stage

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
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
	p := pass{rand.Text(), id, Client(r), now.Add(passTime)}
	s.passes = append(s.passes, p)
	return p.text
}

// Enter makes the one who brings a pass the visitor who got it, and reports whether it was good.
func (s *Stage) Enter(w http.ResponseWriter, r *http.Request, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.passes {
		if p.text == text {
			s.passes = append(s.passes[:i:i], s.passes[i+1:]...)
			if s.now().After(p.until) || p.client != Client(r) {
				return false
			}
			s.welcome(w, r, p.visitor)
			return true
		}
	}
	return false
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
