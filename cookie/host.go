package cookie

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// CanonicalHost is a host as cookies compare it (5.1.2): lower case, and labels
// beyond ASCII in Punycode. An IPv6 address is in brackets, as in a URL.
func CanonicalHost(host string) string {
	if ip, ok := parseIP(host); ok {
		if ip.Is6() {
			return "[" + ip.String() + "]"
		}
		return ip.String()
	}
	if isASCII(host) {
		return lower(host) // also what IDNA would refuse, such as a_b
	}
	to := idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.BidiRule())
	if ascii, err := to.ToASCII(host); err == nil {
		return ascii
	}
	return lower(host)
}

// DomainMatch tells whether a host is a domain or below it (5.1.3). Both are
// canonical. Nothing is below an IP address.
func DomainMatch(host, domain string) bool {
	if host == domain {
		return true
	}
	_, ip := parseIP(host)
	return !ip && domain != "" && strings.HasSuffix(host, "."+domain)
}

// IsPublicSuffix tells whether anybody can have a name below this one, as below
// com, co.uk or github.io. Of names that no list has, such as localhost, the
// last label is one.
func IsPublicSuffix(host string) bool {
	if _, ip := parseIP(host); ip || host == "" {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix == host
}

// Site is what counts as one site with an address (5.2): its scheme and the
// part of its name that somebody registered, one label below a public suffix. A
// port does not matter. An IP address or a public suffix is a site of its own.
func Site(u *url.URL) string {
	return u.Scheme + "://" + registrable(hostOf(u))
}

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

// isLoopback tells whether a host is this machine for certain, whatever DNS says.
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
