package cookie

import "time"

// Profile says where a browser differs from the draft, and what it makes of what
// the draft leaves open. Its zero value is no browser: begin with [RFC],
// [Chromium], [Firefox] or [Safari].
type Profile struct {
	Name string
	// Measured tells whether tests compare the profile with the browser itself. The
	// others are from their makers' documents.
	Measured bool

	TrustLoopback   bool          // http to this machine counts as secure
	LaxByDefault    bool          // no SameSite means Lax
	LaxUnsafe       time.Duration // how long a cookie without SameSite also goes with a cross-site POST (5.6.7.2)
	Schemeful       bool          // http and https of one name are two sites
	NoneNeedsSecure bool          // SameSite=None without Secure is refused
	HTTPPrefixes    bool          // __Http- and __Host-Http- mean something
	Partitions      bool          // Partitioned means something
	BlockThirdParty bool          // no cookies in frames, images and scripts of another site, unless Partitioned

	TabIsControl    bool // a tab inside a name or value is refused, too
	ClearNameless   bool // no name and "=" in the value is refused: the server would take its beginning for a name
	LastTimeCounts  bool // the last Max-Age and the last Expires count, even if they cannot be read
	PlusMaxAge      bool // Max-Age=+60 is 60
	ChromiumDates   bool // dates as Chromium reads them
	DotIsDomain     bool // Domain=. is a domain, and none of the request's
	PunycodeDomain  bool // a Domain beyond ASCII is turned into Punycode, not refused
	AddressIsHost   bool // a Domain that is the request's own IP address is as none
	HostHasNoDomain bool // __Host- with any Domain is refused, also where that is as none
	NewValueIsNew   bool // a cookie that is set to another value is as if new: it moves back in the header

	PerSite     int           // so many cookies a site; 0: no bound
	PurgeSite   int           // how many go when one more comes
	Total       int           // so many cookies in all; 0: no bound
	PurgeTotal  int           // how many go when one more comes
	AccessGrain time.Duration // an access is noted if the last one was longer ago
}

// RFC is the draft alone. Of what it leaves to the browser it takes what it
// suggests: 50 cookies a site, 3,000 in all, two minutes of Lax-allowing-unsafe.
func RFC() Profile {
	return Profile{
		Name: "rfc", Measured: true,
		LaxByDefault: true, LaxUnsafe: 2 * time.Minute, Schemeful: true, NoneNeedsSecure: true, HTTPPrefixes: true,
		PerSite: 50, PurgeSite: 1, Total: 3000, PurgeTotal: 1,
	}
}

// Chromium is Chrome, Edge and their kin, with third-party cookies allowed.
func Chromium() Profile {
	return Profile{
		Name: "chromium", Measured: true,
		TrustLoopback: true, LaxByDefault: true, LaxUnsafe: 2 * time.Minute, Schemeful: true, NoneNeedsSecure: true,
		HTTPPrefixes: true, Partitions: true,
		TabIsControl: true, ClearNameless: true, LastTimeCounts: true, PlusMaxAge: true, ChromiumDates: true,
		DotIsDomain: true, PunycodeDomain: true, AddressIsHost: true, HostHasNoDomain: true, NewValueIsNew: true,
		PerSite: 180, PurgeSite: 31, Total: 3300, PurgeTotal: 301, AccessGrain: time.Minute,
	}
}

// Firefox is from Mozilla's documents and default settings.
func Firefox() Profile {
	return Profile{
		Name:          "firefox",
		TrustLoopback: true, HTTPPrefixes: true, Partitions: true,
		TabIsControl: true, AddressIsHost: true,
		PerSite: 180, PurgeSite: 31, Total: 3000, PurgeTotal: 300,
	}
}

// Safari is from WebKit's documents.
func Safari() Profile {
	return Profile{Name: "safari", HTTPPrefixes: true, Partitions: true, BlockThirdParty: true, AddressIsHost: true}
}

// Profiles are all of them.
func Profiles() []Profile { return []Profile{RFC(), Chromium(), Firefox(), Safari()} }

// ProfileNamed finds a profile by its name.
func ProfileNamed(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}
