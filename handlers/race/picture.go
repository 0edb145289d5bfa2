package race

import (
	"cmp"
	"sessionlab/internal/web"
	"slices"
	"strconv"
	"time"
)

// racePicture shows what two requests of a session did, in the order in which it happened.
type racePicture struct {
	Left, Right int // the requests' numbers; 0 where they have names
	Steps       []raceStep
}

// raceStep is one line of the picture.
type raceStep struct {
	raceEvent
	IsRight bool
	Y       int           // in the picture
	Since   time.Duration // since the first step
}

// The picture's dimensions, in its own units.
const (
	raceTop  = 56
	raceLine = 50
)

// Height returns the picture's height.
func (p *racePicture) Height() int { return raceTop + raceLine*len(p.Steps) }

// Foot returns how far down the three vertical lines reach.
func (p *racePicture) Foot() int { return p.Height() - 16 }

// IsLoss reports whether a save did not raise the counter by exactly one.
func (s raceStep) IsLoss() bool {
	before, errBefore := strconv.Atoi(s.Before)
	after, errAfter := strconv.Atoi(s.After)
	return s.Kind == "save" && errBefore == nil && errAfter == nil && after != before+1
}

// IsBad reports whether something went wrong at this step: a count was lost, or a deleted session
// came back.
func (s raceStep) IsBad() bool { return s.IsLoss() || s.Kind == "insert" }

// Losses returns how many saves did not raise the counter by one.
func (p *racePicture) Losses() (n int) {
	for _, step := range p.Steps {
		if step.IsLoss() {
			n++
		}
	}
	return n
}

// Read returns what the first of the two requests read.
func (p *racePicture) Read() string { return p.Steps[0].After }

// racePictureView is a picture with the page whose texts it uses.
type racePictureView struct {
	web.Page
	*racePicture
}

// Draw returns a picture for the page's template.
func (p *racePage) Draw(picture *racePicture) racePictureView {
	return racePictureView{p.Page, picture}
}

// drawRace merges the steps of two requests in the order in which they happened.
func drawRace(left, right raceRequest) *racePicture {
	p := &racePicture{Left: left.number, Right: right.number}
	for _, e := range left.events {
		p.Steps = append(p.Steps, raceStep{raceEvent: e})
	}
	for _, e := range right.events {
		p.Steps = append(p.Steps, raceStep{raceEvent: e, IsRight: true})
	}
	slices.SortStableFunc(p.Steps, func(a, b raceStep) int { return a.At.Compare(b.At) })
	for i := range p.Steps {
		p.Steps[i].Y = raceTop + raceLine*i
		p.Steps[i].Since = p.Steps[i].At.Sub(p.Steps[0].At)
	}
	return p
}

// raceOverlap draws two requests that both read the same value before either saved: of all such
// pairs, one whose saves were as close together as possible. It returns nil if there is none.
func raceOverlap(done []raceRequest) *racePicture {
	var whole []raceRequest // a read, then a save
	for _, r := range done {
		if len(r.events) == 2 && r.events[0].Kind == "read" && r.events[1].Kind == "save" {
			whole = append(whole, r)
		}
	}
	slices.SortFunc(whole, func(a, b raceRequest) int {
		return cmp.Or(a.events[1].At.Compare(b.events[1].At), cmp.Compare(a.number, b.number))
	})
	for apart := 1; apart < len(whole); apart++ {
		for i := 0; i+apart < len(whole); i++ {
			a, b := whole[i], whole[i+apart]
			if a.events[0].After == b.events[0].After && b.events[0].At.Before(a.events[1].At) {
				return drawRace(a, b)
			}
		}
	}
	return nil
}
