package experiment

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionlab/cookie"
)

// Result holds what a run has brought so far.
type Result struct {
	Experiment string // the experiment's name
	World      World
	Started    time.Time
	Ended      time.Time // zero while the run goes on
	Stopped    bool      // the run ended early
	Seen       []Observation
	Jar        []cookie.Cookie // what the browser should have now, according to the draft
}

// Running reports whether the run goes on.
func (r *Result) Running(now time.Time) bool {
	return r.Ended.IsZero() && now.Sub(r.Started) <= runTime
}

// Observation holds what one step brought.
type Observation struct {
	Step   Step
	URL    string
	Hand   string // for Typed and Open: the address that the visitor opens
	Done   bool   // the request came, or the script has done its part
	Method string
	Target string      // from the request line
	Header http.Header // Origin, Referer, User-Agent and Sec-Fetch-* of the request

	// Cookie holds what came: the Cookie header without the lab's own cookies, or what the script read. Draft is what
	// RFC 6265bis says should come, and Sent gives the reason for each cookie.
	Cookie string
	Draft  string
	Sent   []cookie.Sent
	Third  bool // the request came from inside a page of another site

	Text  string // what a script read, if it is not cookies
	Items []Item // for Store: what cookieStore says besides names and values

	Verdicts []cookie.Verdict // the draft's, for each line that the step set
	Trouble  string           // what the browser reported when it could not do the step
}

// Compares reports whether the step asked for cookies, so that Cookie and Draft have a meaning.
func (o Observation) Compares() bool {
	return o.Done && o.Step.Do != Write && o.Step.Do != Wait && o.Step.Do != Enabled
}

// Differs reports whether the browser differed from the draft where the draft leaves it no choice.
func (o Observation) Differs() bool { return o.Compares() && o.Cookie != o.Draft && !o.Left() }

// Left reports whether the browser differed from the draft only in what is left to it.
func (o Observation) Left() bool {
	if !o.Compares() || o.Cookie == o.Draft {
		return false
	}
	came := o.Pairs()
	fixed := func(pairs []string) []string {
		return slices.DeleteFunc(slices.Clone(pairs), func(pair string) bool {
			i := slices.IndexFunc(o.Sent, func(s cookie.Sent) bool { return s.Cookie.String() == pair })
			return i >= 0 && o.Leaves(o.Sent[i]) || len(came) >= cookie.RFC().PerSite && !slices.Contains(came, pair)
		})
	}
	return slices.Equal(fixed(came), fixed(strings.Split(o.Draft, "; ")))
}

// Leaves reports whether the browser may decide about a cookie of the request, as in the passport's facts that are Open: it
// may send none from inside other sites' pages, and not trust this machine's http. Partitioned is not in the draft.
func (o Observation) Leaves(s cookie.Sent) bool {
	return s.Cookie.Partitioned || s.Sent && (o.Third || s.Cookie.Secure && strings.HasPrefix(o.URL, "http:"))
}

// Item is a cookie as cookieStore returns it. Browsers reveal different amounts of detail.
type Item struct {
	Name    string   `json:"name"`
	Expires *float64 `json:"expires"` // in ms since 1970; nil if it is not revealed or ends with the browser's session
}

// days returns how many days after a moment a cookie expires, or 0 if scripts cannot learn it.
func (o Observation) days(name string, after time.Time) int {
	for _, item := range o.Items {
		if item.Name == name && item.Expires != nil {
			return int(math.Round((*item.Expires/1000 - float64(after.Unix())) / (24 * 60 * 60)))
		}
	}
	return 0
}

// Pairs returns the cookies that came, in order.
func (o Observation) Pairs() []string {
	if o.Cookie == "" {
		return nil
	}
	return strings.Split(o.Cookie, "; ")
}

// Has reports whether a cookie such as "a=1" came.
func (o Observation) Has(pair string) bool { return slices.Contains(o.Pairs(), pair) }

// Value returns the value of the first cookie of that name.
func (o Observation) Value(name string) (value string, ok bool) {
	for _, pair := range o.Pairs() {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// Of returns the observation of that name. If there is none, the one returned is not Done.
func (r *Result) Of(name string) Observation {
	for _, o := range r.Seen {
		if o.Step.Name == name {
			return o
		}
	}
	return Observation{}
}

// Differs reports whether the browser differed from the draft in any step.
func (r *Result) Differs() bool { return slices.ContainsFunc(r.Seen, Observation.Differs) }
