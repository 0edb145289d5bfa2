package view

import (
	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

// JarCookie is a cookie as a step shows it.
type JarCookie struct {
	cookie.Cookie
	Pair   int    // the number of its pair in the Cookie header; 0: it is not sent
	Change Change // by the response
	Old    string // the value before, of a changed one
}

// Change says what a response changed about a cookie, or a request about an entry of a session.
type Change string

// The kinds of change.
const (
	Same    Change = ""
	New     Change = "new"
	Changed Change = "changed"
	Renewed Change = "renewed" // the same value with other attributes
	Gone    Change = "gone"
)

// CookiePair is one name=value of a Cookie header.
type CookiePair struct {
	record.CookiePair
	Pair int // the number of the jar's cookie; 0: the jar has no such cookie
}

// linkPairs returns the pairs of a Cookie header, each with the number of its cookie in the jar.
func linkPairs(header string, jar []cookie.Cookie) (pairs []CookiePair) {
	taken := make([]bool, len(jar))
	for _, pair := range record.CookiePairs(header) {
		linked := CookiePair{CookiePair: pair}
		for j, c := range jar {
			if !taken[j] && c.Name == pair.Name && c.Value == pair.Value {
				taken[j], linked.Pair = true, j+1
				break
			}
		}
		pairs = append(pairs, linked)
	}
	return pairs
}

func jarBefore(jar []cookie.Cookie, header string, byBrowser bool) []JarCookie {
	var pairs []CookiePair
	if byBrowser {
		pairs = linkPairs(header, jar)
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

// jarAfter returns the jar with the changes marked, and after it the cookies that are gone.
func jarAfter(before, after []cookie.Cookie) (view []JarCookie) {
	same := func(a, b cookie.Cookie) bool { return a.Name == b.Name && a.Domain == b.Domain && a.Path == b.Path }
	for _, c := range after {
		mark := JarCookie{Cookie: c, Change: New}
		for _, old := range before {
			if !same(old, c) {
				continue
			}
			old.Accessed = c.Accessed // being sent is not a change
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
