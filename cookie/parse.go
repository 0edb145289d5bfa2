package cookie

import (
	"strings"
	"time"
)

// The bounds of 5.6, in bytes. A longer attribute value is ignored; a longer name and
// value, counted together, make the browser ignore the whole cookie.
const (
	MaxNameValue = 4096
	MaxAttribute = 1024
)

// Line holds the parts of the value of a Set-Cookie header.
type Line struct {
	Name       string
	Value      string
	Attributes []Attribute // in the order of the line
	Reason     Code        // why the line sets no cookie, or ""
}

// Attribute holds one part of a line after its first semicolon.
type Attribute struct {
	Text    string // as written, including spaces
	Name    string
	Value   string
	Ignored Code // why the attribute is ignored, or ""

	date time.Time     // of a readable Expires
	age  time.Duration // of a readable Max-Age
}

// Is reports whether the attribute has this name, in upper or lower case.
func (a Attribute) Is(name string) bool { return equalFold(a.Name, name) }

// Parse takes the value of a Set-Cookie header apart, following the draft (5.6). It
// accepts any bytes and never fails: if the line sets no cookie, Reason says why.
func Parse(line string) Line { return RFC().Parse(line) }

// Parse does what the function [Parse] does, following this profile.
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
			a.Ignored = ReasonInvalidPath // 5.6.4: the default path is used
		}
	case a.Is("SameSite"):
		if sameSite(a.Value) == SameSiteDefault {
			a.Ignored = ReasonInvalidSameSite // 5.6.7: the default is used
		}
	case a.Name == "" && a.Value == "":
		a.Ignored = ReasonEmptyAttribute
	default:
		a.Ignored = ReasonUnknownAttribute
	}
	return a
}

// override marks the attributes that a later one of the same name overrides. An
// unreadable Expires or Max-Age does not override an earlier one (5.6.1, 5.6.2), but
// an unreadable Path or SameSite does.
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

// Get returns the attribute with this name that takes effect, or nil if none does.
func (l Line) Get(name string) *Attribute {
	for i := len(l.Attributes) - 1; i >= 0; i-- {
		if a := &l.Attributes[i]; a.Is(name) && a.Ignored == "" {
			return a
		}
	}
	return nil
}

// sameSite returns the value of the attribute, or the default if it is unknown.
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

// isControl reports whether a character makes the browser ignore the line. A tab
// does not; it counts as space.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// equalFold compares two texts, ignoring the case of ASCII letters only:
// strings.EqualFold would also accept the Kelvin sign for a k.
func equalFold(a, b string) bool { return lower(a) == lower(b) }

// lower changes ASCII letters to lower case and leaves all other bytes as they are.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hasTab reports whether there is a tab inside a name or value.
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
