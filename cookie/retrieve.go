package cookie

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Sent says of one cookie of the jar whether a request carries it.
type Sent struct {
	Cookie Cookie
	Sent   bool
	Reason Code // why not, or ""
}

// Header returns the Cookie header of a request to an address, or "" for none
// (5.8.3). It also reports for every cookie of the jar whether it is sent. Those that
// are come first, in the order of the header.
func (j *Jar) Header(to *url.URL, request Request) (string, []Sent) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	j.expire(now)
	var header []string
	var sent, kept []Sent
	for _, c := range sorted(j.cookies) {
		if reason := j.profile.withhold(c, to, request, now); reason != "" {
			kept = append(kept, Sent{Cookie: *c, Reason: reason})
			continue
		}
		if now.Sub(c.Accessed) >= j.profile.AccessGrain {
			c.Accessed = now
		}
		header = append(header, c.String())
		sent = append(sent, Sent{Cookie: *c, Sent: true})
	}
	return strings.Join(header, "; "), append(sent, kept...)
}

// sorted returns the cookies with longer paths first, then older ones (5.8.3, step 2).
func sorted(cookies []*Cookie) []*Cookie {
	cookies = slices.Clone(cookies)
	slices.SortFunc(cookies, func(a, b *Cookie) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), a.Created.Compare(b.Created), a.order-b.order)
	})
	return cookies
}

// withhold returns why a cookie is not sent with a request, or "" if it is (5.8.3,
// step 1).
func (p Profile) withhold(c *Cookie, to *url.URL, request Request, now time.Time) Code {
	host := hostOf(to)
	switch {
	case host != c.Domain && (c.HostOnly || !DomainMatch(host, c.Domain)):
		return ReasonDomainMismatch
	case !PathMatch(pathOf(to), c.Path):
		return ReasonNotOnPath
	case c.Secure && !p.secure(to):
		return ReasonSecureOnly
	case c.HTTPOnly && request.Script:
		return ReasonHTTPOnly
	case c.Partitioned && c.Partition != request.partition(to):
		return ReasonPartitionMismatch
	}
	if code := p.withholdCrossSite(c, to, request, now); code != "" {
		return code
	}
	if cross, _ := request.crossSite(to, p.Schemeful); cross && request.Subresource && !c.Partitioned && p.BlockThirdParty {
		return ReasonUserPreferences
	}
	return ""
}

// withholdCrossSite applies SameSite (5.8.3, with 5.6.7.2).
func (p Profile) withholdCrossSite(c *Cookie, to *url.URL, request Request, now time.Time) Code {
	cross, byName := request.crossSite(to, p.Schemeful)
	needs := p.sameSiteOf(c.SameSite)
	if !cross || needs == SameSiteNone {
		return ""
	}
	fresh := needs == SameSiteDefault && now.Sub(c.Created) < p.LaxUnsafe
	if needs != SameSiteStrict && !request.Subresource && !request.Script && (request.safe() || fresh) {
		return ""
	}
	return sameSiteCode(needs, byName)
}
