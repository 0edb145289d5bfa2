package view

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// counted returns the exchange of a click on the session counter.
func counted() *record.Exchange {
	return &record.Exchange{
		ID: 7, Time: noon, Duration: 900 * time.Microsecond, Scheme: "http", Host: "localhost:7377", Handler: "GetAddSession",
		Request: record.Request{Method: "GET", Target: "/get_add_session/", Proto: "HTTP/1.1", Header: []record.Field{
			{Name: "Host", Value: "localhost:7377"}, {Name: "Cookie", Value: "res=3; sessionid=abc; strange"},
		}},
		Statements: []record.Statement{
			{Query: "SELECT session_data FROM django_session WHERE session_key = ?", Args: []string{"'abc'"}, Changed: -1, Duration: 40 * time.Microsecond},
			{Query: "UPDATE django_session SET session_data = ?", Args: []string{"'x'"}, Changed: 1, Duration: 300 * time.Microsecond},
		},
		Before: &record.StoredSession{Engine: "db", Key: "abc", Data: []byte(`{"res":1,"old":true}`), Expires: noon},
		After:  &record.StoredSession{Engine: "db", Key: "abc", Data: []byte(`{"res":2,"username":"anna"}`), Expires: noon.Add(time.Minute)},
		Response: record.Response{Status: 200, Proto: "HTTP/1.1", Header: []record.Field{
			{Name: "Content-Type", Value: "application/json"}, {Name: "Set-Cookie", Value: "sessionid=abc; HttpOnly; Max-Age=1209600; Path=/"},
		}, Body: record.Body{Text: `{"res":2}`, Size: 9}},
	}
}

func jar(pairs ...string) (all []cookie.Cookie) {
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, cookie.Cookie{Name: name, Value: value, Domain: "localhost", HostOnly: true, Path: "/", HTTPOnly: name == "sessionid"})
	}
	return all
}

// outline returns a thread in short: lane, number and kind of each step.
func outline(thread Thread) string {
	var b strings.Builder
	for _, station := range thread.Stations {
		fmt.Fprintf(&b, "[%s", station.Lane)
		if station.Back {
			b.WriteString(" back")
		}
		for _, step := range station.Scenes {
			fmt.Fprintf(&b, " %d:%s", step.Number, step.Kind)
		}
		b.WriteString("]")
	}
	return b.String()
}

func TestThread(t *testing.T) {
	const there = "[browser 1:jar-before][wire 2:request"
	tests := []struct {
		name   string
		change func(*record.Exchange)
		want   string
	}{
		{"a click", func(*record.Exchange) {}, there + "][server 3:handler][store 4:statement 5:statement 6:session][wire back 7:response][browser back 8:jar-after]"},
		{"no store", func(e *record.Exchange) { e.Statements, e.Before, e.After = nil, nil, nil }, there + "][server 3:handler][wire back 4:response][browser back 5:jar-after]"},
		{"edited", func(e *record.Exchange) {
			held := e.Request
			held.Target = "/get_add_cookie"
			e.Held, e.Statements, e.Before, e.After = &held, nil, nil, nil
		}, there + " 3:edited][server 4:handler][wire back 5:response][browser back 6:jar-after]"},
		{"dropped", func(e *record.Exchange) { e.Dropped = true }, there + "][server 3:handler]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := counted()
			test.change(e)
			thread := NewThread(e)
			if got := outline(thread); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// Each part of a Cookie header is linked to one cookie of the jar; unknown parts are marked.
func TestPairs(t *testing.T) {
	before := jar("lang=en", "res=3", "sessionid=abc")
	e := counted()
	e.JarBefore = before
	thread := NewThread(e)
	var got []string
	for _, c := range thread.Stations[0].Scenes[0].Jar {
		got = append(got, fmt.Sprint(c.Name, c.Pair))
	}
	for _, pair := range thread.Stations[1].Scenes[0].Request.Header.Main[0].Pairs {
		got = append(got, fmt.Sprint(pair.Space, pair.Text, pair.Pair))
	}
	want := []string{"lang0", "res2", "sessionid3", "res=32", " sessionid=abc3", " strange0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJarAfter(t *testing.T) {
	before := jar("a=1", "b=1", "c=1", "d=1")
	after := jar("a=1", "b=2", "c=1", "e=1")
	after[0].Accessed = noon // it was sent
	after[2].Path = "/"
	after[2].Expires = noon
	var got []string
	for _, c := range jarAfter(before, after) {
		got = append(got, c.Name+" "+string(c.Change)+" "+c.Old)
	}
	want := []string{"a  ", "b changed 1", "c renewed ", "e new ", "d gone "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSessionView(t *testing.T) {
	e := counted()
	view := viewSession(e.Before, e.After)
	want := []Entry{{"res", "1", "2", Changed}, {"username", "", `"anna"`, New}, {"old", "true", "", Gone}}
	if !slices.Equal(view.Entries, want) || view.Expiry != Changed || view.Moved() {
		t.Errorf("got %+v", view)
	}
	e.After.Key = "def"
	for _, test := range []struct {
		before, after *record.StoredSession
		says          string
	}{
		{nil, e.After, "stage.says.session.new"},
		{e.Before, nil, "stage.says.session.gone"},
		{e.Before, e.After, "stage.says.session.moved"},
		{e.Before, e.Before, "stage.says.session.read"},
	} {
		if got := viewSession(test.before, test.after).says().ID; got != test.says {
			t.Errorf("says %s, want %s", got, test.says)
		}
	}
}

func TestDiffLines(t *testing.T) {
	tests := []struct{ name, a, b, want string }{
		{"equal", "a b", "a b", " a b"},
		{"changed", "a b c", "a x c", " a-b+x c"},
		{"added", "a", "a b", " a+b"},
		{"removed", "a b", "b", "-a b"},
	}
	marks := map[Change]string{Same: " ", New: "+", Gone: "-"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got string
			for _, line := range diffLines(strings.Fields(test.a), strings.Fields(test.b)) {
				got += marks[line.Change] + line.Text
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 340: "340 B", 1536: "1.5 KiB", 12 << 10: "12 KiB", 3 << 20: "3.0 MiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d bytes: %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0.0 ms", 42 * time.Microsecond: "0.04 ms", 900 * time.Microsecond: "0.9 ms", 234 * time.Millisecond: "234 ms"} {
		if got := Milliseconds(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for query, want := range map[string]string{
		"": "", "SELECT a, b FROM t WHERE c": "SELECT t", "INSERT INTO `t`(a) VALUES (?)": "INSERT t", "UPDATE t SET a = 1": "UPDATE t", "BEGIN": "BEGIN", "load": "LOAD",
	} {
		if got := short(record.Statement{Query: query}); got != want {
			t.Errorf("%s in short: %q, want %q", query, got, want)
		}
	}
	if got := joinNames(6, func(i int) string { return string(rune('a' + i)) }); got != "a, b, c, d, +2" {
		t.Errorf("names: %q", got)
	}
}
