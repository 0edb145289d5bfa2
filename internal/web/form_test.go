package web

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Some paths lead to another site only after they have been cleaned.
func TestNextCleaned(t *testing.T) {
	for _, next := range []string{`/./\evil.example`, `/.//\evil.example`, `/a/../\evil.example`, `/\evil.example`, `//evil.example`} {
		if got := SafeNext(next, "/"); got != "/" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// Django's own test cases: SafeNext refuses what Django refuses; of what Django accepts, it accepts
// paths.
func TestNextAsDjango(t *testing.T) {
	source, err := os.ReadFile("testdata/next_url.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		URL  string `json:"url"`
		HTTP bool   `json:"http"`
	}
	if err := json.Unmarshal(source, &cases); err != nil {
		t.Fatal(err)
	}
	for _, test := range cases {
		path := strings.HasPrefix(strings.TrimSpace(test.URL), "/") && !strings.HasPrefix(test.URL, "//")
		want := test.HTTP && path
		if got := SafeNext(test.URL, "") != ""; got != want {
			t.Errorf("%.60q: accepted %t, want %t", test.URL, got, want)
		}
	}
	if len(cases) != 54 {
		t.Errorf("%d cases, want 54", len(cases))
	}
}

func FuzzNext(f *testing.F) {
	for _, seed := range []string{"/", "/session/?a=b#c", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://x", "", "/%2f/x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := SafeNext(next, "")
		if got == "" {
			return
		}
		if got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') || strings.ContainsAny(got, "\t\r\n") {
			t.Errorf("%q leads to %q", next, got)
		}
	})
}
