package cookie

import "net/url"

// Request describes how a request came about. Its zero value is a GET of a page whose
// address the user typed.
type Request struct {
	Method      string   // "" means GET
	Initiator   *url.URL // the page that caused the request; nil: the user did. An empty URL is a page of an unknown other site
	Subresource bool     // for something inside the initiator's page (image, frame, fetch), not for a page of its own
	Script      bool     // not a request: a script of the page uses document.cookie (5.8.2)
}

// safe reports whether the method only reads.
func (r Request) safe() bool {
	switch r.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// crossSite reports whether a request to u comes from another site (5.2), and whether
// it still does when schemes are not compared.
func (r Request) crossSite(u *url.URL, schemeful bool) (cross, byName bool) {
	if r.Initiator == nil {
		return false, false
	}
	byName = registrable(hostOf(r.Initiator)) != registrable(hostOf(u))
	return byName || schemeful && r.Initiator.Scheme != u.Scheme, byName
}

// partition returns the site in the address bar, to which a partitioned cookie belongs.
func (r Request) partition(u *url.URL) string {
	if r.Subresource && r.Initiator != nil {
		return Site(r.Initiator)
	}
	return Site(u)
}

// secure reports whether the browser considers an address secure (5.8.3).
func (p Profile) secure(u *url.URL) bool {
	switch u.Scheme {
	case "https", "wss":
		return true
	}
	return p.TrustLoopback && isLoopback(hostOf(u))
}

// sameSiteOf returns the SameSite that the browser applies to a cookie with s.
func (p Profile) sameSiteOf(s SameSite) SameSite {
	if s == SameSiteDefault && !p.LaxByDefault {
		return SameSiteNone
	}
	return s
}

// sameSiteCode returns the reason for withholding a cookie with this SameSite. If
// byName is false, the two sites differ in their schemes only.
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
