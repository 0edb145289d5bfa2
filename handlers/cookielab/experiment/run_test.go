package experiment

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// browser does what the script of an experiment's page does, with a jar that keeps everything.
type browser struct {
	t    *testing.T
	run  *Run
	at   *url.URL
	jars map[string][]string // the pairs of each host
	log  []string            // the names of the steps that were done
}

func (b *browser) arrive(method, address string) Answer {
	b.t.Helper()
	request := httptest.NewRequest(method, address, nil)
	if pairs := b.jars[request.URL.Hostname()]; len(pairs) > 0 {
		request.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
	answer, ok := b.run.Arrive(number(b.t, request), request)
	if !ok {
		b.t.Fatalf("%s %s is of no step", method, address)
	}
	for _, line := range answer.Set {
		pair, _, _ := strings.Cut(line, ";")
		host := request.URL.Hostname()
		b.jars[host] = slices.DeleteFunc(b.jars[host], func(old string) bool {
			return strings.HasPrefix(old, pair[:strings.Index(pair, "=")+1])
		})
		if !strings.Contains(line, "Max-Age=0") {
			b.jars[host] = append(b.jars[host], pair)
		}
	}
	if answer.Redirect != "" {
		return b.arrive(http.MethodGet, answer.Redirect)
	}
	return answer
}

func number(t *testing.T, request *http.Request) (n int) {
	t.Helper()
	for _, digit := range request.URL.Query().Get("step") {
		n = 10*n + int(digit-'0')
	}
	return n
}

// goes continues until the run is back, for at most so many tasks.
func (b *browser) goes(most int) (back string) {
	b.t.Helper()
	var report *Report
	for range most {
		place, known := b.run.PlaceOf(b.at.Host)
		if !known {
			b.t.Fatalf("at %s, which is no place", b.at)
		}
		if report != nil {
			b.run.Did(*report)
		}
		task := b.run.Next(place, b.at.Path)
		report = nil
		if task.Go != "" {
			to, err := url.Parse(task.Go)
			if err != nil {
				b.t.Fatal(err)
			}
			if to.Path == "/cookie/lab/" {
				return task.Go
			}
			b.at = to
			continue
		}
		b.log = append(b.log, string(place)+" "+string(task.Do)+" "+task.Name)
		switch task.Do {
		case Link, FormGet:
			if b.arrive(http.MethodGet, task.URL).Page {
				b.at, _ = url.Parse(task.URL)
				b.at.Host = b.run.World.Hosts[Own]
			}
			continue
		case Write, Wait:
		case Read, Store:
			report = &Report{Text: strings.Join(b.jars[b.at.Hostname()], "; ")}
		default:
			b.arrive(http.MethodGet, task.URL)
		}
		if report == nil {
			report = &Report{}
		}
		report.Step = task.Step
	}
	return ""
}

func testWorld() World {
	return World{Scheme: "http", Home: "localhost:7377", Hosts: map[Place]string{
		Own: "a.lab.localhost:7377", Sibling: "b.lab.localhost:7377", Other: "other.localhost:7377",
	}}
}

func start(t *testing.T, b *Runner, visitor string, e Experiment) *browser {
	t.Helper()
	run, err := b.Start(Order{Experiment: e, World: testWorld(), Visitor: visitor, Client: netip.IPv6Loopback(), Back: "/cookie/lab/"})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(run.World.URL(Own, "/try/"))
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, run: run, at: at, jars: map[string][]string{}}
}

func steps(steps ...Step) func(World) []Step { return func(World) []Step { return steps } }

