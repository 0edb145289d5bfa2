package cookie

import (
	"net/url"
	"strings"
)

// DefaultPath is the path of a cookie without a Path (5.1.4): that of the address,
// up to its last slash.
func DefaultPath(path string) string {
	end := strings.LastIndexByte(path, '/')
	if end <= 0 || path[0] != '/' {
		return "/"
	}
	return path[:end]
}

// PathMatch tells whether a cookie's path covers the path of a request (5.1.4).
// /a covers /a and /a/b, not /ab.
func PathMatch(request, path string) bool {
	if !strings.HasPrefix(request, path) {
		return false
	}
	return len(request) == len(path) || strings.HasSuffix(path, "/") || request[len(path)] == '/'
}

// pathOf is the path as the request line has it: nothing is decoded.
func pathOf(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}
