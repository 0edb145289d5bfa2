package experiment

import (
	"slices"
	"strconv"
	"strings"
)

// PassportName is the name of the experiment that measures all facts.
const PassportName = "passport"

// Fact is one thing to know of a browser, and how it is measured. There are two
// ways: its Lines are in one answer with those of its group's other facts, and the
// same address is asked again; or it has Steps of its own.
type Fact struct {
	Name    string // of its text
	Group   string
	Source  string // which document has the rule; "" is the draft
	Section string // of it
	Rule    string // the value that it asks for; "": what the draft's jar does
	Open    bool   // the draft leaves it to the browser
	AtLeast bool   // more than the rule is right, too
	AtMost  bool   // less is
	Alone   bool   // measuring it would throw out cookies of others on the same site
	Trusted bool   // only https and this machine have it
	Untried string // why it cannot be measured here at all, the end of a text's name
	Needs   []Place
	Lines   []string
	Steps   func(World) []Step
	See     []string // further steps, of other facts, that tell it

	// Value is what the browser did: a number, a word of Words, or what came; "" if
	// that is not to be known. came is what the group's address was asked with.
	Value func(r *Result, came Observation) string
}

// Facts are all of the passport, in the order in which they are measured.
func Facts() []Fact {
	return slices.Concat(characterFacts(), lifeFacts(), sizeFacts(), nameFacts(), whereFacts(), siteFacts(), scriptFacts(), numberFacts())
}

// FactGroups are the groups of facts, in the order in which they are shown.
func FactGroups() []string {
	return []string{"sizes", "numbers", "life", "characters", "prefixes", "where", "sites", "scripts"}
}

// Passport measures all facts in one run.
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

// groupPath is a folder of the group's own, so that no other group's cookies go there.
func groupPath(group string) string { return "passport/" + group + "/" }

// missing says why a fact cannot be measured in a world, "" if it can.
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

// Measured is a fact with what the browser did.
type Measured struct {
	Fact    Fact
	Value   string // "" if it was not measured
	Draft   string // what the draft says, or the fact's other document; "" if nothing
	Missing string // why it was not measured, the end of a text's name
}

// Finding tells whether the browser did something else than it should.
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

// Seen are the observations that a fact's value is from.
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

// About are the cookies that came and that the fact has set: with its group's address
// come those of others, too.
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

// Measure reads the facts off a result of Passport.
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

// asDraft is what the run would have brought if the browser did what the draft says.
func (r *Result) asDraft() *Result {
	draft := *r
	draft.Seen = slices.Clone(r.Seen)
	for i := range draft.Seen {
		draft.Seen[i].Cookie = draft.Seen[i].Draft
	}
	return &draft
}
