package experiment

import (
	"slices"
	"strings"
)

// Set is a group of cards: each is a question and an experiment that answers it.
type Set struct {
	Name  string // part of the names of its texts
	Cards []Card
}

// Card is an experiment that shows one thing.
type Card struct {
	Experiment
	Outcomes []string // what Judge may return; the draft's outcome comes first
}

// Sets returns the cards in the order in which the page shows them.
func Sets() []Set {
	return []Set{{"basics", basics()}, {"strange", strange()}, {"useful", useful()}}
}

// cards returns the experiments of all cards.
func cards() (all []Experiment) {
	for _, set := range Sets() {
		for _, card := range set.Cards {
			all = append(all, card.Experiment)
		}
	}
	return all
}

// card makes a card. A run that ended early is judged "unfinished". If no cookie came back and "none" is not among
// the outcomes, it is judged "nothing".
func card(name string, outcomes []string, needs []Place, steps func(World) []Step, judge func(*Result) string) Card {
	return Card{
		Experiment: Experiment{
			Name: name, Needs: needs, Steps: steps,
			Judge: func(r *Result) string {
				if r.Stopped || slices.ContainsFunc(r.Seen, func(o Observation) bool { return o.Step.Name != "" && !o.Done && o.Trouble == "" }) {
					return "unfinished"
				}
				if !slices.Contains(outcomes, "none") && !slices.ContainsFunc(r.Seen, func(o Observation) bool { return o.Cookie != "" }) {
					return "nothing"
				}
				return judge(r)
			},
		},
		Outcomes: outcomes,
	}
}

// either returns one if so is true, and other if not.
func either(so bool, one, other string) string {
	if so {
		return one
	}
	return other
}

// fixed returns a function for steps that are the same in every world.
func fixed(steps ...Step) func(World) []Step {
	return func(World) []Step { return slices.Clone(steps) }
}

// names returns the names of the cookies that came, in order.
func (o Observation) names() string {
	var names []string
	for _, pair := range o.Pairs() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
