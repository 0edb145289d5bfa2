package experiment

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"sessionlab/cookie"
)

// Run is one execution of an experiment. The browser asks Next what to do, and its requests arrive at Arrive. It is safe for
// concurrent use.
type Run struct {
	Order
	Token string // identifies the run; only the visitor's browser knows it

	now     func() time.Time
	started time.Time

	mu sync.Mutex // guards all that follows
	course
	seen    []Observation
	jar     *cookie.Jar   // the draft's
	set     []trace       // what may be left in the browser
	arrived chan struct{} // closed and replaced whenever a request arrives
}

// Draft returns the rules that say what should come. Where the draft leaves a choice to the browser, they follow most
// browsers or have no limit: this machine counts as secure, and there is room for all cookies.
func Draft() cookie.Profile {
	draft := cookie.RFC()
	draft.TrustLoopback = true
	draft.PerSite, draft.Total = 0, 0
	return draft
}

// newRun makes a run. before is the visitor's last run, or nil.
func newRun(order Order, token string, before *Run, now func() time.Time) *Run {
	order.World.Now = now()
	r := &Run{
		Order: order, Token: token, now: now, started: order.World.Now,
		jar: cookie.NewJar(Draft(), now), arrived: make(chan struct{}), course: course{left: -1},
	}
	if before != nil {
		before.Stop()
		r.set = before.leave()
	}
	switch {
	case order.Experiment.Wipes, len(r.set) > maxContinued:
		for _, p := range Places() {
			if r.World.Has(p) {
				r.steps = append(r.steps, cleaning(wayTo(p)))
			}
		}
	case before != nil && order.Experiment.Continues:
		r.jar = before.jar.Clone() // the run before clears its own jar when its tab comes to the end
	default:
		r.steps = append(r.steps, cleaning(wayTo(Own)))
	}
	for _, s := range order.Experiment.Steps(order.World) {
		s.Do, s.At, s.To = orElse(s.Do, Fetch), orElse(s.At, Own), orElse(s.To, Own)
		if r.possible(s) {
			r.steps = append(r.steps, planned{Step: s, seen: len(r.seen)})
			o := Observation{Step: s, URL: r.World.URL(s.To, "/try/"+s.Path)}
			if s.Do == Typed || s.Do == Open {
				o.Hand = r.address(s.To, len(r.steps)-1)
			}
			r.seen = append(r.seen, o)
		}
	}
	return r
}

// possible reports whether all places of a step can be reached.
func (r *Run) possible(s Step) bool {
	return r.World.Has(s.At) && r.World.Has(s.To) && (s.Via == "" || r.World.Has(s.Via))
}

// orElse returns value, or other if value is empty.
func orElse[T ~string](value, other T) T {
	if value == "" {
		return other
	}
	return value
}

// Task tells the browser what to do next. Exactly one of Go and Do is set.
type Task struct {
	Go          string   `json:"go,omitempty"` // the address to go to
	Do          Action   `json:"do,omitempty"`
	Step        int      `json:"step"`
	URL         string   `json:"url,omitempty"`
	Lines       []string `json:"lines,omitempty"`       // for Write
	Millisecond int64    `json:"millisecond,omitempty"` // for Wait
	Number      int      `json:"number"`                // how many steps have begun
	Of          int      `json:"of"`
	Name        string   `json:"name,omitempty"`
}

// Next returns the task for the page that is open at a place and path. When the run has ended, the task is to go to Back.
func (r *Run) Next(place Place, path string) Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now().Sub(r.started) > runTime {
		r.stop()
	}
	for r.at < len(r.steps) && r.steps[r.at].Do == Typed {
		r.at++
	}
	if r.at >= len(r.steps) && (r.stopped || !r.Experiment.Keeps) && (r.left < 0 || len(r.set) < r.left) {
		r.cleanUp() // repeated while there is more than fits into one response
	}
	if r.at >= len(r.steps) {
		if r.ended.IsZero() {
			r.ended = r.now()
			r.shorten()
		}
		return Task{Go: r.World.Scheme + "://" + r.World.Home + r.Back, Number: len(r.steps), Of: len(r.steps)}
	}
	s := r.steps[r.at]
	task := Task{Step: r.at, Number: r.at + 1, Of: len(r.steps), Name: s.Name}
	switch {
	case s.Do.reads() && (s.At != place || path != "/try/"+s.Path):
		task.Go = r.World.URL(s.At, "/try/"+s.Path+"?run="+r.Token)
		return task
	case s.At != place:
		task.Go = r.World.URL(s.At, "/try/?run="+r.Token)
		return task
	}
	task.Do = s.Do
	switch s.Do {
	case Write:
		task.Lines = s.Set
	case Wait:
		task.Millisecond = s.Pause.Milliseconds()
	case Read, Store, Enabled:
	default:
		to := s.To
		if s.Via != "" {
			to = s.Via
		}
		task.URL = r.address(to, r.at)
	}
	return task
}

// address returns the URL of a step's request, which is below /try/.
func (r *Run) address(to Place, number int) string {
	path := "/try/" + r.steps[number].Path
	return r.World.URL(to, path) + "?run=" + r.Token + "&step=" + strconv.Itoa(number)
}

// PlaceOf returns the place that a host with its port has in the run.
func (r *Run) PlaceOf(host string) (Place, bool) {
	for _, p := range Places() {
		if r.World.Hosts[p] == host {
			return p, true
		}
	}
	return "", false
}

// Stop ends the run, which then only deletes its cookies.
func (r *Run) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
}

// Result returns what the run has brought so far.
func (r *Run) Result() *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Result{
		Experiment: r.Experiment.Name, World: r.World, Started: r.started, Ended: r.ended, Stopped: r.stopped,
		Seen: slices.Clone(r.seen), Jar: r.jar.All(),
	}
}