func TestRun(t *testing.T) {
	runner := NewRunner(time.Now)
	e := Experiment{Name: "try", Steps: steps(
		Step{Name: "set", Set: []string{"a=1", "s=2; SameSite=Strict"}},
		Step{Name: "nowhere", To: Port},
		Step{Name: "own"},
		Step{Name: "link", Do: Link, At: Other},
		Step{Name: "via", Do: Link, At: Other, Via: Other},
		Step{Name: "typed", Do: Typed},
		Step{Name: "read", Do: Read, Path: "deep/page"},
	)}
	b := start(t, runner, "v", e)
	if back := b.goes(100); back != "http://localhost:7377/cookie/lab/" {
		t.Fatalf("came back to %q", back)
	}
	want := []string{"own fetch ", "own fetch set", "own fetch own", "other link link", "other link via", "own read read", "own fetch "}
	if !slices.Equal(b.log, want) {
		t.Errorf("did %q, want %q", b.log, want)
	}
	if len(b.jars["a.lab.localhost"]) > 0 {
		t.Errorf("left behind: %q", b.jars)
	}
	r := runner.Last("v", "try")
	if r == nil || r.Ended.IsZero() || r.Stopped {
		t.Fatalf("result %+v", r)
	}
	for _, o := range []struct {
		name, cookie, draft string
		done                bool
	}{
		{"own", "a=1; s=2", "a=1; s=2", true},
		{"nowhere", "", "", false},
		{"link", "a=1; s=2", "a=1", true}, // this browser ignores SameSite
		{"via", "a=1; s=2", "a=1", true},
		{"typed", "", "", false},
		{"read", "a=1; s=2", "a=1; s=2", true},
	} {
		if got := r.Of(o.name); got.Cookie != o.cookie || got.Draft != o.draft || got.Done != o.done || got.Differs() != (o.cookie != o.draft) {
			t.Errorf("%s: %q, draft %q, done %v, differs %v", o.name, got.Cookie, got.Draft, got.Done, got.Differs())
		}
	}
	if !r.Differs() {
		t.Error("no finding")
	}
}

func TestRunStopped(t *testing.T) {
	runner := NewRunner(time.Now)
	e := Experiment{Name: "try", Steps: steps(Step{Name: "set", Set: []string{"a=1", "=x; Path=/try"}}, Step{Name: "second"}, Step{Name: "third"})}
	b := start(t, runner, "v", e)
	b.goes(3) // cleaned up, set, and requested for the second
	b.run.Stop()
	if b.goes(100) == "" || len(b.jars["a.lab.localhost"]) > 0 {
		t.Errorf("left behind: %q", b.jars)
	}
	r := runner.Last("v", "try")
	if !r.Stopped || r.Of("third").Done {
		t.Errorf("not stopped: %+v", r)
	}
}

// A run that keeps its cookies, or whose tab went elsewhere, is cleaned up by the next one.
func TestRunAfterAnother(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second Experiment
		seen          string
	}{
		{"left", Experiment{Name: "1", Steps: steps(Step{Set: []string{"a=1"}}, Step{}, Step{})}, Experiment{Name: "2", Steps: steps(Step{Name: "seen"})}, ""},
		{"keeps", Experiment{Name: "1", Keeps: true, Steps: steps(Step{Set: []string{"a=1"}})}, Experiment{Name: "2", Steps: steps(Step{Name: "seen"})}, ""},
		{"continues", Experiment{Name: "1", Keeps: true, Steps: steps(Step{Set: []string{"a=1"}})}, Experiment{Name: "2", Continues: true, Steps: steps(Step{Name: "seen"})}, "a=1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			runner := NewRunner(time.Now)
			first := start(t, runner, "v", test.first)
			first.goes(3)
			if len(first.jars["a.lab.localhost"]) == 0 {
				t.Fatal("nothing was set")
			}
			second := start(t, runner, "v", test.second)
			second.jars = first.jars
			second.goes(100)
			if o := runner.Last("v", "2").Of("seen"); o.Cookie != test.seen || o.Draft != test.seen {
				t.Errorf("saw %q, draft %q, want %q", o.Cookie, o.Draft, test.seen)
			}
			if len(second.jars["a.lab.localhost"]) > 0 {
				t.Errorf("left behind: %q", second.jars)
			}
		})
	}
}

