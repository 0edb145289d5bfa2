package session

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// CookieName returns the name of the session's cookie. Over TLS it has the prefix that makes
// browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2).
func CookieName(tls bool) string {
	if tls {
		return "__Host-sessionid"
	}
	return "sessionid"
}

// ClaimedKey returns the key that a request's session cookie holds, or "" if that can be none. Whether
// there is such a session, only the store knows.
func ClaimedKey(r *http.Request) string {
	value, _ := cookieValue(r.Header["Cookie"], CookieName(r.TLS != nil))
	if !possibleKey(value) {
		return ""
	}
	return value
}

// cookieValue returns the value of the last cookie of that name in a request's Cookie headers, cut
// as Django cuts them. http.Request.Cookies would drop values with unusual bytes, and all of them
// above 3,000.
func cookieValue(headers []string, name string) (value string, ok bool) {
	for _, header := range headers {
		for pair := range strings.SplitSeq(header, ";") {
			n, v, found := strings.Cut(pair, "=")
			if !found {
				n, v = "", pair // a cookie without a name
			}
			if n, v = trimSpace(n), trimSpace(v); n == name && (n != "" || v != "") {
				value, ok = v, true
			}
		}
	}
	return value, ok
}

func trimSpace(s string) string { return strings.Trim(s, " \t\r\n\v\f") }

// setCookie returns the Set-Cookie header that keeps a session's key in the browser, with the
// attributes in Django's order. The key has no character that needs quoting.
func setCookie(tls bool, key string, e expiry, now time.Time) string {
	var b strings.Builder
	b.WriteString(CookieName(tls) + "=" + key)
	age := e.age(now)
	if !e.atBrowserClose() {
		b.WriteString("; expires=" + now.Add(age).UTC().Format(http.TimeFormat))
	}
	b.WriteString("; HttpOnly")
	if !e.atBrowserClose() {
		b.WriteString("; Max-Age=" + strconv.FormatInt(int64(age/time.Second), 10))
	}
	b.WriteString("; Path=/; SameSite=Lax")
	if tls {
		b.WriteString("; Secure")
	}
	return b.String()
}

// deleteCookie returns the Set-Cookie header that makes the browser forget the key. It repeats the
// attributes that browsers compare.
func deleteCookie(tls bool) string {
	header := CookieName(tls) + `=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax`
	if tls {
		header += "; Secure"
	}
	return header
}
