package cookielab

import (
	"iter"
	"slices"
	"strings"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
)

// tried shows what the browser did with the last line that was sent, and which cookies it has now.
type tried struct {
	observations
	Sent []string // as they are typed; empty if everything was deleted
	Rows []triedCookie
}

// HasStore reports whether the browser could be asked through cookieStore.
func (t *tried) HasStore() bool { return t.Result.Of("store").Done }

// Headline says first whether the browser kept the line's cookie, and whether that was predicted.
func (t *tried) Headline() (string, error) {
	tally, err := t.observations.Headline()
	id, reason := t.outcome()
	if err != nil || id == "" {
		return tally, err
	}
	if reason != "" {
		if reason, err = t.T(reason); err != nil {
			return "", err
		}
	}
	says, err := t.T("cookie.lab.answer."+id, "Browser", t.Browser, "Reason", reason)
	if counts := t.Tally(); counts.Differing+counts.Chosen > 0 {
		says += " " + tally
	}
	return says, err
}

// outcome returns the end of a text's name for what became of the one line that was sent, and the text of
// the reason for which the draft refuses it; "" if there is nothing to say about a single cookie.
func (t *tried) outcome() (id, reason string) {
	at := slices.IndexFunc(t.Result.Seen, func(o experiment.Observation) bool { return len(o.Verdicts) == 1 })
	if at < 0 {
		return "", ""
	}
	v := t.Result.Seen[at].Verdicts[0]
	pair := v.Cookie.String()
	came, asked, unexpected := false, false, false
	for _, o := range t.Result.Seen[at+1:] {
		draft := slices.Contains(strings.Split(o.Draft, "; "), pair)
		came, asked, unexpected = came || o.Has(pair), asked || draft, unexpected || o.Has(pair) && !draft
	}
	switch {
	case v.Deleted && t.Result.Differs():
		return "", ""
	case v.Deleted:
		return "deleted", ""
	case v.Reason != "" && unexpected:
		return "accepted", "cookie.reason." + string(v.Reason)
	case v.Reason != "":
		return "refused", "cookie.reason." + string(v.Reason)
	case came:
		return "kept", ""
	case asked:
		return "lost", ""
	}
	return "elsewhere", ""
}

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

func newTried(page labPage, result *experiment.Result) *tried {
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
