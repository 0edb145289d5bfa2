package experiment

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sessionlab/cookie"
	"sessionlab/internal/web"
)

// Run is one go at an experiment. The browser asks for what to do with Next, and
// its requests come to Arrive. It is safe for use by many goroutines at once.
type Run struct {
	Order
	Token string // names the run; who has it is the visitor's browser

	now     func() time.Time
	started time.Time

	mu      sync.Mutex
	steps   []step
	at      int // the next step
	stopped bool
	left    int // traces when it last began to delete; -1 before
	ended   time.Time
	seen    []Observation
	jar     *cookie.Jar   // the draft's
	set     []trace       // what the browser may have been left with
	arrived chan struct{} // closed and made anew whenever something comes
}

// Draft is the profile that says what should come. What the draft leaves to the browser is here as
// most have it, or left away: this machine is a secure way, and there is room for all cookies.
func Draft() cookie.Profile {
	draft := cookie.RFC()
	draft.TrustLoopback = true
	draft.PerSite, draft.Total = 0, 0
	return draft
}

// step is a Step, or a cleaning.
type step struct {
	Step
	clean bool
	seen  int // of its observation
}

// newRun makes a run; before is the visitor's last one, or nil.
func newRun(order Order, token string, before *Run, now func() time.Time) *Run {
	order.World.Now = now()
	r := &Run{
		Order: order, Token: token, now: now, started: order.World.Now,
		jar: cookie.NewJar(Draft(), now), arrived: make(chan struct{}), left: -1,
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
		r.jar = before.jar.Clone() // the run before clears its own when its tab comes to the end
	default:
		r.steps = append(r.steps, cleaning(wayTo(Own)))
	}
	for _, s := range order.Experiment.Steps(order.World) {
		s.Do, s.At, s.To = orElse(s.Do, Fetch), orElse(s.At, Own), orElse(s.To, Own)
		if r.possible(s) {
			r.steps = append(r.steps, step{Step: s, seen: len(r.seen)})
			o := Observation{Step: s, URL: r.World.URL(s.To, "/try/"+s.Path)}
			if s.Do == Typed || s.Do == Open {
				o.Hand = r.address(s.To, len(r.steps)-1)
			}
			r.seen = append(r.seen, o)
		}
	}
	return r
}

// possible tells whether all places of a step can be reached.
func (r *Run) possible(s Step) bool {
	return r.World.Has(s.At) && r.World.Has(s.To) && (s.Via == "" || r.World.Has(s.Via))
}

func orElse[T ~string](value, other T) T {
	if value == "" {
		return other
	}
	return value
}

// Task is what the browser has to do next. Exactly one of Go and Do is there.
type Task struct {
	Go          string   `json:"go,omitempty"` // leave for this address
	Do          Action   `json:"do,omitempty"`
	Step        int      `json:"step"`
	URL         string   `json:"url,omitempty"`
	Lines       []string `json:"lines,omitempty"`       // of Write
	Millisecond int64    `json:"millisecond,omitempty"` // of Wait
	Number      int      `json:"number"`                // of the steps so far
	Of          int      `json:"of"`
	Name        string   `json:"name,omitempty"`
}

// Next is the task for the page that is open at a place, at a path. The run is at
// its end when the task is to go to Back.
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
		r.cleanUp() // again, while there is more than fits into an answer
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

// address is where a step's request goes: below /try/ at its path.
func (r *Run) address(to Place, number int) string {
	path := "/try/" + r.steps[number].Path
	return r.World.URL(to, path) + "?run=" + r.Token + "&step=" + strconv.Itoa(number)
}

// PlaceOf is the part that a host, with its port, plays in the run.
func (r *Run) PlaceOf(host string) (Place, bool) {
	for _, p := range Places() {
		if r.World.Hosts[p] == host {
			return p, true
		}
	}
	return "", false
}

// Answer is what a request of a step is answered with.
type Answer struct {
	Redirect string   // go on to this address
	Set      []string // Set-Cookie lines, byte for byte
	Clear    bool     // ask the browser to forget all cookies of the site
	Page     bool     // the run goes on in the page that was asked for
}

