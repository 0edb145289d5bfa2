package cookie

import (
	"net/url"
	"strings"
)

// DefaultPath returns the path of a cookie without a Path attribute (5.1.4): the
// path of the address up to, but without, its last slash.
func DefaultPath(path string) string {
	end := strings.LastIndexByte(path, '/')
	if end <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:end]
}

// PathMatch reports whether a cookie's path covers the path of a request (5.1.4): /a
// covers /a and /a/b, but not /ab.
func PathMatch(request, path string) bool {
	if !strings.HasPrefix(request, path) {
		return false
	}
	return len(request) == len(path) || strings.HasSuffix(path, "/") || request[len(path)] == '/'
}

// pathOf returns the path as the request line has it, with nothing decoded.
func pathOf(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}
