package cookie

import (
	"strings"
	"time"
)

// The bounds of 5.6, in bytes. A longer attribute is ignored, a longer name and
// value make the whole cookie ignored.
const (
	MaxNameValue = 4096
	MaxAttribute = 1024
)

// Line is the value of a Set-Cookie header, taken apart.
type Line struct {
	Name       string
	Value      string
	Attributes []Attribute // as they came
	Reason     Code        // why the line is no cookie, "" if it is one
}

// Attribute is a part after the first semicolon.
type Attribute struct {
	Text    string // as it was written, with its spaces
	Name    string
	Value   string
	Ignored Code // why it counts for nothing, "" if it counts

	date time.Time     // of an Expires that can be read
	age  time.Duration // of a Max-Age that can be read
}

// Is tells whether the attribute has a name; attributes' names know no case.
func (a Attribute) Is(name string) bool { return equalFold(a.Name, name) }

// Parse takes the value of a Set-Cookie header apart as the draft says (5.6). It
// takes any bytes and does not fail: of a line that is no cookie, Reason says why.
func Parse(line string) Line { return RFC().Parse(line) }

// Parse is [Parse] as this browser does it.
func (p Profile) Parse(line string) Line {
	pair, rest, more := strings.Cut(line, ";")
	name, value, named := strings.Cut(pair, "=")
	if !named {
		name, value = "", pair
	}
	l := Line{Name: trim(name), Value: trim(value)}
	for more {
		var text string
		text, rest, more = strings.Cut(rest, ";")
		l.Attributes = append(l.Attributes, p.parseAttribute(text))
	}
	p.override(&l)
	switch {
	case strings.ContainsFunc(line, isControl), p.TabIsControl && l.hasTab():
		l.Reason = ReasonDisallowedCharacter
	case len(l.Name)+len(l.Value) > MaxNameValue:
		l.Reason = ReasonNameValuePairExceedsMaxSize
	case l.Name == "" && l.Value == "":
		l.Reason = ReasonNoCookieContent // 5.7, step 2
	}
	return l
}

func (p Profile) parseAttribute(text string) Attribute {
	name, value, _ := strings.Cut(text, "=")
	a := Attribute{Text: text, Name: trim(name), Value: trim(value)}
	switch {
	case len(a.Value) > MaxAttribute:
		a.Ignored = ReasonAttributeValueExceedsMaxSize
	case a.Is("Expires"):
		read := ParseDate
		if p.ChromiumDates {
			read = parseChromiumDate
		}
		var ok bool
		if a.date, ok = read(a.Value); !ok {
			a.Ignored = ReasonInvalidExpires
		}
	case a.Is("Max-Age"):
		var ok bool
		if a.age, ok = p.parseMaxAge(a.Value); !ok {
			a.Ignored = ReasonInvalidMaxAge
		}
	case a.Is("Domain"), a.Is("Secure"), a.Is("HttpOnly"), a.Is("Partitioned"):
	case a.Is("Path"):
		if !strings.HasPrefix(a.Value, "/") {
			a.Ignored = ReasonInvalidPath // 5.6.4: it stands for the default path
		}
	case a.Is("SameSite"):
		if sameSite(a.Value) == SameSiteDefault {
			a.Ignored = ReasonInvalidSameSite // 5.6.7: it stands for the default
		}
	case a.Name == "" && a.Value == "":
		a.Ignored = ReasonEmptyAttribute
	default:
		a.Ignored = ReasonUnknownAttribute
	}
	return a
}

// override marks attributes that a later one of the same name takes the place
// of. An Expires or Max-Age that cannot be read takes no place (5.6.1, 5.6.2); a
// Path or SameSite that cannot be read does.
func (p Profile) override(l *Line) {
	seen := map[string]bool{}
	for i := len(l.Attributes) - 1; i >= 0; i-- {
		a := &l.Attributes[i]
		name := lower(a.Name)
		switch a.Ignored {
		case "":
			if seen[name] {
				a.Ignored = ReasonOverridden
			}
		case ReasonInvalidPath, ReasonInvalidSameSite:
		case ReasonInvalidExpires, ReasonInvalidMaxAge:
			if !p.LastTimeCounts {
				continue
			}
		default:
			continue
		}
		seen[name] = true
	}
	if l.Get("Max-Age") != nil {
		l.ignore("Expires", ReasonExpiresOverridden) // 5.7, step 6
	}
}

func (l *Line) ignore(name string, why Code) {
	for i, a := range l.Attributes {
		if a.Is(name) && a.Ignored == "" {
			l.Attributes[i].Ignored = why
		}
	}
}

// Get is the attribute of a name that counts, nil if none does.
func (l Line) Get(name string) *Attribute {
	for i := len(l.Attributes) - 1; i >= 0; i-- {
		if a := &l.Attributes[i]; a.Is(name) && a.Ignored == "" {
			return a
		}
	}
	return nil
}

func sameSite(value string) SameSite {
	for _, s := range []SameSite{SameSiteStrict, SameSiteLax, SameSiteNone} {
		if equalFold(value, string(s)) {
			return s
		}
	}
	return SameSiteDefault
}

// trim removes what the draft calls WSP from both ends.
func trim(s string) string { return strings.Trim(s, " \t") }

// isControl tells whether a line with this character is ignored. A tab is space.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// equalFold compares without regard to the case of ASCII letters only:
// strings.EqualFold would also take the Kelvin sign for a k.
func equalFold(a, b string) bool { return lower(a) == lower(b) }

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hasTab tells whether there is a tab inside a name or value.
func (l Line) hasTab() bool {
	if strings.Contains(l.Name+l.Value, "\t") {
		return true
	}
	for _, a := range l.Attributes {
		if strings.Contains(a.Name+a.Value, "\t") {
			return true
		}
	}
	return false
}
