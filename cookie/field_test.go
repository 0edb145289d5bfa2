package cookie

import (
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestField runs the cases of other implementations' test suites; testdata/field.txt
// describes its own format.
func TestField(t *testing.T) {
	data, err := os.ReadFile("testdata/field.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n\n")
	escapes := regexp.MustCompile(`\\(x[0-9a-f]{2}|s|e|\\)`)
	unescape := func(text string) string {
		return escapes.ReplaceAllStringFunc(text, func(escape string) string {
			if b, err := strconv.ParseUint(escape[2:], 16, 8); err == nil {
				return string([]byte{byte(b)})
			}
			return map[string]string{`\s`: " ", `\e`: "", `\\`: `\`}[escape]
		})
	}
	from := &url.URL{Scheme: "http", Host: "home.example.org", Path: "/dir/page"}
	now := func() time.Time { return time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC) }
	for _, text := range cases[1:] { // the first describes the file
		lines := strings.Split(text, "\n")
		name, lines, want := lines[0], lines[1:len(lines)-1], unescape(lines[len(lines)-1])
		t.Run(name, func(t *testing.T) {
			to := from.JoinPath("../next")
			jar := NewJar(RFC(), now)
			for _, line := range lines {
				if address, ok := strings.CutPrefix(line, "> "); ok {
					if to, err = url.Parse(address); err != nil {
						t.Fatal(err)
					}
					to = from.ResolveReference(to)
					continue
				}
				jar.Set(from, unescape(line), Request{})
			}
			if want == "-" {
				want = ""
			}
			if got, _ := jar.Header(to, Request{}); got != want {
				t.Errorf("%s gets %q, want %q", to, got, want)
			}
		})
	}
}
