package cookie

import "time"

// Profile holds where a browser differs from the draft, and its choices where the
// draft leaves one. The zero value describes no browser: begin with [RFC],
// [Chromium], [Firefox] or [Safari].
type Profile struct {
	Name string
	// Measured reports whether tests compare the profile with the browser itself. The
	// other profiles follow the documents of their makers.
	Measured bool

	TrustLoopback   bool          // http to this machine counts as secure
	LaxByDefault    bool          // no SameSite means Lax
	LaxUnsafe       time.Duration // how long a new cookie without SameSite also goes with a cross-site POST (5.6.7.2)
	Schemeful       bool          // http and https of one name are two sites
	NoneNeedsSecure bool          // SameSite=None without Secure is refused
	HTTPPrefixes    bool          // __Http- and __Host-Http- have a meaning
	Partitions      bool          // Partitioned has a meaning
	BlockThirdParty bool          // no cookies in frames, images and scripts from another site, unless Partitioned

	TabIsControl    bool // a tab inside a name or value is refused, too
	ClearNameless   bool // no name, and "=" in the value, is refused: a server would read a name there
	LastTimeCounts  bool // the last Max-Age and the last Expires count, even if they are unreadable
	PlusMaxAge      bool // Max-Age=+60 means 60
	ChromiumDates   bool // dates are read as Chromium reads them
	DotIsDomain     bool // Domain=. is a domain that never matches
	PunycodeDomain  bool // a Domain beyond ASCII is converted to Punycode, not refused
	AddressIsHost   bool // a Domain that equals the request's own IP address counts as absent
	HostHasNoDomain bool // __Host- with any Domain is refused, even with one that counts as absent
	NewValueIsNew   bool // a new value makes a cookie new: it moves to the end of the header

	PerSite     int           // the most cookies per site; 0: no bound
	PurgeSite   int           // how many are removed when the bound is passed
	Total       int           // the most cookies in all; 0: no bound
	PurgeTotal  int           // how many are removed when the bound is passed
	AccessGrain time.Duration // the time of last use is updated if it is at least this old
}

// RFC returns the rules of the draft. Where the draft only suggests, it takes the
// suggestion: 50 cookies per site, 3,000 in all, two minutes of Lax-allowing-unsafe.
func RFC() Profile {
	return Profile{
		Name: "rfc", Measured: true,
		LaxByDefault: true, LaxUnsafe: 2 * time.Minute, Schemeful: true, NoneNeedsSecure: true, HTTPPrefixes: true,
		PerSite: 50, PurgeSite: 1, Total: 3000, PurgeTotal: 1,
	}
}

// Chromium returns the rules of Chrome, Edge and other browsers built on Chromium,
// with third-party cookies allowed.
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

// Firefox returns the rules of Firefox, from Mozilla's documents and default settings.
func Firefox() Profile {
	return Profile{
		Name:          "firefox",
		TrustLoopback: true, HTTPPrefixes: true, Partitions: true,
		TabIsControl: true, AddressIsHost: true,
		PerSite: 180, PurgeSite: 31, Total: 3000, PurgeTotal: 300,
	}
}

// Safari returns the rules of Safari, from WebKit's documents.
func Safari() Profile {
	return Profile{Name: "safari", HTTPPrefixes: true, Partitions: true, BlockThirdParty: true, AddressIsHost: true}
}

// Profiles returns every profile, the draft's first.
func Profiles() []Profile { return []Profile{RFC(), Chromium(), Firefox(), Safari()} }

// ProfileNamed returns the profile with this name; false if there is none.
func ProfileNamed(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}
