package experiment

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/cookie"
)

// follow does the steps of a run as a browser with that profile would.
func follow(t *testing.T, run *Run, profile cookie.Profile, now *time.Time) {
	t.Helper()
	jar := cookie.NewJar(profile, func() time.Time { return *now })
	at, arrived := &url.URL{Scheme: "http", Host: run.World.Hosts[Own], Path: "/try/"}, (*Report)(nil)
	for {
		place, known := run.PlaceOf(at.Host)
		if !known {
			t.Fatalf("at %s", at)
		}
		if arrived != nil {
			run.Did(*arrived)
		}
		task := run.Next(place, at.Path)
		if task.Go != "" {
			to, err := url.Parse(task.Go)
			if err != nil {
				t.Fatal(err)
			}
			if to.Path == "/cookie/lab/" {
				return
			}
			at, arrived = to, nil
			continue
		}
		arrived = &Report{Step: task.Step}
		switch task.Do {
		case Write:
			for _, line := range task.Lines {
				jar.Set(at, line, cookie.Request{Script: true})
			}
		case Read, Store:
			arrived.Text, _ = jar.Header(at, cookie.Request{Script: true})
			for _, c := range jar.Of(at.Hostname()) {
				if ends := float64(c.Expires.UnixMilli()); c.Persistent() && task.Do == Store {
					arrived.Items = append(arrived.Items, Item{c.Name, &ends})
				}
			}
		case Enabled:
			arrived.Text = "true"
		case Wait:
			*now = now.Add(time.Duration(task.Millisecond) * time.Millisecond)
		default:
			if page := request(t, run, task, jar, at); page != nil {
				at, arrived = page, nil
			}
		}
	}
}

// request sends the request of a task from the page at, and keeps the cookies of the response. If the response is the
// page in which the run continues, request returns its address.
func request(t *testing.T, run *Run, task Task, jar *cookie.Jar, at *url.URL) (page *url.URL) {
	t.Helper()
	method := map[Action]string{FormPost: http.MethodPost, Beacon: http.MethodPost}[task.Do]
	request := httptest.NewRequest(orElse(method, http.MethodGet), task.URL, nil)
	to := *request.URL
	how := cookie.Request{Method: request.Method, Initiator: at, Subresource: task.Do.inside()}
	if header, _ := jar.Header(&to, how); header != "" && task.Do != Bare {
		request.Header.Set("Cookie", header)
	}
	answer, ok := run.Arrive(task.Step, request)
	if !ok {
		t.Fatalf("%s is of no step", task.URL)
	}
	if answer.Clear {
		jar.Clear()
	}
	for _, line := range answer.Set {
		jar.Set(&to, line, how)
	}
	if answer.Page {
		return &to
	}
	return nil
}

// TestCards lets browsers of all profiles try all cards. The draft's own profile never differs from the draft.
func TestCards(t *testing.T) {
	// Browsers in which the outcome is not the first one.
	others := map[string]map[string]string{
		"rfc":      {"partitioned": "same"}, // the draft does not have it
		"chromium": {"order": "other", "eviction": "evicted"},
		"firefox":  {"eviction": "evicted", "samesite-default": "everywhere", "two-minutes": "stays", "samesite-none": "kept"},
		"safari":   {"two-minutes": "stays", "samesite-none": "kept", "secure-http": "none", "partitioned": "none", "secure-overwrite": "none", "host-prefix": "none"},
	}
	// Where they differ from the draft, and where it leaves that to them, as in the passport.
	judgements := map[string]map[string]string{
		"chromium": {"control": "differs", "order": "differs", "eviction": "left", "partitioned": "left"},
		"firefox":  {"control": "differs", "samesite-default": "differs", "samesite-none": "differs", "two-minutes": "differs", "eviction": "left", "partitioned": "left"},
		"safari": {"samesite-none": "differs left", "two-minutes": "differs", "host-prefix": "left", "partitioned": "left", "secure-http": "left",
			"secure-overwrite": "left"},
	}
	draft := Draft()
	draft.Name = "rfc"
	browsers := []cookie.Profile{draft, cookie.Chromium(), cookie.Firefox(), cookie.Safari()}
	world := testWorld()
	world.Hosts = map[Place]string{Own: "a.lab.localhost:1", Sibling: "b.lab.localhost:1", Parent: "lab.localhost:1", Below: "x.a.lab.localhost:1", Other: "other.localhost:1", Port: "a.lab.localhost:2"}
	for _, set := range Sets() {
		for _, card := range set.Cards {
			for _, profile := range browsers {
				t.Run(card.Name+"/"+profile.Name, func(t *testing.T) {
					now := time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)
					runner := NewRunner(func() time.Time { return now })
					run, err := runner.Start(Order{Experiment: card.Experiment, World: world, Visitor: "v", Client: netip.IPv6Loopback(), Back: "/cookie/lab/"})
					if err != nil {
						t.Fatal(err)
					}
					if saw := card.Judge(run.Result()); saw != "unfinished" {
						t.Errorf("%q before it began", saw)
					}
					follow(t, run, profile, &now)
					r := run.Result()
					want := card.Outcomes[0]
					if other := others[profile.Name][card.Name]; other != "" {
						want = other
					}
					saw := card.Judge(r)
					if saw != want || !slices.Contains(card.Outcomes, saw) {
						t.Errorf("%q, want %q of %q\n%s", saw, want, card.Outcomes, told(r))
					}
					judged := strings.Trim(either(r.Differs(), "differs", "")+" "+either(slices.ContainsFunc(r.Seen, Observation.Left), "left", ""), " ")
					if want := judgements[profile.Name][card.Name]; judged != want {
						t.Errorf("beside the draft: %q, want %q\n%s", judged, want, told(r))
					}
				})
			}
			t.Run(card.Name+"/no cookies", func(t *testing.T) {
				r := &Result{World: world}
				for _, step := range card.Steps(world) {
					r.Seen = append(r.Seen, Observation{Step: step, Done: true})
				}
				if saw := card.Judge(r); saw != "nothing" && saw != "none" {
					t.Errorf("%q of %q", saw, card.Outcomes)
				}
			})
		}
	}
}

func told(r *Result) string {
	var lines []string
	for _, o := range r.Seen {
		lines = append(lines, cut(o.Step.Name+": "+o.Cookie, 200)+" | draft: "+cut(o.Draft, 200))
	}
	return strings.Join(lines, "\n")
}

// Every name belongs to only one experiment.
func TestNames(t *testing.T) {
	seen := map[string]bool{LineName: true}
	for _, e := range All() {
		if seen[e.Name] {
			t.Errorf("two are called %s", e.Name)
		}
		seen[e.Name] = true
		if found, ok := Find(e.Name); !ok || found.Name != e.Name {
			t.Errorf("%s is not found", e.Name)
		}
	}
}
