package experiment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// How many cookies are set, and how many of them are Secure.
const (
	numbersTo   = 300
	secureUntil = 10 // the first cookies are Secure
)

// countedClosely lists the ranges in which cookies are set one at a time, because browsers have their bounds there.
var countedClosely = []struct{ from, to int }{{49, 52}, {148, 152}, {178, 184}}

// numberFacts returns the facts about the number of cookies per site.
func numberFacts() []Fact {
	const group = "numbers"
	return []Fact{
		{Name: "persite", Group: group, Section: "6.1", Rule: "50", AtLeast: true, Alone: true, Value: perSite, Steps: func(World) []Step {
			steps := []Step{{Name: "numbers-clear", Path: "passport/numbers/", Clear: true}}
			for i, until := range counts() {
				from := 0
				if i > 0 {
					from = counts()[i-1]
				}
				steps = append(steps, Step{Name: fmt.Sprintf("numbers%d", i), Path: "passport/numbers/", Set: numbered(from, until)})
			}
			return append(steps, Step{Name: "numbers", Path: "passport/numbers/"})
		}},
		{Name: "evicted", Group: group, Section: "5.7", Rule: Insecure, Alone: true, Value: evicted, See: []string{"numbers"}},
	}
}

// counts returns how many cookies have been set after each step.
func counts() (all []int) {
	for n := 10; n <= numbersTo; n += 10 {
		all = append(all, n)
	}
	for _, close := range countedClosely {
		for n := close.from; n < close.to; n++ {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// numbered returns lines for the cookies with these numbers.
func numbered(from, to int) (lines []string) {
	for n := from; n < to; n++ {
		line := fmt.Sprintf("n%d=1", n)
		if n < secureUntil {
			line += "; Secure"
		}
		lines = append(lines, line)
	}
	return lines
}

// refusedOnes returns how many of the Secure cookies the browser refuses here: all or none.
func refusedOnes(r *Result) int {
	if r.Of("numbers1").Has("n0=1") {
		return 0
	}
	return secureUntil
}

// counted returns the numbers of the cookies that came, lowest first.
func counted(o Observation) (all []int) {
	for _, pair := range o.Pairs() {
		var n int
		if _, err := fmt.Sscanf(pair, "n%d=1", &n); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// perSite returns the highest number of cookies that came at once.
func perSite(r *Result, _ Observation) string {
	if !r.Of("numbers").Done {
		return ""
	}
	most := 0
	for _, o := range r.Seen {
		if strings.HasPrefix(o.Step.Name, "numbers") {
			most = max(most, len(counted(o)))
		}
	}
	if most == numbersTo-refusedOnes(r) {
		return "≥ " + strconv.Itoa(most)
	}
	return strconv.Itoa(most)
}

// evicted returns which cookies were missing when some were missing for the first time.
func evicted(r *Result, _ Observation) string {
	if !r.Of("numbers").Done {
		return ""
	}
	counts, refused := counts(), refusedOnes(r)
	for i, set := range counts {
		name := "numbers"
		if i+1 < len(counts) {
			name = fmt.Sprintf("numbers%d", i+1)
		}
		there := counted(r.Of(name))
		if len(there) == set-refused {
			continue
		}
		if len(there) == 0 {
			return Refused
		}
		secure, _ := slices.BinarySearch(there, secureUntil)
		rest := there[secure:]
		switch {
		case len(rest) == 0 || rest[len(rest)-1] != set-1 || rest[len(rest)-1]-rest[0] != len(rest)-1:
			return Others // the newest is missing, or one in between
		case refused == 0 && secure == secureUntil:
			return Insecure
		case secure == 0, rest[0] == secureUntil && there[secure-1] == secureUntil-1:
			return Oldest
		}
		return Others
	}
	return NoneGone
}
