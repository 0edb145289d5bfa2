package cookielab

import (
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// cardSet is a set of cards as the page shows it.
type cardSet struct {
	Name  string
	Cards []*cardView
}

// cardView is a card, and what came of it.
type cardView struct {
	observations
	Name  string
	Needs string   // the places that it cannot do without
	Alone bool     // it would throw out the lab's cookies
	Lines []string // that it has the server set
	Open  bool
	Saw   string // the outcome; "" before it was tried
	Came  int    // how many cookies the last request brought
	Show  string // the exchange that tells most
}

// cards are all of them, with the visitor's results. The query card names the one to open.
func (l *Lab) cards(c *gin.Context, page web.Page) (sets []cardSet) {
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
				view.Needs = "nothing" // that any browser would reach from here
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

// linesOf are the lines that steps set, as they are typed, as many as anybody reads.
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

// mostTelling is the request that differs from the draft or, if none does, the last one.
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
