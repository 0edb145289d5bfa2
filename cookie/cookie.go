// Package cookie has the rules of RFC 6265bis (draft 22) as code: what a browser
// does with a Set-Cookie, which cookies it sends, and why not the others.
//
// Start reading at [Jar]: a jar takes the Set-Cookie lines of answers with
// [Jar.Set] and makes the Cookie header of requests with [Jar.Header]. Both give
// a reason, a [Code], for every cookie that is not kept or not sent. [Parse]
// takes a line apart without judging it. A [Profile] says whose jar it is: the
// draft's, or that of a browser that differs from it.
//
// The package asks no network and reads no clock but the one it is given. Comments
// name the draft's sections.
package cookie

import "time"

// Cookie is a cookie as a browser keeps it (RFC 6265bis, section 5.7).
type Cookie struct {
	Name        string    `json:"name"`
	Value       string    `json:"value"`
	Domain      string    `json:"domain"`           // without a leading dot, lower case
	HostOnly    bool      `json:"host_only"`        // sent to exactly Domain, not to hosts below it
	Path        string    `json:"path"`             // "": not known, the cookie was only seen in a Cookie header
	Expires     time.Time `json:"expires,omitzero"` // zero: it ends with the browser's session
	Created     time.Time `json:"created,omitzero"`
	Accessed    time.Time `json:"accessed,omitzero"`
	Secure      bool      `json:"secure"`
	HTTPOnly    bool      `json:"http_only"`
	SameSite    SameSite  `json:"same_site"`
	Partitioned bool      `json:"partitioned"`
	Partition   string    `json:"partition,omitempty"` // the site of the address bar that a partitioned cookie belongs to

	order int    // among cookies of one jar that were created at the same moment
	site  string // of Domain; see Site
}

// SameSite is the attribute of that name. Its zero value is the absent one.
type SameSite string

// The values of SameSite; anything else counts as the default.
const (
	SameSiteDefault SameSite = ""
	SameSiteStrict  SameSite = "Strict"
	SameSiteLax     SameSite = "Lax"
	SameSiteNone    SameSite = "None"
)

// Persistent tells whether the cookie outlives the browser's session.
func (c Cookie) Persistent() bool { return !c.Expires.IsZero() }

// ExpiredAt tells whether the cookie's time is over (5.7).
func (c Cookie) ExpiredAt(now time.Time) bool { return c.Persistent() && !c.Expires.After(now) }

// String is the cookie as a Cookie header has it (5.8.3). A cookie without a
// name is its value alone.
func (c Cookie) String() string {
	if c.Name == "" {
		return c.Value
	}
	return c.Name + "=" + c.Value
}

// same tells whether a new cookie takes the place of an old one (5.7, step 23).
// One of which only the name is known is taken for the same.
func (c *Cookie) same(old *Cookie) bool {
	if old.Path == "" {
		return c.Name == old.Name && DomainMatch(old.Domain, c.Domain)
	}
	return c.Name == old.Name && c.Domain == old.Domain && c.HostOnly == old.HostOnly &&
		c.Path == old.Path && c.Partition == old.Partition
}
