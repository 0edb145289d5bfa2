package experiment

import (
	"slices"
	"strings"
)

// Set is a group of cards: a question each, and an experiment that answers it.
type Set struct {
	Name  string // of its texts
	Cards []Card
}

// Card is an experiment that shows one thing.
type Card struct {
	Experiment
	Outcomes []string // what Judge may say; the first is what the draft would do
}

// Sets are the cards, in the order in which they are shown.
func Sets() []Set {
	return []Set{{"basics", basics()}, {"strange", strange()}, {"useful", useful()}}
}

func cards() (all []Experiment) {
	for _, set := range Sets() {
		for _, card := range set.Cards {
			all = append(all, card.Experiment)
		}
	}
	return all
}

// card makes a card. A run that did not get so far is judged "unfinished", and one in which no cookie
// came back, where that is none of the outcomes, "nothing".
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

// either says the one if something is so, and else the other.
func either(so bool, one, other string) string {
	if so {
		return one
	}
	return other
}

// fixed are steps that are the same in every world.
func fixed(steps ...Step) func(World) []Step {
	return func(World) []Step { return slices.Clone(steps) }
}

// names are those of the cookies that came, in their order.
func (o Observation) names() string {
	var names []string
	for _, pair := range o.Pairs() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