// Arrive notes the request of a step and tells how to answer it.
func (r *Run) Arrive(number int, request *http.Request) (Answer, bool) {
	place, known := r.PlaceOf(request.Host)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !known || number < 0 || number >= len(r.steps) {
		return Answer{}, false
	}
	s := r.steps[number]
	if s.Via != "" && place == s.Via && place != s.To {
		return Answer{Redirect: r.address(s.To, number)}, true
	}
	if place != s.To {
		return Answer{}, false
	}
	defer r.tell()
	if s.clean {
		return Answer{Set: r.undo(way{s.Do, s.At, s.To}), Clear: r.World.Spare(place)}, true
	}
	o := &r.seen[s.seen]
	if o.Done && s.Do != Typed {
		return Answer{Page: s.Do.travels()}, true // loaded again
	}
	from := r.pageOf(s.Step)
	to := &url.URL{Scheme: r.World.Scheme, Host: request.Host, Path: request.URL.Path}
	asked := cookie.Request{Method: request.Method, Initiator: from, Subresource: s.Do.inside()}
	o.Done, o.Method, o.Target, o.Header = true, request.Method, request.RequestURI, notable(request.Header)
	o.Cookie = cut(web.Foreign(strings.Join(request.Header["Cookie"], "; ")), maxHeader)
	if s.Do == Bare {
		o.Draft, o.Sent = "", nil // the page asked for none
	} else {
		o.Draft, o.Sent = r.jar.Header(to, asked)
	}
	o.Verdicts = nil
	if s.Do == Bare {
		return Answer{Set: s.Set}, true // what comes with an answer without credentials is not kept either
	}
	for _, line := range s.Set {
		o.Verdicts = append(o.Verdicts, r.jar.Set(to, line, asked))
		r.set = append(r.set, trace{wayOf(s.Step, line), to.Path, line})
	}
	clear := s.Clear && r.World.Spare(place)
	if clear {
		r.forget(to)
	}
	if s.Do.travels() {
		r.advance(number)
	}
	return Answer{Set: s.Set, Clear: clear, Page: s.Do.travels()}, true
}

// forget takes the cookies of a site out of the draft's jar.
func (r *Run) forget(of *url.URL) {
	for _, c := range r.jar.All() {
		if cookie.Site(&url.URL{Scheme: of.Scheme, Host: c.Domain}) == cookie.Site(of) {
			r.jar.Delete(c)
		}
	}
}

// pageOf is the page that asks, in the sense of the draft: nil for the person.
func (r *Run) pageOf(s Step) *url.URL {
	if s.Do == Typed {
		return nil
	}
	at := &url.URL{Scheme: r.World.Scheme, Host: r.World.Hosts[s.At], Path: "/try/"}
	if s.Do.reads() {
		at.Path += s.Path
	}
	return at
}

// travels tells whether the action opens another page in the run's own tab.
func (a Action) travels() bool { return a == Link || a == FormGet || a == FormPost }

// reads tells whether the action is a script's that has the cookies of its page.
func (a Action) reads() bool { return a == Write || a == Read || a == Store }

// inside tells whether the action asks for something within a page.
func (a Action) inside() bool { return !a.travels() && a != Open && a != Typed }

// Report is what the script tells of a step that it did.
type Report struct {
	Step    int    `json:"step"`
	Text    string `json:"text"`  // what it read
	Items   []Item `json:"items"` // of Store
	Trouble string `json:"trouble"`
}

// Did notes that the script did a step.
func (r *Run) Did(report Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	number := report.Step
	if number != r.at || number >= len(r.steps) {
		return // told twice
	}
	s := r.steps[number]
	defer r.advance(number)
	if s.clean {
		return
	}
	o := &r.seen[s.seen]
	o.Trouble = cut(report.Trouble, maxTrouble)
	at := r.pageOf(s.Step)
	switch s.Do {
	case Write:
		o.Done = true
		for _, line := range s.Set {
			o.Verdicts = append(o.Verdicts, r.jar.Set(at, line, cookie.Request{Script: true}))
			r.set = append(r.set, trace{wayTo(s.At), at.Path, line})
		}
	case Read, Store:
		o.Done = report.Trouble == ""
		o.Cookie = cut(web.Foreign(report.Text), maxHeader)
		o.Items = report.Items[:min(len(report.Items), maxItems)]
		o.Draft, o.Sent = r.jar.Header(at, cookie.Request{Script: true})
	case Enabled:
		o.Done, o.Text = report.Trouble == "", cut(report.Text, maxNotable)
	case Wait:
		o.Done = true
	}
}

// Arrived waits until the request of a step has come, or ctx is over: beacons and
// the like are on their way when the script goes on.
func (r *Run) Arrived(number int, done <-chan struct{}) {
	for {
		r.mu.Lock()
		if number < 0 || number >= len(r.steps) || r.steps[number].clean || r.seen[r.steps[number].seen].Done {
			r.mu.Unlock()
			return
		}
		arrived := r.arrived
		r.mu.Unlock()
		select {
		case <-arrived:
		case <-done:
			return
		}
	}
}

// Asks tells whether the step's request is one for the run to wait for.
func (r *Run) Asks(number int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if number < 0 || number >= len(r.steps) {
		return false
	}
	switch r.steps[number].Do {
	case Beacon, Prefetch, Open:
		return true
	}
	return false
}

func (r *Run) tell() {
	close(r.arrived)
	r.arrived = make(chan struct{})
}

func (r *Run) advance(number int) {
	if number == r.at {
		r.at++
	}
}

// Stop makes the run do nothing more but delete its cookies.
func (r *Run) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
}

func (r *Run) stop() {
	if r.at < len(r.steps) && r.left < 0 {
		r.stopped, r.at = true, len(r.steps)
	}
}

// Result is what the run brought so far.
func (r *Run) Result() *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Result{
		Experiment: r.Experiment.Name, World: r.World, Started: r.started, Ended: r.ended, Stopped: r.stopped,
		Seen: slices.Clone(r.seen), Jar: r.jar.All(),
	}
}
