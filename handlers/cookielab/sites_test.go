package cookielab

import (
	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"testing"
	"time"
)

func TestPairs(t *testing.T) {
	for _, test := range []struct {
		one, two, relation, cookies, domain string
	}{
		{"http://localhost:7377", "http://localhost:7377", "origin", "all", ""},
		{"http://localhost:7377", "http://localhost:7378", "site", "all", ""},
		{"http://localhost:7377", "https://localhost:7377", "cross", "all", ""}, // but for Secure
		{"http://localhost:7377", "http://127.0.0.1:7377", "cross", "none", ""},
		{"http://127.0.0.1:7377", "http://[::1]:7377", "cross", "none", ""},
		{"http://localhost:7377", "http://alice.localhost:7377", "cross", "none", ""},
		{"http://alice.localhost", "http://bob.localhost", "cross", "none", ""},
		{"http://a.lab.localhost", "http://b.lab.localhost", "site", "domain", "lab.localhost"},
		{"http://a.lab.localhost:1", "http://x.a.lab.localhost:2", "site", "domain", "lab.localhost"},
		{"http://desk:7377", "http://desk.local:7377", "cross", "none", ""},
		{"http://192.168.1.7", "http://192.168.1.8", "cross", "none", ""},
	} {
		p, err := newPair(siteName{URL: test.one}, siteName{URL: test.two})
		if err != nil || p.Relation != test.relation || p.Cookies != test.cookies || p.Domain != test.domain {
			t.Errorf("%s and %s: %s, cookies %s by %q, %v", test.one, test.two, p.Relation, p.Cookies, p.Domain, err)
		}
	}
}

// request returns the observation of a request, with the cookies that arrived and those that should
// have.
func request(name string, do experiment.Action, came string, draft map[string]cookie.Code) experiment.Observation {
	o := experiment.Observation{Step: experiment.Step{Name: name, Do: do, Path: "sites/" + name}, Done: true, Method: "GET", Cookie: came}
	for name, reason := range draft {
		o.Sent = append(o.Sent, cookie.Sent{Cookie: cookie.Cookie{Name: name}, Sent: reason == "", Reason: reason})
	}
	return o
}

func TestSameSiteCells(t *testing.T) {
	typed := experiment.Observation{Step: experiment.Step{Name: "typed", Do: experiment.Typed}, Hand: "first"}
	draft := map[string]cookie.Code{"lax": "", "strict": cookie.ReasonSameSiteStrict, "unset": ""}
	first := &experiment.Result{Seen: []experiment.Observation{
		request(experiment.SameSiteKept, experiment.Fetch, "lax=1; strict=1; unset=1", draft), typed,
		request("link", experiment.Link, "lax=1; strict=1", draft),
		request("bare", experiment.Bare, "", nil),
	}}
	table := newSameSiteTable(first, nil)
	row := func(name string) sameSiteRow {
		for _, row := range table.Rows {
			if row.Name == name {
				return row
			}
		}
		t.Fatalf("no row %s", name)
		return sameSiteRow{}
	}
	link := row("link").Cells
	for i, want := range []struct {
		column           string
		kept, sent, diff bool
		reason           string
	}{
		{"none", false, false, false, "sites.reason.refused"},
		{"lax", true, true, false, ""},
		{"strict", true, true, true, "cookie.reason.SameSiteStrict"},
		{"unset", true, false, true, ""},
		{"late", true, false, false, ""},
	} {
		if c := link[i]; c.Column != want.column || c.Kept != want.kept || c.Sent != want.sent || c.Differs() != want.diff || c.Reason != want.reason {
			t.Errorf("%s: %+v", want.column, c)
		}
	}
	if link[1].Show != "GET /try/sites/link" || len(table.Findings) != 2 || table.ThirdParty() {
		t.Errorf("shown by %q, findings %v", link[1].Show, table.Findings)
	}
	if row("image").Possible || !row("bare").Possible || row("bare").Cells[0].Differs() {
		t.Error("an image was not asked, and fetch without credentials went as it should")
	}
	if got := row("typed").Typed(); got != "first" {
		t.Errorf("to be typed: %q", got)
	}
	first.Seen[1].Done = true
	typed.Hand = "second"
	table = newSameSiteTable(first, &experiment.Result{Seen: []experiment.Observation{typed}})
	if got := row("typed").Typed(); got != "second" {
		t.Errorf("to be typed after two minutes: %q", got)
	}
}

func TestLateRun(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	first := &experiment.Result{Started: now, Ended: now.Add(time.Second)}
	kept := &experiment.Result{Seen: []experiment.Observation{request(experiment.SameSiteKept, experiment.Fetch, "unset=1", nil)}}
	gone := &experiment.Result{Seen: []experiment.Observation{request(experiment.SameSiteKept, experiment.Fetch, "", nil)}}
	for _, test := range []struct {
		name  string
		after time.Duration
		late  *experiment.Result
		want  lateRun
	}{
		{"at once", time.Second, nil, lateRun{Possible: true, Wait: 120_000}},
		{"later", 100 * time.Second, nil, lateRun{Possible: true, Wait: 21_000}},
		{"in time", 3 * time.Minute, nil, lateRun{Possible: true}},
		{"too late", 16 * time.Minute, nil, lateRun{Possible: true, Over: true}},
		{"done", 3 * time.Minute, kept, lateRun{Possible: true, Done: true}},
		{"deleted meanwhile", 3 * time.Minute, gone, lateRun{Possible: true, Done: true, Forgotten: true}},
	} {
		if got := newLateRun(first, test.late, now.Add(test.after)); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}
