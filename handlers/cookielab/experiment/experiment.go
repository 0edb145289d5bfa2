// Package experiment has a browser do something with cookies, step by step, and
// compares what it really did with what RFC 6265bis says.
//
// An [Experiment] is a list of steps, such as "set this cookie, then ask for that
// address by a form of another site". A [Bench] starts one as a [Run]: the
// visitor's tab travels to the hosts where the steps belong, a small script there
// does one after the other, and the run notes for each which cookies came. In the
// end the tab is back at the page it came from. Start reading at [Step].
package experiment

import "time"

// Place is the part that a host plays in an experiment. Which name it has is a
// matter of the [World].
type Place string

// The places. Own, Sibling, Parent and Below are one site; Other is a second one.
const (
	Own     Place = "own"     // a.lab.localhost; where nothing else is to be had, the host of the lab's pages
	Sibling Place = "sibling" // b.lab.localhost
	Parent  Place = "parent"  // lab.localhost
	Below   Place = "below"   // x.a.lab.localhost
	Other   Place = "other"   // other.localhost
	Port    Place = "port"    // the host of Own, at another port
	Address Place = "address" // 127.0.0.1, which may be where the lab itself is open, too
)

// Loopback is no place of its own but what Other is where *.localhost leads
// nowhere: 127.0.0.1 for a page of localhost, and the other way round.
const Loopback Place = "loopback"

// Places are all of them.
func Places() []Place { return []Place{Own, Sibling, Parent, Below, Other, Port, Address} }

// Action is what the browser does in a step.
type Action string

// Requests that open a page in the tab.
const (
	Link     Action = "link"  // the person follows a link
	FormGet  Action = "get"   // a form is sent by GET
	FormPost Action = "post"  // a form is sent by POST
	Open     Action = "open"  // window.open
	Typed    Action = "typed" // the person types the address, or pastes it: the run does not wait for it
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

// What needs no request.
const (
	Write Action = "write" // document.cookie is set to each of the step's lines
	Read  Action = "read"  // document.cookie is read
	Store Action = "store" // cookieStore.getAll, where there is a cookieStore
	Wait  Action = "wait"  // a pause

	Enabled Action = "enabled" // navigator.cookieEnabled
)

// Step is one thing that the browser does.
type Step struct {
	Name  string        // of its observation, "" for one that nobody looks at
	Do    Action        // "" is Fetch
	At    Place         // whose page does it; "" is Own
	To    Place         // whom it asks; "" is Own
	Path  string        // what it asks for, below /try/, such as "shop/cart"; for Write, Read and Store the page's own
	Via   Place         // asks this place first, which redirects to To; "" for none
	Set   []string      // the Set-Cookie lines of the answer, byte for byte; for Write what the script sets
	Pause time.Duration // of Wait
	Clear bool          // the answer has Clear-Site-Data, where no cookies of others are (World.Spare)
}

// Experiment is something to try.
type Experiment struct {
	Name  string             // of its texts
	Needs []Place            // beyond Own
	Alone bool               // only on a host of its own: it would throw out the lab's cookies
	Steps func(World) []Step // as they are for these hosts and this moment

	Keeps     bool // its cookies stay in the browser, until the visitor's next run
	Continues bool // it goes on with the cookies that the visitor's run before left
	Wipes     bool // it begins with no cookie at any place that is the experiments' own

	Long bool // of its observations no reasons are kept, which would be many

	// Judge names what the browser did, by a word that is the end of a text's name.
	Judge func(*Result) string
}
