package cookie

import (
	"net/url"
	"slices"
	"sync"
	"time"
)

// Jar keeps cookies as a browser does. It is safe for concurrent use.
type Jar struct {
	profile Profile
	now     func() time.Time

	mu      sync.Mutex
	cookies []*Cookie // in order of creation
	lost    []*Cookie // removed by Correct, oldest first
	made    int       // how many cookies were ever added
}

// NewJar makes an empty jar. Every call reads the time from now.
func NewJar(profile Profile, now func() time.Time) *Jar {
	return &Jar{profile: profile, now: now}
}

// Profile returns the rules that the jar follows.
func (j *Jar) Profile() Profile { return j.profile }

// Set takes the value of a Set-Cookie header in the response to a request to from,
// and returns what became of it (5.7).
func (j *Jar) Set(from *url.URL, line string, request Request) Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	j.expire(now)
	v := Verdict{Line: j.profile.Parse(line)}
	v.Cookie, v.Clamped, v.Reason = j.profile.make(from, v.Line, request, now)
	if v.Reason == "" {
		v.Reason = j.conflict(&v.Cookie, from, request)
	}
	if v.Reason != "" {
		return v
	}
	c := v.Cookie // the jar's own
	v.Deleted = c.ExpiredAt(now)
	v.Stored = !v.Deleted
	if at := slices.IndexFunc(j.cookies, func(old *Cookie) bool { return c.Replaces(*old) }); at >= 0 { // 23
		old := j.cookies[at]
		j.cookies = slices.Delete(j.cookies, at, at+1)
		if !v.Stored {
			return v
		}
		if old.Value == c.Value || !j.profile.NewValueIsNew {
			c.Created, c.order, c.site = old.Created, old.order, old.site
			v.Cookie.Created = c.Created
			j.cookies = slices.Insert(j.cookies, at, &c)
		} else {
			j.add(&c)
		}
	} else if v.Stored {
		j.add(&c)
		j.evict(&c)
	}
	return v
}

// add appends a new cookie.
func (j *Jar) add(c *Cookie) {
	j.made++
	c.order, c.site = j.made, registrable(c.Domain)
	j.cookies = append(j.cookies, c)
}

// conflict returns why a new cookie may not replace or shadow one that is already in
// the jar, or "".
func (j *Jar) conflict(c *Cookie, from *url.URL, request Request) Code {
	secure := j.profile.secure(from)
	for _, old := range j.cookies {
		switch {
		case request.Script && old.HTTPOnly && c.Replaces(*old): // 23
			return ReasonOverwriteHTTPOnly
		case !secure && old.Secure && old.Name == c.Name && old.Partition == c.Partition && // 16
			(DomainMatch(old.Domain, c.Domain) || DomainMatch(c.Domain, old.Domain)) && PathMatch(c.Path, old.Path):
			return ReasonOverwriteSecure
		}
	}
	return ""
}

// All returns copies of the jar's cookies, in the order in which they were first set.
func (j *Jar) All() []Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expire(j.now())
	all := make([]Cookie, len(j.cookies))
	for i, c := range j.cookies {
		all[i] = *c
	}
	return all
}

// Clone returns an independent jar with the same cookies.
func (j *Jar) Clone() *Jar {
	j.mu.Lock()
	defer j.mu.Unlock()
	clone := &Jar{profile: j.profile, now: j.now, made: j.made}
	for _, c := range j.cookies {
		own := *c
		clone.cookies = append(clone.cookies, &own)
	}
	for _, c := range j.lost {
		own := *c
		clone.lost = append(clone.lost, &own)
	}
	return clone
}

// Of returns the cookies of All that go to a host, whatever the path.
func (j *Jar) Of(host string) []Cookie {
	host = CanonicalHost(host)
	return slices.DeleteFunc(j.All(), func(c Cookie) bool {
		return host != c.Domain && (c.HostOnly || !DomainMatch(host, c.Domain))
	})
}

// Delete removes the cookie with this name, domain, path and partition, as a person
// does in the browser's settings. It reports whether there was one.
func (j *Jar) Delete(c Cookie) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := len(j.cookies)
	j.cookies = slices.DeleteFunc(j.cookies, func(old *Cookie) bool { return c.Replaces(*old) })
	return len(j.cookies) < before
}

// Clear empties the jar.
func (j *Jar) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies, j.lost = nil, nil
}

// EndSession does what closing the browser does: it removes the cookies that have no
// expiry of their own (5.7).
func (j *Jar) EndSession() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = slices.DeleteFunc(j.cookies, func(c *Cookie) bool { return !c.Persistent() })
}

// expire removes the cookies that have expired.
func (j *Jar) expire(now time.Time) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c *Cookie) bool { return c.ExpiredAt(now) })
}
