package cookie

import (
	"iter"
	"strings"
)

// over ends a cookie's life, for browsers that read only one of the two attributes.
const over = "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"

// Deletion returns the Set-Cookie line that deletes the cookie: one with the same
// name, Domain and Path that has already expired (5.7).
func (c Cookie) Deletion() string {
	line := nameOnly(c.Name) + "; Path=" + c.Path
	if !c.HostOnly {
		line += "; Domain=" + c.Domain
	}
	if c.Secure || prefixed(c.Name) {
		line += "; Secure"
	}
	if c.HTTPOnly || prefixed(c.Name) {
		line += "; HttpOnly"
	}
	if c.SameSite != SameSiteDefault {
		line += "; SameSite=" + string(c.SameSite)
	}
	if c.Partitioned {
		line += "; Partitioned"
	}
	return line + over
}

// Deletions yields lines that delete a cookie of which only a pair such as "a=1" is
// known, because it came with a request. A request shows neither Path nor Domain, so
// there is a line for each combination that reaches this host and path. Lines for
// partitioned cookies, which are rare, come last. The total length grows with the
// square of the path's length: take no more lines than fit into a response.
func Deletions(pair, host, path string) iter.Seq[string] {
	name, _, named := strings.Cut(pair, "=")
	if !named {
		name = ""
	}
	attributes := []string{"", "; Secure; Partitioned"}
	if prefixed(name) {
		attributes = []string{"; Secure; HttpOnly", "; Secure; HttpOnly; Partitioned"}
	}
	return func(yield func(string) bool) {
		for _, more := range attributes {
			for domain := range domainsOf(CanonicalHost(host)) {
				for p := range pathsTo(path) {
					if !yield(nameOnly(name) + "; Path=" + p + domain + more + over) {
						return
					}
				}
			}
		}
	}
}

// nameOnly returns a cookie's pair with an empty value. A cookie without a name
// needs some value.
func nameOnly(name string) string {
	if name == "" {
		return "deleted"
	}
	return name + "="
}

// prefixed reports whether the name has a prefix that requires Secure, and for some
// also HttpOnly (4.1.3).
func prefixed(name string) bool {
	name = lower(name)
	return strings.HasPrefix(name, "__secure-") || strings.HasPrefix(name, "__host-") || strings.HasPrefix(name, "__http-")
}

// domainsOf yields the Domain attributes that cover a host, as they appear in a line. The
// first is empty, for cookies of this host only.
func domainsOf(host string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if _, ip := parseIP(host); !yield("") || ip {
			return
		}
		for domain := host; domain != "" && !IsPublicSuffix(domain); _, domain, _ = strings.Cut(domain, ".") {
			if !yield("; Domain=" + domain) {
				return
			}
		}
	}
}

// pathsTo yields the Path attributes that cover a path: /, /a, /a/ and /a/b for /a/b.
func pathsTo(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield("/") {
			return
		}
		for i := 1; i < len(path); i++ {
			if path[i] == '/' && !(yield(path[:i]) && yield(path[:i+1])) {
				return
			}
		}
		if strings.HasPrefix(path, "/") && !strings.HasSuffix(path, "/") {
			yield(path)
		}
	}
}
