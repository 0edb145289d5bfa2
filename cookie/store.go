package cookie

import (
	"net/url"
	"strings"
	"time"
)

// Verdict says what became of a Set-Cookie line.
type Verdict struct {
	Line    Line
	Stored  bool   // the jar now has Cookie
	Deleted bool   // the line had already expired: nothing is kept, and the cookie that it replaced is gone
	Reason  Code   // why nothing was kept, or ""
	Cookie  Cookie // as far as it could be determined
	Clamped bool   // it expires sooner than the line says, because the browser keeps no cookie that long
}

// make returns the cookie of a line, or why there is none: the steps of 5.7 that need
// no jar. The numbers in it are steps of 5.7.
func (p Profile) make(from *url.URL, line Line, request Request, now time.Time) (c Cookie, clamped bool, reason Code) {
	c = Cookie{Name: line.Name, Value: line.Value, Created: now, Accessed: now}
	if line.Reason != "" { // steps 2 to 4
		return c, false, line.Reason
	}
	c.Expires, clamped = line.Expiry(now)                    // step 6
	if reason := p.setDomain(&c, from, line); reason != "" { // steps 7 to 10
		return c, clamped, reason
	}
	c.Path = DefaultPath(pathOf(from)) // step 11
	if path := line.Get("Path"); path != nil {
		c.Path = path.Value
	}
	c.Secure = line.Get("Secure") != nil     // step 12
	c.HTTPOnly = line.Get("HttpOnly") != nil // step 14
	if s := line.Get("SameSite"); s != nil { // step 17
		c.SameSite = sameSite(s.Value)
	}
	if p.Partitions && line.Get("Partitioned") != nil {
		c.Partitioned, c.Partition = true, request.partition(from)
	}
	return c, clamped, p.refuse(&c, from, line, request)
}

// refuse applies the steps of 5.7 from 13 on that can reject the cookie and need no
// jar.
func (p Profile) refuse(c *Cookie, from *url.URL, line Line, request Request) Code {
	cross, byName := request.crossSite(from, p.Schemeful)
	needs := p.sameSiteOf(c.SameSite)
	switch {
	case c.Secure && !p.secure(from): // 13
		return ReasonSecureOnly
	case c.HTTPOnly && request.Script: // 15
		return ReasonOverwriteHTTPOnly
	case needs != SameSiteNone && cross && (request.Subresource || request.Script): // 18
		return sameSiteCode(needs, byName)
	case c.SameSite == SameSiteNone && !c.Secure && p.NoneNeedsSecure: // 19
		return ReasonSameSiteNoneInsecure
	case !p.validPrefix(c, line): // 20 to 22
		return ReasonInvalidPrefix
	case p.ClearNameless && c.Name == "" && strings.Contains(c.Value, "="):
		return ReasonAmbiguousSerialization
	case c.Partitioned && !c.Secure:
		return ReasonInvalidPartitioned
	case !c.Partitioned && cross && request.Subresource && p.BlockThirdParty:
		return ReasonUserPreferences
	}
	return ""
}

// setDomain sets which hosts the cookie goes to, or returns why it is rejected (5.7,
// steps 7 to 10).
func (p Profile) setDomain(c *Cookie, from *url.URL, line Line) Code {
	host := hostOf(from)
	c.Domain, c.HostOnly = host, true
	attribute := line.Get("Domain")
	if attribute == nil {
		return ""
	}
	domain := strings.TrimPrefix(attribute.Value, ".") // 5.6.3
	if domain == "" {
		if attribute.Value != "" && p.DotIsDomain {
			return ReasonInvalidDomain
		}
		return ""
	}
	if !isASCII(domain) && !p.PunycodeDomain {
		return ReasonInvalidDomain
	}
	domain = CanonicalHost(domain)
	_, address := parseIP(host)
	switch {
	case IsPublicSuffix(domain):
		if domain != host {
			return ReasonInvalidDomain
		}
	case !DomainMatch(host, domain):
		return ReasonInvalidDomain
	default:
		c.Domain, c.HostOnly = domain, address && p.AddressIsHost
	}
	return ""
}

// validPrefix reports whether a cookie keeps the promise of its name's prefix (5.4;
// 5.7, steps 20 to 22). A nameless cookie must not look like a prefixed one when it
// is sent.
func (p Profile) validPrefix(c *Cookie, line Line) bool {
	name := lower(c.Name)
	if name == "" {
		for _, prefix := range []string{"__secure-", "__host-", "__http-"} {
			if strings.HasPrefix(lower(c.Value), prefix) && (prefix != "__http-" || p.HTTPPrefixes) {
				return false
			}
		}
		return true
	}
	host := c.Secure && c.HostOnly && line.Get("Path") != nil && c.Path == "/"
	if domain := line.Get("Domain"); p.HostHasNoDomain && domain != nil && domain.Value != "" {
		_, address := parseIP(c.Domain)
		host = host && address
	}
	switch {
	case strings.HasPrefix(name, "__secure-"):
		return c.Secure
	case strings.HasPrefix(name, "__host-http-") && p.HTTPPrefixes:
		return host && c.HTTPOnly
	case strings.HasPrefix(name, "__http-") && p.HTTPPrefixes:
		return c.Secure && c.HTTPOnly
	case strings.HasPrefix(name, "__host-"):
		return host
	}
	return true
}
