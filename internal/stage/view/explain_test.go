package view

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
)

// explained returns an explanation in short: each part's piece and words, then the remarks.
func explained(x Explanation) string {
	short := func(parts []Part) string {
		var all []string
		for _, p := range parts {
			all = append(all, strings.TrimSpace(fmt.Sprint(p.Piece, strings.TrimPrefix(p.Says.ID, "stage.cookie"), " ", fmt.Sprintln(p.Says.Args...))))
		}
		return strings.Join(all, ", ")
	}
	return short(x.Parts) + " / " + short(x.Remarks)
}

func TestExplainSetCookie(t *testing.T) {
	const rest = "-1.readable, -1.plain, -1.samesite.default / "
	long := strings.Repeat("a", 5000)
	tests := []struct {
		name, from, line, want string
	}{
		{"the session", "http://localhost:7377/get_add_session/", "sessionid=abc; expires=Thu, 10 Dec 2026 12:00:00 GMT; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax",
			"3.keep.days Name sessionid Count 14, -1.host, 4.everywhere, 2.hidden, -1.plain, 5.samesite.lax / 1.idle.expiresoverridden Name expires"},
		{"bare", "http://localhost/login/", "a=1", "0.close Name a, -1.host, -1.path Path /login, " + rest},
		{"bare, at the top", "http://localhost/login", "a=1", "0.close Name a, -1.host, -1.everywhere, " + rest},
		{"nameless", "http://localhost/", "a", "0.close Name =a, -1.host, -1.everywhere, " + rest},
		{"deleted", "http://localhost/", "a=; Max-Age=0; Path=/x", "1.delete Name a, -1.host, 2.path Path /x / "},
		{"long ago", "http://localhost/", "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "1.delete Name a, -1.host, -1.everywhere / "},
		{"one minute", "http://localhost/", "a=1; max-age=60", "1.keep.minutes Name a Count 1, -1.host, -1.everywhere, " + rest},
		{"90 seconds", "http://localhost/", "a=1; max-age=90", "1.keep.seconds Name a Count 90, -1.host, -1.everywhere, " + rest},
		{"for ever", "http://localhost/", "a=1; max-age=99999999999999999999", "1.keep.days Name a Count 400, -1.host, -1.everywhere, " + rest + "1.clamped"},
		{"domain", "https://a.example.com/", "a=1; domain=.Example.com; Secure; SameSite=None; Partitioned", "0.close Name a, 1.domain Domain example.com, -1.everywhere, -1.readable, 2.secure, 4.partitioned, 3.samesite.none / "},
		{"own name", "http://localhost/", "a=1; domain=localhost", "0.close Name a, 1.host, -1.everywhere, " + rest},
		{"domain of somebody else", "http://localhost/", "a=1; path=/; domain=example.com", "2.refused.domain / "},
		{"suffix", "https://a.co.uk/", "a=1; domain=co.uk", "1.refused.domain / "},
		{"secure here", "http://127.0.0.1/", "a=1; secure", "0.close Name a, -1.host, -1.everywhere, -1.readable, 1.local, -1.samesite.default / "},
		{"secure elsewhere", "http://192.168.0.2/", "a=1; secure", "1.refused.secure / "},
		{"none", "http://localhost/", "a=1; samesite=none", "1.refused.none / "},
		{"partitioned", "http://localhost/", "a=1; partitioned", "1.refused.partitioned / "},
		{"prefix", "https://localhost/", "__Host-a=1; Secure", "0.refused.prefix / "},
		{"control character", "http://localhost/", "a=1; b\x01", "0.refused.character / "},
		{"size", "http://localhost/", long, "0.refused.size / "},
		{"empty", "http://localhost/", " ; Path=/", "0.refused.empty / "},
		{"ambiguous", "http://localhost/", "=a=1", "0.refused.ambiguous / "},
		{"idle", "http://localhost/", "a=1; Priority=High; ; Path=x; SameSite=y; Max-Age=z; Expires=soon; Secure; Secure; Domain=" + long,
			"0.close Name a, -1.host, -1.everywhere, -1.readable, 8.local, -1.samesite.default / 1.idle.unknownattribute Name Priority, 3.idle.invalidpath Name Path, 4.idle.invalidsamesite Name SameSite, " +
				"5.idle.invalidmaxage Name Max-Age, 6.idle.invalidexpires Name Expires, 7.idle.overridden Name Secure, 9.idle.attributevalueexceedsmaxsize Name Domain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from, err := url.Parse(test.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := explained(ExplainSetCookie(test.line, noon, from, cookie.Request{})); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	cross := cookie.Request{Initiator: &url.URL{}, Subresource: true}
	if got := explained(ExplainSetCookie("a=1; SameSite=Strict", noon, &url.URL{Scheme: "http", Host: "localhost"}, cross)); got != "1.refused.site / " {
		t.Errorf("from another site: %s", got)
	}
}

// Every line has a complete explanation: its texts exist in both languages, and its pieces in the line.
func FuzzExplainSetCookie(f *testing.F) {
	known := map[string]int{}
	for _, lang := range []string{"en", "zh"} {
		for id := range stagetest.Catalogue(f, lang) {
			known[id]++
		}
	}
	for _, text := range stagetest.HostileBytes(f) {
		f.Add(text, text, text)
	}
	f.Add("a=1; Secure; Max-Age=-0; Domain=..; Path=//; SameSite=NONE; Partitioned", "[::1]", "/")
	f.Fuzz(func(t *testing.T, line, host, target string) {
		e := &record.Exchange{Scheme: "http", Host: host, Request: record.Request{Target: target}}
		x := ExplainSetCookie(line, noon, e.Address(), cookie.Request{})
		if strings.Join(x.Pieces, ";") != line || len(x.Parts) == 0 {
			t.Errorf("%d parts for the pieces %q", len(x.Parts), x.Pieces)
		}
		for _, p := range append(x.Parts, x.Remarks...) {
			if known[p.Says.ID] != 2 || p.Piece < -1 || p.Piece >= len(x.Pieces) {
				t.Errorf("%q: %+v", line, p)
			}
		}
	})
}
