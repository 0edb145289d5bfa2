package cookie

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// CanonicalHost returns a host in the form in which cookies compare it (5.1.2):
// lower case, with labels beyond ASCII in Punycode. An IPv6 address is in brackets,
// as in a URL.
func CanonicalHost(host string) string {
	if ip, ok := parseIP(host); ok {
		if ip.Is6() {
			return "[" + ip.String() + "]"
		}
		return ip.String()
	}
	if isASCII(host) {
		return lower(host) // accepts names that IDNA refuses, such as a_b
	}
	to := idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.BidiRule())
	if ascii, err := to.ToASCII(host); err == nil {
		return ascii
	}
	return lower(host)
}

// DomainMatch reports whether a host equals a domain or is below it (5.1.3). Both
// must be canonical. Nothing is below an IP address.
func DomainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	_, ip := parseIP(host)
	return !ip && domain != "" && strings.HasSuffix(host, "."+domain)
}

// IsPublicSuffix reports whether anyone can register a name directly below this one,
// as below com, co.uk or github.io. For a name that is on no list, such as
// localhost, the last label is the public suffix.
func IsPublicSuffix(host string) bool {
	if _, ip := parseIP(host); ip || host == "" {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix == host
}

// Site returns the site of an address (5.2): its scheme and the registrable part of
// its host, one label below a public suffix. The port does not matter. An IP address
// or a public suffix is a site of its own.
func Site(u *url.URL) string {
	return u.Scheme + "://" + registrable(hostOf(u))
}

// registrable returns the part of a host that somebody registered; see Site.
func registrable(host string) string {
	if _, ip := parseIP(host); ip {
		return host
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(host, "."))
	if err != nil {
		return host
	}
	return site
}

func hostOf(u *url.URL) string { return CanonicalHost(u.Hostname()) }

func parseIP(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	ip, err := netip.ParseAddr(host)
	return ip, err == nil
}

// isLoopback reports whether a host is certain to be this machine, whatever DNS says.
func isLoopback(host string) bool {
	if ip, ok := parseIP(host); ok {
		return ip.IsLoopback()
	}
	host = strings.TrimSuffix(host, ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
