package mask

import (
	"regexp"
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// keysIn returns the distinct session keys in an exchange, from all places where a key is recognizable.
func keysIn(e *record.Exchange) (keys []string) {
	found := func(all ...string) {
		for _, key := range all {
			if !slices.Contains(keys, key) && isKey(key) {
				keys = append(keys, key)
			}
		}
	}
	for _, q := range e.Requests() {
		found(keysOf(q)...)
	}
	for _, f := range e.Response.Header {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			pair, _, _ := strings.Cut(f.Value, ";")
			found(cookieKeys(pair)...)
		}
	}
	for _, st := range e.Statements {
		found(argumentKeys(st)...)
	}
	for _, in := range e.Sessions() {
		found(in.Key)
	}
	for _, c := range slices.Concat(e.JarBefore, e.JarAfter) {
		if isSessionCookie(c.Name) {
			found(c.Value)
		}
	}
	return keys
}

// keysOf returns the session keys in the cookies of a request.
func keysOf(q *record.Request) (keys []string) {
	for _, f := range q.Header {
		if strings.EqualFold(f.Name, "Cookie") {
			keys = append(keys, cookieKeys(f.Value)...)
		}
	}
	return keys
}

// cookieKeys returns the session keys in a Cookie header.
func cookieKeys(header string) (keys []string) {
	for _, pair := range record.CookiePairs(header) {
		if key := strings.TrimSpace(pair.Value); isSessionCookie(strings.TrimSpace(pair.Name)) && isKey(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// newKey matches the literal of a key as this program and Django make it.
var newKey = regexp.MustCompile(`^'[a-z0-9]{32}'$`)

// argumentKeys returns the session keys among the arguments of a statement. The first argument of an engine's
// operation is one.
func argumentKeys(st record.Statement) (keys []string) {
	for i, arg := range st.Args {
		if newKey.MatchString(arg) || st.Engine != "" && i == 0 {
			keys = append(keys, strings.Trim(arg, "'"))
		}
	}
	return keys
}

func isSessionCookie(name string) bool {
	return name == session.CookieName(false) || name == session.CookieName(true)
}

// isKey reports whether a text is long enough for a session key.
func isKey(text string) bool { return len(text) > keyShown }
