package cookielab

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionlab/cookie"
	"sessionlab/internal/web"
)

// pair holds two names and their relation.
type pair struct {
	One, Two siteName
	Relation string // origin, site or cross
	Sites    [2]string
	Cookies  string // which cookies they share: all, domain or none
	Domain   string // the Domain by which they can share cookies
}

// choosePair takes the names that the reader chose, or the page's first ones where nothing was
// chosen.
func choosePair(names []siteName, one, two string) (pair, error) {
	choose := func(host string, instead int) (siteName, error) {
		if host == "" {
			return names[min(instead, len(names)-1)], nil
		}
		if i := slices.IndexFunc(names, func(n siteName) bool { return n.Host == host }); i >= 0 {
			return names[i], nil
		}
		return siteName{}, web.Explain(http.StatusBadRequest, "sites.error.name", map[string]any{"Name": shorten(host)})
	}
	first, err := choose(one, 0)
	if err != nil {
		return pair{}, err
	}
	second, err := choose(two, 1)
	if err != nil {
		return pair{}, err
	}
	return newPair(first, second)
}

func newPair(one, two siteName) (pair, error) {
	p := pair{One: one, Two: two, Relation: "cross", Cookies: "none"}
	a, err := url.Parse(one.URL)
	if err != nil {
		return p, err
	}
	b, err := url.Parse(two.URL)
	if err != nil {
		return p, err
	}
	p.Sites = [2]string{cookie.Site(a), cookie.Site(b)}
	switch {
	case a.Scheme == b.Scheme && a.Host == b.Host:
		p.Relation = "origin"
	case p.Sites[0] == p.Sites[1]:
		p.Relation = "site"
	}
	_, site, _ := strings.Cut(p.Sites[0], "://")
	switch {
	case a.Hostname() == b.Hostname():
		p.Cookies = "all"
	case p.Relation == "site":
		p.Cookies, p.Domain = "domain", site
	}
	return p, nil
}

// box is a rounded rectangle of the picture, with its label.
type box struct {
	Class             string // site or origin
	X, Y, Width, High int
	Label             string
	Kind              string // the label's first word, from the texts
}

// Picture returns the boxes from the outside in: origins lie inside their sites.
func (p pair) Picture() (boxes []box) {
	site := func(y, high int, name string) {
		boxes = append(boxes, box{"site", 4, y, 392, high, fitting(name), "sites.picture.kind.site"})
	}
	origin := func(y int, name siteName) {
		boxes = append(boxes, box{"origin", 20, y, 360, 56, fitting(name.URL), "sites.picture.kind.origin"})
	}
	switch p.Relation {
	case "origin":
		site(4, 128, p.Sites[0])
		origin(60, p.One)
	case "site":
		site(4, 196, p.Sites[0])
		origin(60, p.One)
		origin(128, p.Two)
	default:
		site(4, 128, p.Sites[0])
		origin(60, p.One)
		site(144, 128, p.Sites[1])
		origin(200, p.Two)
	}
	return boxes
}

// High returns the picture's height.
func (p pair) High() int {
	return map[string]int{"origin": 136, "site": 204, "cross": 276}[p.Relation]
}

// fitting shortens a long name in the middle, so that it fits into a box.
func fitting(name string) string {
	const longest = 36
	if len(name) <= longest {
		return name
	}
	return name[:longest/2] + "…" + name[len(name)-longest/2+1:]
}
