package experiment

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sessionlab/cookie"
	"sessionlab/internal/web"
)

// passportOf makes a passport with a browser of that profile.
func passportOf(t *testing.T, w World, profile cookie.Profile) *Result {
	t.Helper()
	now := time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)
	runner := NewRunner(func() time.Time { return now })
	run, err := runner.Start(Order{Experiment: Passport(), World: w, Visitor: "v", Back: "/cookie/lab/"})
	if err != nil {
		t.Fatal(err)
	}
	follow(t, run, profile, &now)
	return run.Result()
}

func allPlaces() World {
	return World{Scheme: "http", Home: "localhost:7377", Hosts: map[Place]string{
		Own: "a.lab.localhost:7377", Sibling: "b.lab.localhost:7377", Parent: "lab.localhost:7377", Below: "x.a.lab.localhost:7377",
		Other: "other.localhost:7377", Port: "a.lab.localhost:7378", Address: "127.0.0.1:7377",
	}}
}

// A browser that follows the draft has no findings, and Chromium's profile predicts what Chromium does.
func TestPassportOfProfiles(t *testing.T) {
	draft := Draft()
	draft.Name = "rfc"
	for _, test := range []struct {
		profile  cookie.Profile
		findings string
		values   map[string]string
	}{
		{draft, "partitioned fetchsite fetchdest originown originother", map[string]string{"persite": "≥ 300", "pair": "4096", "attribute": "1024", "twodigits": "70"}},
		{cookie.Chromium(), "tab ambiguous plus lastage ordinal renewed fetchsite fetchdest originown originother", map[string]string{"persite": "180", "evicted": Insecure, "frameset": Sent, "partitioned": Apart}},
		{cookie.Firefox(), "tab noneinsecure unsetimage oddimage fetchsite fetchdest originown originother", map[string]string{"persite": "180", "secure": Kept}},
		{cookie.Safari(), "", map[string]string{"secure": Refused, "hosttrue": Refused, "framenone": NotSent, "persite": "≥ 290", "evicted": NoneGone}},
	} {
		t.Run(test.profile.Name, func(t *testing.T) {
			var findings []string
			values := map[string]string{}
			for _, m := range Measure(passportOf(t, allPlaces(), test.profile)) {
				values[m.Fact.Name] = m.Value
				if m.Finding() {
					findings = append(findings, m.Fact.Name)
				}
			}
			if got := strings.Join(findings, " "); test.findings != "" && got != test.findings {
				t.Errorf("findings %s, want %s", got, test.findings)
			}
			for name, want := range test.values {
				if values[name] != want {
					t.Errorf("%s: %q, want %q", name, values[name], want)
				}
			}
		})
	}
}

// In every world, a passport has a value for every fact or says why not.
func TestPassportOfEveryWorld(t *testing.T) {
	for _, test := range []struct {
		name    string
		world   World
		missing map[string]int
	}{
		{"all places", allPlaces(), map[string]int{"suffix": 1, "scheme": 1}},
		{"no other place", World{Scheme: "http", Home: "a.lab.localhost:1", Hosts: map[Place]string{Own: "a.lab.localhost:1"}},
			map[string]int{"suffix": 1, "scheme": 1, "place": 19, "alone": 3}},
		{"a LAN", World{Scheme: "http", Home: "lab.local", Hosts: map[Place]string{Own: "lab.local", Other: "192.0.2.1"}},
			map[string]int{"suffix": 1, "scheme": 1, "place": 6, "alone": 3, "trusted": 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			missing := map[string]int{}
			r := passportOf(t, test.world, cookie.Chromium())
			for _, m := range Measure(r) {
				if m.Value == "" != (m.Missing != "") {
					t.Errorf("%s: value %q, missing %q", m.Fact.Name, m.Value, m.Missing)
				}
				if m.Missing == "never" {
					t.Errorf("%s: nothing came", m.Fact.Name)
				}
				if m.Missing != "" {
					missing[m.Missing]++
				}
				if m.Missing == "" && len(m.Seen(r)) == 0 && m.Fact.Name != "localhosts" {
					t.Errorf("%s: nothing says how it was measured", m.Fact.Name)
				}
			}
			for why, count := range test.missing {
				if missing[why] != count {
					t.Errorf("%d facts are missing for %s, want %d", missing[why], why, count)
				}
				delete(missing, why)
			}
			if len(missing) > 0 {
				t.Errorf("also missing: %v", missing)
			}
		})
	}
}

// The names of facts, steps and cookies must not be confused with one another.
func TestPassportNames(t *testing.T) {
	facts, groups, steps := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range Facts() {
		if facts[f.Name] {
			t.Errorf("two facts called %s", f.Name)
		}
		facts[f.Name] = true
		if !strings.Contains(strings.Join(FactGroups(), " "), f.Group) {
			t.Errorf("%s is in no group that is shown: %s", f.Name, f.Group)
		}
		groups[f.Group] = true
	}
	if len(groups) != len(FactGroups()) {
		t.Errorf("%d groups, %d are shown", len(groups), len(FactGroups()))
	}
	w := testWorld()
	for _, p := range Places() {
		w.Hosts[p] = string(p) + ".lab.localhost"
	}
	for _, s := range Passport().Steps(w) {
		if s.Name == "" || steps[s.Name] {
			t.Errorf("two steps called %q", s.Name)
		}
		steps[s.Name] = true
		for _, line := range s.Set {
			if web.Reserved(line) || strings.ContainsAny(line, "\r\n\x00") {
				t.Errorf("%s: %q cannot be sent", s.Name, line)
			}
		}
	}
	for _, f := range Facts() {
		for _, name := range f.See {
			if !steps[name] {
				t.Errorf("%s is seen from %s, which is no step", f.Name, name)
			}
		}
	}
}

