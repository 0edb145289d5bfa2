package experiment

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// jarOf returns the draft's jar after the visitor's last run of lines.
func jarOf(t *testing.T, runner *Runner) string {
	t.Helper()
	r := runner.Last("v", LineName)
	if r == nil {
		t.Fatal("no result")
	}
	var pairs []string
	for _, c := range r.Jar {
		pairs = append(pairs, c.String())
	}
	return strings.Join(pairs, "; ")
}

// Lines add up until another experiment is tried, or everything is wiped.
func TestLines(t *testing.T) {
	runner := NewRunner(time.Now)
	jars := map[string][]string{}
	try := func(e Experiment) []string {
		t.Helper()
		b := start(t, runner, "v", e)
		b.jars = jars
		if b.goes(200) == "" {
			t.Fatal("never came back")
		}
		return b.log
	}
	if log := try(Line("a=1; Path=/")); log[0] != "own fetch " {
		t.Errorf("a first line begins with %q: what others left stays", log[0])
	}
	if log := try(Line("b=2")); log[0] != "own link " || jarOf(t, runner) != "a=1; b=2" {
		t.Errorf("the second begins with %q, and there is %q", log[0], jarOf(t, runner))
	}
	r := runner.Last("v", LineName)
	if sent := r.Sent(); !slices.Equal(sent, []string{"b=2"}) {
		t.Errorf("sent %q", sent)
	}
	if o := r.Of("path"); o.Draft != "a=1" || o.Cookie != "a=1; b=2" || !o.Differs() { // in a browser that ignores paths
		t.Errorf("other path: %+v", o)
	}
	try(Line(deletions(t, r, "a=1")...))
	if got := jarOf(t, runner); got != "b=2" || slices.Contains(jars["a.lab.localhost"], "a=1") {
		t.Errorf("after deleting: %q, the browser has %q", got, jars)
	}
	try(Experiment{Name: "card", Steps: steps(Step{Name: "set", Set: []string{"c=3"}})})
	try(Line("d=4"))
	if got := jarOf(t, runner); got != "d=4" {
		t.Errorf("after another experiment there is %q", got)
	}
	log := try(Wipe())
	for _, place := range []string{"own", "sibling", "other"} {
		if !slices.Contains(log[:3], place+" fetch ") {
			t.Errorf("wiping did %q", log)
		}
	}
	if got := jarOf(t, runner); got != "" || len(jars["a.lab.localhost"]) > 0 || runner.Last("v", LineName).Sent() != nil {
		t.Errorf("wiping left %q, %q", got, jars)
	}
}

// deletions returns the lines that delete a cookie of the draft's jar.
func deletions(t *testing.T, r *Result, pair string) (lines []string) {
	t.Helper()
	for _, c := range r.Jar {
		if c.String() == pair {
			lines = append(lines, c.Deletion())
		}
	}
	return lines
}
