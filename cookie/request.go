package cookie

import "net/url"

// Request says how a request came about. Its zero value is a GET of a page that
// the person asked for, by typing its address.
type Request struct {
	Method      string   // "" is GET
	Initiator   *url.URL // the page that asked for it; nil: the person did. An empty URL is a page of an unknown other site
	Subresource bool     // something inside that page, by image, frame or fetch, instead of a page of its own
	Script      bool     // no request: a script of the page asked, by document.cookie (5.8.2)
}

// safe tells whether the method only reads.
func (r Request) safe() bool {
	switch r.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// crossSite tells whether a request to u comes from another site (5.2), and
// whether it does even if schemes are not compared.
func (r Request) crossSite(u *url.URL, schemeful bool) (cross, byName bool) {
	if r.Initiator == nil {
		return false, false
	}
	byName = registrable(hostOf(r.Initiator)) != registrable(hostOf(u))
	return byName || schemeful && r.Initiator.Scheme != u.Scheme, byName
}

// partition is the site in the address bar, to which a partitioned cookie belongs.
func (r Request) partition(u *url.URL) string {
	if r.Subresource && r.Initiator != nil {
		return Site(r.Initiator)
	}
	return Site(u)
}

// secure tells whether a browser takes an address for a safe way (5.8.3).
func (p Profile) secure(u *url.URL) bool {
	switch u.Scheme {
	case "https", "wss":
		return true
	}
	return p.TrustLoopback && isLoopback(hostOf(u))
}

// sameSiteOf is what a browser makes of a cookie's SameSite.
func (p Profile) sameSiteOf(s SameSite) SameSite {
	if s == SameSiteDefault && !p.LaxByDefault {
		return SameSiteNone
	}
	return s
}

// sameSiteCode names the SameSite that kept a cookie back, and whether a mere
// difference of schemes did.
func sameSiteCode(s SameSite, byName bool) Code {
	switch {
	case s == SameSiteStrict && byName:
		return ReasonSameSiteStrict
	case s == SameSiteStrict:
		return ReasonSchemefulSameSiteStrict
	case s == SameSiteLax && byName:
		return ReasonSameSiteLax
	case s == SameSiteLax:
		return ReasonSchemefulSameSiteLax
	case byName:
		return ReasonSameSiteUnspecifiedTreatedAsLax
	}
	return ReasonSchemefulSameSiteUnspecifiedTreatedAsLax
}
