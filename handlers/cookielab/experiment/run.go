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

// Run is one execution of an experiment. The browser asks Next what to do, and its requests arrive at Arrive. It is safe for
// concurrent use.
type Run struct {
	Order
	Token string // identifies the run; only the visitor's browser knows it

	now     func() time.Time
	started time.Time

	mu      sync.Mutex
	steps   []step
	at      int // index of the next step
	stopped bool
	left    int // number of traces when the last cleanup began; -1 before
	ended   time.Time
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

// step is a Step or a cleanup.
type step struct {
	Step
	clean bool
	seen  int // index of its observation
}

// newRun makes a run. before is the visitor's last run, or nil.
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
		r.jar = before.jar.Clone() // the run before clears its own jar when its tab comes to the end
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

// Answer says how to respond to the request of a step.
type Answer struct {
	Redirect string   // redirect to this address
	Set      []string // Set-Cookie lines, byte for byte
	Clear    bool     // tell the browser to clear all cookies of the site
	Page     bool     // respond with a page in which the run continues
}

// Arrive records the request of a step and returns how to answer it; false means that the request does not fit the run.
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
		return Answer{Page: s.Do.travels()}, true // the page was loaded again
	}
	from := r.pageOf(s.Step)
	to := &url.URL{Scheme: r.World.Scheme, Host: request.Host, Path: request.URL.Path}
	asked := cookie.Request{Method: request.Method, Initiator: from, Subresource: s.Do.inside()}
	o.Done, o.Method, o.Target, o.Header = true, request.Method, request.RequestURI, notable(request.Header)
	o.Cookie = cut(web.Foreign(strings.Join(request.Header["Cookie"], "; ")), maxHeader)
	if s.Do == Bare {
		o.Draft, o.Sent = "", nil // the page asked to send none
	} else {
		o.Draft, o.Sent = r.jar.Header(to, asked)
	}
	o.Verdicts = nil
	if s.Do == Bare {
		return Answer{Set: s.Set}, true // cookies in a response without credentials are not kept either
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

// forget removes the cookies of a site from the draft's jar.
func (r *Run) forget(of *url.URL) {
	for _, c := range r.jar.All() {
		if cookie.Site(&url.URL{Scheme: of.Scheme, Host: c.Domain}) == cookie.Site(of) {
			r.jar.Delete(c)
		}
	}
}

// pageOf returns the page that makes the request, in the sense of the draft; nil means the user.
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

// travels reports whether the action opens another page in the run's own tab.
func (a Action) travels() bool { return a == Link || a == FormGet || a == FormPost }

// reads reports whether the action is a script's access to the cookies of its page.
func (a Action) reads() bool { return a == Write || a == Read || a == Store }

// inside reports whether the action requests something within a page.
func (a Action) inside() bool { return !a.travels() && a != Open && a != Typed }

// Report holds what the script says about a step that it did.
type Report struct {
	Step    int    `json:"step"`
	Text    string `json:"text"`  // what it read
	Items   []Item `json:"items"` // for Store
	Trouble string `json:"trouble"`
}

// Did records that the script did a step.
func (r *Run) Did(report Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	number := report.Step
	if number != r.at || number >= len(r.steps) {
		return // reported twice
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

// Arrived waits until the request of a step has arrived or done is closed: some requests, such as beacons, are still on
// their way when the script continues.
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

// Asks reports whether the run must wait for the step's request.
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

// tell wakes those that wait in Arrived.
func (r *Run) tell() {
	close(r.arrived)
	r.arrived = make(chan struct{})
}

// advance moves on from a step, once.
func (r *Run) advance(number int) {
	if number == r.at {
		r.at++
	}
}

// Stop ends the run, which then only deletes its cookies.
func (r *Run) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop()
}

// stop does the work of Stop, with r.mu held.
func (r *Run) stop() {
	if r.at < len(r.steps) && r.left < 0 {
		r.stopped, r.at = true, len(r.steps)
	}
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
