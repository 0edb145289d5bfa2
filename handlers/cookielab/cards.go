package cookielab

import (
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
)

// cardSet is a set of cards as the page shows it.
type cardSet struct {
	Name  string
	Cards []*cardView
}

// cardView is a card with its result.
type cardView struct {
	observations
	Name  string
	Needs string   // the places that it needs
	Alone bool     // it would delete the lab's own cookies
	Lines []string // that it makes the server set
	Open  bool
	Saw   string // the outcome, or "" before the first try
	Came  int    // how many cookies the last request brought
	Show  string // the request that shows most
}

// cards returns all sets with the visitor's results. The query parameter card names the one to open.
func (l *Lab) cards(c *gin.Context, page labPage) (sets []cardSet) {
	all := []string{}
	for _, p := range experiment.Places() {
		all = append(all, string(p))
	}
	world := l.places.world(c, all)
	for _, set := range experiment.Sets() {
		shown := cardSet{Name: set.Name}
		for _, card := range set.Cards {
			view := &cardView{observations: observations{page, l.runs.last(c, card.Name)}, Name: card.Name, Alone: card.Alone, Open: c.Query("card") == card.Name}
			for _, place := range card.Needs {
				view.Needs = strings.TrimSpace(view.Needs + " " + string(place))
			}
			switch {
			case card.Alone && !world.Spare(experiment.Own):
				view.Needs = "nothing" // no browser can reach what it needs from here
			case card.Alone:
				view.Needs = strings.TrimSpace(view.Needs + " " + string(experiment.Own))
			}
			view.Lines = linesOf(card.Steps(world))
			if view.Result != nil {
				view.Saw = card.Judge(view.Result)
				view.Came = len(view.Result.Seen[len(view.Result.Seen)-1].Pairs())
				view.Show = mostTelling(view.Result)
			}
			shown.Cards = append(shown.Cards, view)
		}
		sets = append(sets, shown)
	}
	return sets
}

// linesOf returns the lines that steps set, as they are typed, up to a readable number.
func linesOf(steps []experiment.Step) (lines []string) {
	const most = 8
	for _, step := range steps {
		for _, line := range step.Set {
			if len(lines) == most {
				return append(lines, "…")
			}
			lines = append(lines, shorten(experiment.Escape(line)))
		}
	}
	return lines
}

// mostTelling returns the request that differs from the draft, or the last one if none does.
func mostTelling(r *experiment.Result) (show string) {
	for _, o := range r.Seen {
		if o.Target == "" {
			continue
		}
		show = o.Method + " " + o.Target
		if o.Differs() {
			break
		}
	}
	return show
}
