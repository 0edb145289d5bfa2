// Package experiment makes a browser do something with cookies, step by step, and compares what it really did with what
// RFC 6265bis says.
//
// An [Experiment] is a list of steps, such as "set this cookie, then request that address from a form of another site".
// A [Runner] starts it as a [Run]: the visitor's tab travels to the hosts of the steps, a small script there does one step
// after the other, and the run records which cookies came with each request. In the end the tab returns to the page it
// came from. Start reading at [Step].
package experiment

import "time"

// Place names the role that a host has in an experiment. The [World] says which host that is.
type Place string

// The places. Own, Sibling, Parent and Below belong to one site; Other is a second site.
const (
	Own     Place = "own"     // a.lab.localhost; if that leads nowhere, the host of the lab's pages
	Sibling Place = "sibling" // b.lab.localhost
	Parent  Place = "parent"  // lab.localhost
	Below   Place = "below"   // x.a.lab.localhost
	Other   Place = "other"   // other.localhost
	Port    Place = "port"    // Own's host at another port
	Address Place = "address" // 127.0.0.1, which may also be where the lab itself is open
)

// Loopback is not a place itself. It takes the role of Other if *.localhost leads nowhere: 127.0.0.1 for a page of
// localhost, and localhost for a page of 127.0.0.1.
const Loopback Place = "loopback"

// Places returns all places.
func Places() []Place { return []Place{Own, Sibling, Parent, Below, Other, Port, Address} }

// Action names what the browser does in a step.
type Action string

// Requests that open a page in the tab.
const (
	Link     Action = "link"  // the user follows a link
	FormGet  Action = "get"   // a form is sent by GET
	FormPost Action = "post"  // a form is sent by POST
	Open     Action = "open"  // window.open
	Typed    Action = "typed" // the user types or pastes the address; the run does not wait for it
)

// Requests for something inside a page.
const (
	Fetch    Action = "fetch" // fetch, with the browser's cookies
	Bare     Action = "bare"  // fetch with credentials: "omit"
	Image    Action = "image"
	Frame    Action = "frame"
	Beacon   Action = "beacon"   // navigator.sendBeacon: a POST
	Prefetch Action = "prefetch" // <link rel=prefetch>
)

// Actions without a request.
const (
	Write Action = "write" // sets document.cookie to each of the step's lines
	Read  Action = "read"  // reads document.cookie
	Store Action = "store" // calls cookieStore.getAll, if there is a cookieStore
	Wait  Action = "wait"  // pauses

	Enabled Action = "enabled" // reads navigator.cookieEnabled
)

// travels reports whether the action opens another page in the run's own tab.
func (a Action) travels() bool { return a == Link || a == FormGet || a == FormPost }

// reads reports whether the action is a script's access to the cookies of its page.
func (a Action) reads() bool { return a == Write || a == Read || a == Store }

// inside reports whether the action requests something within a page.
func (a Action) inside() bool { return !a.travels() && a != Open && a != Typed }

// Step describes one thing that the browser does.
type Step struct {
	Name  string        // of its observation; "" if nobody looks at it
	Do    Action        // "" means Fetch
	At    Place         // the page that does it; "" means Own
	To    Place         // the host that gets the request; "" means Own
	Path  string        // the requested path below /try/, such as "shop/cart"; for Write, Read and Store the page's own
	Via   Place         // this place is requested first and redirects to To; "" means none
	Set   []string      // Set-Cookie lines of the response, byte for byte; for Write what the script sets
	Pause time.Duration // for Wait
	Clear bool          // the response has Clear-Site-Data, if the site has no cookies of others (World.Spare)
}

// Experiment describes something to try.
type Experiment struct {
	Name  string             // part of the names of its texts
	Needs []Place            // besides Own
	Alone bool               // needs a host of its own, because it would evict the lab's cookies
	Steps func(World) []Step // for the hosts of this world and this moment

	Keeps     bool // its cookies stay in the browser until the visitor's next run
	Continues bool // it starts with the cookies that the visitor's last run left
	Wipes     bool // it starts without cookies at all places that belong to experiments alone

	Long bool // its observations keep no reasons, because there would be too many

	// Judge names what the browser did, by a word in which the name of a text ends.
	Judge func(*Result) string
}
