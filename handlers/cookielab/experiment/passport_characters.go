package experiment

import (
	"fmt"
	"strings"
)

// characterFacts returns the facts about characters in names and values.
func characterFacts() []Fact {
	const group = "characters"
	return []Fact{
		{Name: "control", Group: group, Section: "5.6", Lines: controlLines(), Value: controls},
		{Name: "tab", Group: group, Section: "5.6", Lines: []string{"tab=a\tb"}, Value: comes("tab", "a\tb")},
		{Name: "utf8", Group: group, Section: "5.6", Lines: []string{"utf8=小店"}, Value: comes("utf8", "小店")},
		{Name: "latin1", Group: group, Section: "5.6", Lines: []string{"latin1=caf\xe9"}, Value: comes("latin1", "caf\xe9")},
		{Name: "quotes", Group: group, Section: "5.6", Lines: []string{`quotes="a"`}, Value: comes("quotes", `"a"`)},
		{Name: "semicolon", Group: group, Section: "5.6", Lines: []string{`semicolon="a;b"`}, Value: comes("semicolon", `"a;b"`)},
		{Name: "spaces", Group: group, Section: "5.6", Lines: []string{"spaces=a  b"}, Value: comes("spaces", "a  b")},
		{Name: "around", Group: group, Section: "5.6", Lines: []string{"around= \t a \t "}, Value: comes("around", "a")},
		{Name: "commas", Group: group, Section: "5.6", Lines: []string{"commas=a,b"}, Value: comes("commas", "a,b")},
		{Name: "equals", Group: group, Section: "5.6", Lines: []string{"equals=a=b=="}, Value: comes("equals", "a=b==")},
		{Name: "novalue", Group: group, Section: "5.6", Lines: []string{"novalue="}, Value: comes("novalue", "")},
		{Name: "nameless", Group: group, Section: "5.6", Lines: []string{"nameless"}, Value: keeps("nameless")},
		{Name: "ambiguous", Group: group, Section: "5.6", Lines: []string{"=ambiguous=a; Path=/try/passport"}, Value: keeps("ambiguous=a")},
		{Name: "case", Group: group, Section: "5.7", Lines: []string{"Case=1", "case=2"}, Value: func(_ *Result, came Observation) string {
			return kept(came, "Case=1", Differing, Equal)
		}},
		{Name: "unknown", Group: group, Section: "5.6", Lines: []string{"unknown=1; Flavour=sweet"}, Value: comes("unknown", "1")},
	}
}

// controlLines returns a line for each control character, except HTTP's own, which are never sent (CR, LF and NUL), and
// the tab, which is a fact of its own.
func controlLines() (lines []string) {
	for c := range byte(0x80) {
		if strings.ContainsRune("\x00\t\n\r", rune(c)) || c >= ' ' && c < 0x7f {
			continue
		}
		lines = append(lines, fmt.Sprintf("control%02x=a%cb", c, c))
	}
	return lines
}

// controls returns Refused or Kept if that is true of all control characters, and otherwise those that were kept.
func controls(_ *Result, came Observation) string {
	if !came.Done {
		return ""
	}
	var kept []string
	all := controlLines()
	for _, line := range all {
		name, _, _ := strings.Cut(line, "=")
		if _, ok := came.Value(name); ok {
			kept = append(kept, strings.Replace(name, "control", `\x`, 1))
		}
	}
	switch len(kept) {
	case 0:
		return Refused
	case len(all):
		return Kept
	}
	return strings.Join(kept, " ")
}
