package cookie

import (
	"net/url"
	"slices"
	"strings"
)

// Correct makes the jar agree with the Cookie header that a browser really sent to
// an address. It removes cookies that the jar would have sent and the browser did
// not, and adds those that only the browser had: as the jar once knew them, or with
// name and value alone, since a header says no more. A cookie that came with another
// value is another cookie: whatever changed it may have changed its attributes, too.
//
// A request may have left before the browser received an earlier response. The
// cookies of that response are then removed, and the next request brings them back
// unchanged.
func (j *Jar) Correct(to *url.URL, header string, request Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	j.expire(now)
	came := split(header)
	var missing []*Cookie
	for _, c := range sorted(j.cookies) {
		if j.profile.withhold(c, to, request, now) != "" {
			continue
		}
		if at := slices.Index(came, c.String()); at >= 0 {
			came = slices.Delete(came, at, at+1)
		} else {
			missing = append(missing, c)
		}
	}
	for _, c := range missing {
		j.lose(c)
	}
	for _, part := range came {
		c := j.find(part, func(c *Cookie) bool { return j.profile.withhold(c, to, request, now) == "" })
		if c != nil {
			j.cookies = append(j.cookies, c)
			continue
		}
		if len(part) > MaxNameValue+len("=") {
			continue // no browser keeps a pair of that size
		}
		c = &Cookie{Domain: hostOf(to), HostOnly: true, Created: now, Accessed: now}
		c.Name, c.Value = pairOf(part)
		j.add(c)
		j.evict(c)
	}
	slices.SortFunc(j.cookies, func(a, b *Cookie) int { return a.order - b.order })
}

// maxLost bounds how many removed cookies a jar remembers.
const maxLost = 50

// lose removes a cookie and remembers it for find.
func (j *Jar) lose(c *Cookie) {
	j.cookies = slices.DeleteFunc(j.cookies, func(old *Cookie) bool { return old == c })
	j.lost = append(j.lost, c)
	if len(j.lost) > maxLost {
		j.lost = slices.Delete(j.lost, 0, 1)
	}
}

// find takes back the removed cookie with this name and value that fits, latest
// first. It returns nil if there is none.
func (j *Jar) find(part string, fits func(*Cookie) bool) *Cookie {
	now := j.now()
	for i := len(j.lost) - 1; i >= 0; i-- {
		if c := j.lost[i]; c.String() == part && !c.ExpiredAt(now) && fits(c) {
			j.lost = slices.Delete(j.lost, i, i+1)
			return c
		}
	}
	return nil
}

// split returns the name=value pairs of a Cookie header, without empty ones.
func split(header string) []string {
	var parts []string
	for part := range strings.SplitSeq(header, ";") {
		if part = trim(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// pairOf splits a pair at its first "=". Without one, all of it is the value.
func pairOf(part string) (name, value string) {
	name, value, named := strings.Cut(part, "=")
	if !named {
		return "", part
	}
	return name, value
}
