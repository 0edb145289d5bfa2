package cookielab

import (
	"iter"
	"slices"
	"strings"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// tried shows what the browser did with the last line that was sent, and which cookies it has now.
type tried struct {
	observations
	Sent []string // as they are typed; empty if everything was deleted
	Rows []triedCookie
}

// HasStore reports whether the browser could be asked through cookieStore.
func (t *tried) HasStore() bool { return t.Result.Of("store").Done }

// triedCookie is a cookie that a request carried, or that should exist according to the draft.
type triedCookie struct {
	Pair      string         // name and value, as they are typed
	Cookie    *cookie.Cookie // as the draft has it; nil if only the browser knows it
	Came      []string       // where it was sent
	Script    bool           // document.cookie has it
	Store     bool           // cookieStore has it
	deletions iter.Seq[string]
}

// ID returns a name that distinguishes the cookies of a result.
func (t triedCookie) ID() string {
	if t.Cookie == nil {
		return t.Pair
	}
	return t.Pair + "; " + t.Cookie.Domain + "; " + experiment.Escape(t.Cookie.Path)
}

// Path returns the cookie's path, as it is typed.
func (t triedCookie) Path() string { return experiment.Escape(t.Cookie.Path) }

func newTried(page web.Page, result *experiment.Result) *tried {
	t := &tried{observations: observations{page, result}}
	for _, line := range result.Sent() {
		t.Sent = append(t.Sent, experiment.Escape(line))
	}
	var pairs []string // of cookies that the draft does not know
	for _, o := range result.Seen {
		if o.Step.Name == "" {
			continue // its cookies existed before
		}
		for _, pair := range o.Pairs() {
			known := slices.ContainsFunc(result.Jar, func(c cookie.Cookie) bool { return c.String() == pair })
			if !known && !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	for _, c := range result.Jar {
		t.add(c.String(), &c, slices.Values([]string{c.Deletion()}))
	}
	for _, pair := range pairs {
		t.add(pair, nil, cookie.Deletions(pair, result.World.Name(experiment.Own), "/try/"+experiment.LinePath))
	}
	return t
}

// add adds a cookie with what the requests revealed about it.
func (t *tried) add(pair string, c *cookie.Cookie, deletions iter.Seq[string]) {
	row := triedCookie{Pair: experiment.Escape(pair), Cookie: c, deletions: deletions}
	expected := false
	for _, o := range t.Result.Seen {
		expected = expected || o.Compares() && slices.Contains(strings.Split(o.Draft, "; "), pair)
		switch {
		case o.Step.Name == "" || !o.Has(pair):
		case o.Step.Do == experiment.Read:
			row.Script = true
		case o.Step.Do == experiment.Store:
			row.Store = true
		default:
			_, address, _ := strings.Cut(o.URL, "://")
			if !slices.Contains(row.Came, address) {
				row.Came = append(row.Came, address)
			}
		}
	}
	if expected && row.Came == nil && !row.Script && !row.Store {
		return // a finding: the browser does not have the cookie
	}
	t.Rows = append(t.Rows, row)
}
