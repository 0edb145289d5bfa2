// Package cookie implements the rules of RFC 6265bis (draft 22): what a browser
// does with a Set-Cookie, which cookies it sends, and why it withholds the others.
//
// Start reading at [Jar]: a jar takes the Set-Cookie lines of responses with
// [Jar.Set] and makes the Cookie header of requests with [Jar.Header]. Both give a
// reason, a [Code], for every cookie that is not kept or not sent. [Parse] takes a
// line apart without judging it. A [Profile] chooses the rules: the draft's, or
// those of a browser that differs from it.
//
// The package never uses the network, and its only clock is the one it is given.
// Numbers in comments, such as 5.7, are sections of the draft.
package cookie

import "time"

// Cookie holds what a browser keeps of a cookie (5.7).
type Cookie struct {
	Name        string    `json:"name"`
	Value       string    `json:"value"`
	Domain      string    `json:"domain"`           // without a leading dot, lower case
	HostOnly    bool      `json:"host_only"`        // sent to exactly Domain, not to hosts below it
	Path        string    `json:"path"`             // empty: unknown, because the cookie was only seen in a Cookie header
	Expires     time.Time `json:"expires,omitzero"` // zero: until the browser's session ends
	Created     time.Time `json:"created,omitzero"`
	Accessed    time.Time `json:"accessed,omitzero"`
	Secure      bool      `json:"secure"`
	HTTPOnly    bool      `json:"http_only"`
	SameSite    SameSite  `json:"same_site"`
	Partitioned bool      `json:"partitioned"`
	Partition   string    `json:"partition,omitempty"` // the site of the address bar that a partitioned cookie belongs to

	order int    // of creation, within one jar
	site  string // the registrable part of Domain; see Site
}

// SameSite is the value of the attribute of that name. Its zero value means that the
// attribute is absent.
type SameSite string

// The values of SameSite. Any other value of the attribute counts as the default.
const (
	SameSiteDefault SameSite = ""
	SameSiteStrict  SameSite = "Strict"
	SameSiteLax     SameSite = "Lax"
	SameSiteNone    SameSite = "None"
)

// Persistent reports whether the cookie outlives the browser's session.
func (c Cookie) Persistent() bool { return !c.Expires.IsZero() }

// ExpiredAt reports whether the cookie has expired at the given time (5.7).
func (c Cookie) ExpiredAt(now time.Time) bool { return c.Persistent() && !c.Expires.After(now) }

// String returns the cookie as it appears in a Cookie header: name=value, or the
// value alone if there is no name (5.8.3).
func (c Cookie) String() string {
	if c.Name == "" {
		return c.Value
	}
	return c.Name + "=" + c.Value
}

// Replaces reports whether a new cookie replaces an old one (5.7, step 23). If only the
// name of the old one is known, the name and a matching domain are enough.
func (c Cookie) Replaces(old Cookie) bool {
	if old.Path == "" {
		return c.Name == old.Name && DomainMatch(old.Domain, c.Domain)
	}
	return c.Name == old.Name && c.Domain == old.Domain && c.HostOnly == old.HostOnly &&
		c.Path == old.Path && c.Partition == old.Partition
}
