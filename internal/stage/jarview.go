package stage

import (
	"strings"

	"sessionlab/cookie"
)

// JarCookie is a cookie as a step shows it.
type JarCookie struct {
	cookie.Cookie
	Pair   int    // by which the same cookie is found in the Cookie header; 0: it is not sent
	Change Change // by the answer
	Old    string // the value before, of a changed one
}

// Change is what an answer did to a cookie, or to an entry of a session.
type Change string

// The kinds of change.
const (
	Same    Change = ""
	New     Change = "new"
	Changed Change = "changed"
	Renewed Change = "renewed" // the same value with other attributes
	Gone    Change = "gone"
)

// CookiePair is one name=value of a Cookie header, as it stands there.
type CookiePair struct {
	Name, Value string
	Space, Text string // as they stand there, without the semicolon
	Pair        int    // that of the jar's cookie; 0: the jar has no such cookie
}

// cookiePairs cuts a Cookie header, and keeps what no parser would.
func cookiePairs(header string) (pairs []CookiePair) {
	if header == "" {
		return nil
	}
	for part := range strings.SplitSeq(header, ";") {
		text := strings.TrimLeft(part, " \t")
		name, value, found := strings.Cut(strings.TrimRight(text, " \t"), "=")
		if !found {
			name, value = "", name // a nameless cookie
		}
		pairs = append(pairs, CookiePair{Name: name, Value: value, Space: part[:len(part)-len(text)], Text: text})
	}
	return pairs
}

// linkPairs gives each pair the number of the jar's cookie that it is.
func linkPairs(pairs []CookiePair, jar []cookie.Cookie) []CookiePair {
	taken := make([]bool, len(jar))
	for i := range pairs {
		for j, c := range jar {
			if !taken[j] && c.Name == pairs[i].Name && c.Value == pairs[i].Value {
				taken[j], pairs[i].Pair = true, j+1
				break
			}
		}
	}
	return pairs
}

func jarBefore(jar []cookie.Cookie, header string, byBrowser bool) []JarCookie {
	var pairs []CookiePair
	if byBrowser {
		pairs = linkPairs(cookiePairs(header), jar)
	}
	view := make([]JarCookie, len(jar))
	for i, c := range jar {
		view[i].Cookie = c
		for _, pair := range pairs {
			if pair.Pair == i+1 {
				view[i].Pair = i + 1
			}
		}
	}
	return view
}

// jarAfter marks what became of each cookie; those that are gone stand at the end.
func jarAfter(before, after []cookie.Cookie) (view []JarCookie) {
	same := func(a, b cookie.Cookie) bool { return a.Name == b.Name && a.Domain == b.Domain && a.Path == b.Path }
	for _, c := range after {
		mark := JarCookie{Cookie: c, Change: New}
		for _, old := range before {
			if !same(old, c) {
				continue
			}
			old.Accessed = c.Accessed // to be sent is no change
			old.Created = c.Created
			switch {
			case old.Value != c.Value:
				mark.Change, mark.Old = Changed, old.Value
			case old != c:
				mark.Change = Renewed
			default:
				mark.Change = Same
			}
		}
		view = append(view, mark)
	}
	for _, old := range before {
		gone := true
		for _, c := range after {
			gone = gone && !same(old, c)
		}
		if gone {
			view = append(view, JarCookie{Cookie: old, Change: Gone})
		}
	}
	return view
}
