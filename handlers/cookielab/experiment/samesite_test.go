package experiment

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A browser that keeps everything makes all requests: first those that need no other page. Each has a path of its own.
func TestSameSiteSteps(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	runner := NewRunner(func() time.Time { return now })
	first := start(t, runner, "v", SameSite())
	first.goes(100)
	result := runner.Last("v", SameSiteName)
	paths := map[string]bool{}
	for _, request := range SameSiteRequests() {
		o := result.Of(request.Name)
		if o.Done == (request.Do == Typed) {
			t.Errorf("%s: done is %v", request.Name, o.Done)
		}
		if paths[o.Step.Path] {
			t.Errorf("%s has the path of another", request.Name)
		}
		paths[o.Step.Path] = true
	}
	if got := result.Of(SameSiteKept); !slices.Equal(got.Pairs(), []string{"none=1", "lax=1", "strict=1", "unset=1"}) {
		t.Errorf("kept: %s", got.Cookie)
	}
	if got := result.Of("typed").Hand; !strings.HasPrefix(got, "http://a.lab.localhost:7377/try/sites/typed?run=") {
		t.Errorf("to be typed: %s", got)
	}

	if wait := result.Ripe().Sub(now); wait != 2*time.Minute {
		t.Errorf("the second run comes after %v", wait)
	}
	now = result.Ripe()
	late := start(t, runner, "v", SameSiteLate())
	late.jars = first.jars
	late.goes(100)
	draft := func(r *Result, request, cookie string) bool {
		return slices.Contains(strings.Split(r.Of(request).Draft, "; "), cookie+"=1")
	}
	again := runner.Last("v", SameSiteLateName)
	for _, test := range []struct {
		request, cookie string
		fresh, late     bool
	}{
		{"link", "unset", true, true},
		{"link", "strict", false, false},
		{"image", "lax", false, false},
		{"image", "none", true, true},
		{"sibling", "strict", true, true},
		{"return", "strict", true, true},
		{"redirect", "strict", false, false},
	} {
		if fresh, late := draft(result, test.request, test.cookie), draft(again, test.request, test.cookie); fresh != test.fresh || late != test.late {
			t.Errorf("%s, %s: %v, and later %v", test.request, test.cookie, fresh, late)
		}
	}
}

func TestJudgeDomain(t *testing.T) {
	seen := func(step, header string) Observation {
		return Observation{Step: Step{Name: step}, Done: true, Cookie: header}
	}
	for _, test := range []struct {
		name, apart, shared, taken, want string
	}{
		{"as all browsers do", "", "shared=alice", "who=alice; shared=bob", "taken"},
		{"no Domain at all", "", "", "who=alice; shared=alice", "separate"},
		{"host-only means nothing", "who=alice", "who=alice; shared=alice", "shared=bob", "leaks"},
		{"half of it", "", "shared=alice", "who=alice; shared=alice", "unclear"},
	} {
		r := &Result{Seen: []Observation{seen("apart", test.apart), seen("shared", test.shared), seen("taken", test.taken)}}
		if got := judgeDomain(r); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if got := judgeDomain(&Result{}); got != "unclear" {
		t.Errorf("nothing seen: %s", got)
	}
}

func TestExperimentNames(t *testing.T) {
	seen := map[string]bool{LineName: true}
	for _, e := range All() {
		if seen[e.Name] {
			t.Errorf("two experiments are called %s", e.Name)
		}
		seen[e.Name] = true
	}
}
