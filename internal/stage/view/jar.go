package view

import (
	"slices"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

// JarCookie is a cookie as a scene shows it. If its Path is empty, nothing but its name and value is known.
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
	gone := slices.Clone(before)
	for _, c := range after {
		mark := JarCookie{Cookie: c, Change: New}
		if at := indexOfOld(gone, c); at >= 0 {
			mark.Change, mark.Old = changeOf(gone[at], c)
			gone = slices.Delete(gone, at, at+1)
		}
		view = append(view, mark)
	}
	for _, old := range gone {
		view = append(view, JarCookie{Cookie: old, Change: Gone})
	}
	return view
}

// indexOfOld returns the index of the cookie that c is or replaces, or -1. Of two whose paths are unknown, the
// one with c's value is the likelier.
func indexOfOld(all []cookie.Cookie, c cookie.Cookie) int {
	at := slices.IndexFunc(all, func(old cookie.Cookie) bool { return c.Replaces(old) && c.Value == old.Value })
	if at < 0 {
		at = slices.IndexFunc(all, c.Replaces)
	}
	return at
}

// changeOf returns what a response changed about a cookie, and the old value of one with a new value.
func changeOf(old, now cookie.Cookie) (change Change, was string) {
	old.Accessed, old.Created = now.Accessed, now.Created // being sent is not a change
	switch {
	case old.Value != now.Value:
		return Changed, old.Value
	case old != now:
		return Renewed, ""
	}
	return Same, ""
}