func TestRunner(t *testing.T) {
	now := time.Now()
	runner := NewRunner(func() time.Time { return now })
	e := Experiment{Name: "try", Steps: steps(Step{Name: "seen"})}
	mine, others := start(t, runner, "v", e), start(t, runner, "w", e)
	find := func(token, client string) *Run {
		run, _ := runner.Find(token, netip.MustParseAddr(client))
		return run
	}
	if find(mine.run.Token, "192.0.2.1") != nil {
		t.Error("another machine has the run")
	}
	if find(mine.run.Token, "::1") != mine.run || find("", "::1") != nil {
		t.Error("the machine that started it has not, or anybody has")
	}
	mine.goes(100)
	if runner.Last("w", "try").Of("seen").Done || !runner.Last("v", "try").Of("seen").Done || runner.Last("x", "try") != nil {
		t.Error("visitors' results are mixed up")
	}
	for range maxStarts - 1 {
		start(t, runner, "v", Experiment{Name: "another", Steps: steps()})
	}
	if _, err := runner.Start(Order{Experiment: e, World: testWorld(), Visitor: "v"}); err != ErrTooMany {
		t.Errorf("one more: %v", err)
	}
	start(t, runner, "w", e)
	runner.Rename("v", "member")
	if run, visitor := runner.Find(mine.run.Token, netip.IPv6Loopback()); run != mine.run || visitor != "member" || runner.Last("v", "try") != nil || runner.Last("member", "try") == nil {
		t.Errorf("after a login, the run is %q's", visitor)
	}
	now = now.Add(keepResults + time.Second)
	if runner.Last("v", "try") != nil || find(others.run.Token, "::1") != nil {
		t.Error("kept for longer than an hour")
	}
	if runner.visitors.Len() != 0 || len(runner.tokens) != 0 {
		t.Errorf("%d visitors, %d tokens are left", runner.visitors.Len(), len(runner.tokens))
	}
}

// A run that continues keeps what is there, and the run before it deletes nothing of that.
func TestRunGoesOnAlone(t *testing.T) {
	runner := NewRunner(time.Now)
	sets := func(lines ...string) Experiment {
		return Experiment{Name: "line", Keeps: true, Continues: true, Steps: steps(Step{Set: lines}, Step{Name: "seen"})}
	}
	first := start(t, runner, "v", sets("a=1"))
	first.goes(2) // cleaned up and set; then its tab stays where it is
	second := start(t, runner, "v", sets("b=2"))
	second.jars = first.jars
	first.goes(100)
	second.goes(100)
	if o := second.run.Result().Of("seen"); o.Draft != "a=1; b=2" || o.Differs() {
		t.Errorf("saw %q, draft %q", o.Cookie, o.Draft)
	}
}

// A visitor who continues again and again starts afresh before there are too many lines.
func TestRunGoesOnForLong(t *testing.T) {
	runner := NewRunner(time.Now)
	var many []string
	for i := range maxContinued {
		many = append(many, "c"+strconv.Itoa(i)+"=1")
	}
	line := func(lines ...string) Experiment {
		return Experiment{Name: "line", Keeps: true, Continues: true, Steps: steps(Step{Set: lines})}
	}
	at := start(t, runner, "v", line(many...))
	at.goes(100)
	for _, test := range []struct{ line, first, last string }{
		{"more=1", "c0=1", "more=1"},
		{"anew=1", "anew=1", "anew=1"},
	} {
		jars := at.jars
		at = start(t, runner, "v", line(test.line))
		at.jars = jars
		at.goes(100)
		jar := at.run.Result().Jar
		if first, last := jar[0].String(), jar[len(jar)-1].String(); first != test.first || last != test.last {
			t.Errorf("the draft has %s to %s, want %s to %s", first, last, test.first, test.last)
		}
		if got := at.jars["a.lab.localhost"]; got[0] != test.first {
			t.Errorf("the browser has %s first, want %s", got[0], test.first)
		}
	}
}

// If there are more lines than a browser accepts in one response, they are deleted in several.
func TestRunCleansInRounds(t *testing.T) {
	runner := NewRunner(time.Now)
	var lines []string
	for i := range 100 {
		lines = append(lines, strings.Repeat("n", 3000)+strconv.Itoa(i)+"=1")
	}
	b := start(t, runner, "v", Experiment{Name: "many", Steps: steps(Step{Name: "set", Set: lines})})
	if back := b.goes(100); back == "" || len(b.jars["a.lab.localhost"]) > 0 {
		t.Errorf("%d left behind, back at %q", len(b.jars["a.lab.localhost"]), back)
	}
	if cleanings := len(b.log) - 1; cleanings < 3 {
		t.Errorf("%d cleanings for %d lines of 3 kB", cleanings, len(lines))
	}
}
