package experiment

import (
	"net/http"
	"net/url"
	"strings"

	"sessionlab/cookie"
	"sessionlab/internal/web"
)

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
	o.Third = asked.Subresource && cookie.Site(from) != cookie.Site(to)
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
