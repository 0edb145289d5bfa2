package experiment

import (
	"slices"
	"strconv"
	"strings"
)

// PassportName is the name of the experiment that measures all facts.
const PassportName = "passport"

// Fact describes one thing to know about a browser and how to measure it. Either its Lines are in one response with
// those of the other facts in its group, and the same address is requested again; or it has Steps of its own.
type Fact struct {
	Name    string // part of the names of its texts
	Group   string
	Source  string // the document with the rule; "" means the draft
	Section string // of that document
	Rule    string // the value that the rule asks for; "" means what the draft's jar does
	Open    bool   // the draft leaves it to the browser
	AtLeast bool   // a higher value is right, too
	AtMost  bool   // a lower value is right, too
	Alone   bool   // measuring it would evict cookies of others on the same site
	Trusted bool   // only works over https or on this machine
	Untried string // why it cannot be measured here at all, as the end of a text's name
	Needs   []Place
	Lines   []string
	Steps   func(World) []Step
	See     []string // steps of other facts that also show it

	// Value returns what the browser did: a number, a word of Words, or what came; "" if that is unknown. came is the
	// request of the group's address.
	Value func(r *Result, came Observation) string
}

// Facts returns all facts of the passport, in the order in which they are measured.
func Facts() []Fact {
	return slices.Concat(characterFacts(), lifeFacts(), sizeFacts(), nameFacts(), whereFacts(), siteFacts(), scriptFacts(), numberFacts())
}

// FactGroups returns the groups of facts, in the order in which the page shows them.
func FactGroups() []string {
	return []string{"sizes", "numbers", "life", "characters", "prefixes", "where", "sites", "scripts"}
}

// Passport returns an experiment that measures all facts in one run.
func Passport() Experiment {
	return Experiment{Name: PassportName, Long: true, Steps: func(w World) (all []Step) {
		lines := map[string][]string{}
		for _, f := range Facts() {
			lines[f.Group] = append(lines[f.Group], f.Lines...)
		}
		for _, f := range Facts() {
			if set := lines[f.Group]; len(set) > 0 {
				all = append(all, Step{Name: f.Group + "-set", Path: groupPath(f.Group), Set: set}, Step{Name: f.Group, Path: groupPath(f.Group)})
				delete(lines, f.Group)
			}
			if f.Steps != nil && f.missing(w) == "" {
				all = append(all, f.Steps(w)...)
			}
		}
		return all
	}}
}

// groupPath returns the group's own folder, to which no other group's cookies are sent.
func groupPath(group string) string { return "passport/" + group + "/" }

// missing returns why a fact cannot be measured in a world, or "".
func (f Fact) missing(w World) string {
	switch {
	case f.Untried != "":
		return f.Untried
	case f.Alone && !w.Spare(Own):
		return "alone"
	case f.Trusted && !w.Trusted():
		return "trusted"
	}
	for _, p := range f.Needs {
		if !w.Has(p) {
			return "place"
		}
	}
	return ""
}

// Measured holds a fact and what the browser did.
type Measured struct {
	Fact    Fact
	Value   string // "" if it was not measured
	Draft   string // what the draft or the fact's other document says; "" if nothing
	Missing string // why it was not measured, as the end of a text's name
}

// Finding reports whether the browser broke the rule.
func (m Measured) Finding() bool {
	if m.Value == "" || m.Value == Untold || m.Value == NoneGone || m.Draft == "" || m.Fact.Open {
		return false
	}
	got, err := strconv.Atoi(strings.TrimPrefix(m.Value, "≥ "))
	bound, wrong := strconv.Atoi(m.Draft)
	if err == nil && wrong == nil && (m.Fact.AtLeast && got >= bound || m.Fact.AtMost && got <= bound) {
		return false
	}
	return m.Value != m.Draft
}

// Seen returns the observations from which the fact's value was taken.
func (m Measured) Seen(r *Result) (seen []Observation) {
	names := map[string]bool{}
	for _, name := range m.Fact.See {
		names[name] = true
	}
	if len(m.Fact.Lines) > 0 {
		names[m.Fact.Group] = true
	}
	if m.Fact.Steps != nil && m.Fact.missing(r.World) == "" {
		for _, s := range m.Fact.Steps(r.World) {
			names[s.Name] = true
		}
	}
	for _, o := range r.Seen {
		if o.Step.Name != "" && names[o.Step.Name] {
			seen = append(seen, o)
		}
	}
	return seen
}

// About returns the cookies that came and that this fact has set. The group's address also gets those of other facts.
func (m Measured) About(o Observation) []string {
	pairs := o.Pairs()
	if o.Step.Name != m.Fact.Group {
		return pairs
	}
	return slices.DeleteFunc(pairs, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return !slices.ContainsFunc(m.Fact.Lines, func(line string) bool {
			return strings.HasPrefix(strings.TrimPrefix(line, "="), name)
		})
	})
}

// Measure returns the facts that a result of Passport shows.
func Measure(r *Result) (all []Measured) {
	draft := r.asDraft()
	for _, f := range Facts() {
		m := Measured{Fact: f, Draft: f.Rule, Missing: f.missing(r.World)}
		if m.Missing == "" {
			m.Value = f.Value(r, r.Of(f.Group))
			if f.Source == "" && f.Rule == "" {
				m.Draft = f.Value(draft, draft.Of(f.Group))
			}
			if m.Value == "" {
				m.Missing = "never"
			}
		}
		all = append(all, m)
	}
	return all
}

// asDraft returns the result that the run would have had in a browser that follows the draft.
func (r *Result) asDraft() *Result {
	draft := *r
	draft.Seen = slices.Clone(r.Seen)
	for i := range draft.Seen {
		draft.Seen[i].Cookie = draft.Seen[i].Draft
	}
	return &draft
}