func TestFinding(t *testing.T) {
	for _, test := range []struct {
		m    Measured
		want bool
	}{
		{Measured{Value: Kept, Draft: Kept}, false},
		{Measured{Value: Kept, Draft: Refused}, true},
		{Measured{Value: Kept, Draft: Refused, Fact: Fact{Open: true}}, false},
		{Measured{Value: "", Draft: Refused}, false},
		{Measured{Value: Untold, Draft: "400"}, false},
		{Measured{Value: NoneGone, Draft: Insecure}, false},
		{Measured{Value: "180", Draft: "50", Fact: Fact{AtLeast: true}}, false},
		{Measured{Value: "≥ 300", Draft: "50", Fact: Fact{AtLeast: true}}, false},
		{Measured{Value: "49", Draft: "50", Fact: Fact{AtLeast: true}}, true},
		{Measured{Value: "7", Draft: "400", Fact: Fact{AtMost: true}}, false},
		{Measured{Value: "3650", Draft: "400", Fact: Fact{AtMost: true}}, true},
	} {
		if got := test.m.Finding(); got != test.want {
			t.Errorf("%q where the rule is %q: %v", test.m.Value, test.m.Draft, got)
		}
	}
}

func TestLadder(t *testing.T) {
	for most, want := range map[int]string{0: "< 5", 5: "5–9", 10: "10", 11: "11–19", 20: "≥ 20"} {
		if got := ladder([]int{5, 10, 11, 20}, func(n int) bool { return n <= most }); got != want {
			t.Errorf("up to %d: %s, want %s", most, got, want)
		}
	}
}

// There is room for the passports of a class of fifty at once.
func TestPassportSize(t *testing.T) {
	now := time.Now()
	runner := NewRunner(func() time.Time { return now })
	run, err := runner.Start(Order{Experiment: Passport(), World: allPlaces(), Visitor: "v", Back: "/cookie/lab/"})
	if err != nil {
		t.Fatal(err)
	}
	follow(t, run, cookie.Chromium(), &now)
	if size := run.size(); size > maxBytes/50 {
		t.Errorf("a passport takes %d bytes", size)
	}
}

// A file that was written can be read again; anything unlike it is refused.
func TestReadPassport(t *testing.T) {
	file := NewPassportFile(passportOf(t, allPlaces(), cookie.Chromium()), "Firefox 140 · Linux", "dev")
	good, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadPassport(strings.NewReader(string(good)))
	if err != nil || len(read.Facts) != len(file.Facts) || read.Browser != file.Browser || !read.Date.Equal(file.Date) {
		t.Errorf("read back: %v", err)
	}
	change := func(old, new string) string {
		changed := strings.Replace(string(good), old, new, 1)
		if changed == string(good) {
			t.Errorf("nothing to change: %s", old)
		}
		return changed
	}
	for name, text := range map[string]string{
		"empty": "", "null": "null", "a list": "[]", "half": string(good[:len(good)/2]),
		"more after it":      string(good) + "{}",
		"another version":    change(`"sessionlab_passport":1`, `"sessionlab_passport":2`),
		"an unknown field":   change(`"lab":`, `"labs":`),
		"a number":           change(`"browser":"Firefox 140 · Linux"`, `"browser":140`),
		"a long text":        change(`Firefox`, strings.Repeat("x", maxText+1)),
		"a line break":       change(`Firefox`, `Fire\nfox`),
		"a bidi character":   change(`Firefox`, "Fire\u202efox"),
		"no UTF-8":           change(`Firefox`, "Fire\xfffox"),
		"a strange name":     change(`"name":"tab"`, `"name":"<tab>"`),
		"the same name":      change(`"name":"tab"`, `"name":"utf8"`),
		"a strange reason":   change(`"missing":"suffix"`, `"missing":"a b"`),
		"too many facts":     change(`"facts":[`, `"facts":[`+strings.Repeat(`{"name":"a"},`, maxFacts)),
		"no facts":           `{"sessionlab_passport":1,"date":"2026-11-26T00:00:00Z","facts":[]}`,
		"no date":            `{"sessionlab_passport":1,"facts":[{"name":"a"}]}`,
		"a wrong date":       `{"sessionlab_passport":1,"date":"soon","facts":[{"name":"a"}]}`,
		"too large":          string(good) + strings.Repeat(" ", MaxPassport),
		"deep in each other": strings.Repeat("[", 10_000),
	} {
		if _, err := ReadPassport(strings.NewReader(text)); err != ErrPassport {
			t.Errorf("%s: %v", name, err)
		}
	}
}
