package experiment

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionlab/cookie"
)

// Result is what came of a run.
type Result struct {
	Experiment string // its name
	World      World
	Started    time.Time
	Ended      time.Time // zero while it runs
	Stopped    bool      // before its end
	Seen       []Observation
	Jar        []cookie.Cookie // what the browser has now, as the draft says
}

// Observation is what one step brought.
type Observation struct {
	Step   Step
	URL    string
	Hand   string // of Typed and Open: the address by which the visitor makes the request
	Done   bool   // the request came, or the script did it
	Method string
	Target string      // of the request line
	Header http.Header // Origin, Referer and Sec-Fetch-* of the request

	// Cookie is what came: the Cookie header without the lab's own cookies, or
	// what the script read. Draft is what RFC 6265bis says should come, and Sent
	// says why, cookie by cookie.
	Cookie string
	Draft  string
	Sent   []cookie.Sent

	Text  string // what a script read that is no Cookie header
	Items []Item // of Store: what cookieStore tells beside names and values

	Verdicts []cookie.Verdict // of the draft, for each line that the step set
	Trouble  string           // what the browser said when it could not
}

// Compares tells whether the step asked for cookies, so that Cookie and Draft mean something.
func (o Observation) Compares() bool {
	return o.Done && o.Step.Do != Write && o.Step.Do != Wait && o.Step.Do != Enabled
}

// Differs tells whether the browser did something else than the draft says: a finding.
func (o Observation) Differs() bool { return o.Compares() && o.Cookie != o.Draft }

// Item is a cookie as cookieStore has it. Browsers tell more or less of it.
type Item struct {
	Name    string   `json:"name"`
	Expires *float64 `json:"expires"` // in ms since 1970; nil: not told, or with the browser's session
}

// days is how long a cookie lives after a moment, where a script is told; 0: it is not.
func (o Observation) days(name string, after time.Time) int {
	for _, item := range o.Items {
		if item.Name == name && item.Expires != nil {
			return int(math.Round((*item.Expires/1000 - float64(after.Unix())) / (24 * 60 * 60)))
		}
	}
	return 0
}

// Pairs are the cookies that came, in their order.
func (o Observation) Pairs() []string {
	if o.Cookie == "" {
		return nil
	}
	return strings.Split(o.Cookie, "; ")
}

// Has tells whether a cookie came, such as "a=1".
func (o Observation) Has(pair string) bool { return slices.Contains(o.Pairs(), pair) }

// Value is the value of the first cookie of that name.
func (o Observation) Value(name string) (value string, ok bool) {
	for _, pair := range o.Pairs() {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// Of is the observation of that name. One that was not made is not Done.
func (r *Result) Of(name string) Observation {
	for _, o := range r.Seen {
		if o.Step.Name == name {
			return o
		}
	}
	return Observation{}
}

// Differs tells whether any step did.
func (r *Result) Differs() bool { return slices.ContainsFunc(r.Seen, Observation.Differs) }
