package view

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionlab/cookie"
)

// Explanation explains a Set-Cookie line piece by piece.
type Explanation struct {
	Pieces  []string // the line, cut at its semicolons
	Parts   []Part   // one sentence, if joined with commas
	Remarks []Part   // a sentence about each attribute that is ignored
}

// Part is a part of a sentence, or a whole one, and the piece of the line that it explains.
type Part struct {
	Piece int // from 0, which is name and value; -1: what the line does not mention
	Says  Sentence
}

// ExplainSetCookie explains a line that came at that time in the response to a request. An empty jar judges
// it, so that explanation and jar agree.
func ExplainSetCookie(line string, at time.Time, from *url.URL, request cookie.Request) Explanation {
	return Explain(line, cookie.NewJar(cookie.Chromium(), func() time.Time { return at }).Set(from, line, request), at, from)
}

// Explain explains a line by a verdict that was reached elsewhere.
func Explain(line string, set cookie.Verdict, at time.Time, from *url.URL) Explanation {
	x := Explanation{Pieces: strings.Split(line, ";")}
	// piece returns the piece of the first of these attributes that is set and not ignored, or -1.
	piece := func(names ...string) int {
		for _, name := range names {
			counts := func(a cookie.Attribute) bool { return a.Is(name) && a.Ignored == "" }
			if i := slices.IndexFunc(set.Line.Attributes, counts); i >= 0 {
				return i + 1
			}
		}
		return -1
	}
	say := func(piece int, id string, args ...any) { x.Parts = append(x.Parts, Part{piece, Sentence{id, args}}) }
	if set.Reason != "" {
		guilty, id := refused(set.Reason)
		say(max(0, piece(guilty)), id)
		return x
	}
	c := set.Cookie
	name := shorten(c.Name)
	if name == "" {
		name = "=" + shorten(c.Value)
	}
	life := max(0, piece("Max-Age", "Expires"))
	switch {
	case set.Deleted:
		say(life, "stage.cookie.delete", "Name", name)
	case c.Expires.IsZero():
		say(0, "stage.cookie.close", "Name", name)
	default:
		unit, n := lasting(c.Expires.Sub(at))
		say(life, "stage.cookie.keep."+unit, "Name", name, "Count", n)
	}
	if c.HostOnly {
		say(piece("Domain"), "stage.cookie.host")
	} else {
		say(piece("Domain"), "stage.cookie.domain", "Domain", shorten(c.Domain))
	}
	if c.Path == "/" {
		say(piece("Path"), "stage.cookie.everywhere")
	} else {
		say(piece("Path"), "stage.cookie.path", "Path", shorten(c.Path))
	}
	if !set.Deleted {
		x.Parts = append(x.Parts, whoGets(c, from, piece)...)
	}
	if set.Clamped {
		x.Remarks = append(x.Remarks, Part{life, Sentence{ID: "stage.cookie.clamped"}})
	}
	for i, a := range set.Line.Attributes {
		if a.Ignored != "" && a.Ignored != cookie.ReasonEmptyAttribute {
			x.Remarks = append(x.Remarks, Part{i + 1, Sentence{"stage.cookie.idle." + strings.ToLower(string(a.Ignored)), []any{"Name", shorten(a.Name)}}})
		}
	}
	return x
}

// whoGets explains who can see the cookie and to whom it is sent.
func whoGets(c cookie.Cookie, from *url.URL, piece func(...string) int) (parts []Part) {
	say := func(piece int, id string) { parts = append(parts, Part{piece, Sentence{ID: id}}) }
	if c.HTTPOnly {
		say(piece("HttpOnly"), "stage.cookie.hidden")
	} else {
		say(-1, "stage.cookie.readable")
	}
	switch {
	case !c.Secure:
		say(-1, "stage.cookie.plain")
	case from.Scheme == "http": // it was accepted, so this is the browser's own machine
		say(piece("Secure"), "stage.cookie.local")
	default:
		say(piece("Secure"), "stage.cookie.secure")
	}
	if c.Partitioned {
		say(piece("Partitioned"), "stage.cookie.partitioned")
	}
	site := "default"
	if c.SameSite != cookie.SameSiteDefault {
		site = strings.ToLower(string(c.SameSite))
	}
	say(piece("SameSite"), "stage.cookie.samesite."+site)
	return parts
}

// refused returns the attribute for which a line is refused, and the id of the explanation.
func refused(why cookie.Code) (attribute, id string) {
	const family = "stage.cookie.refused."
	switch why {
	case cookie.ReasonInvalidDomain:
		return "Domain", family + "domain"
	case cookie.ReasonSecureOnly:
		return "Secure", family + "secure"
	case cookie.ReasonInvalidPartitioned:
		return "Partitioned", family + "partitioned"
	case cookie.ReasonSameSiteNoneInsecure:
		return "SameSite", family + "none"
	case cookie.ReasonInvalidPrefix:
		return "", family + "prefix"
	case cookie.ReasonDisallowedCharacter:
		return "", family + "character"
	case cookie.ReasonNameValuePairExceedsMaxSize:
		return "", family + "size"
	case cookie.ReasonNoCookieContent:
		return "", family + "empty"
	case cookie.ReasonAmbiguousSerialization:
		return "", family + "ambiguous"
	case cookie.ReasonOverwriteSecure, cookie.ReasonOverwriteHTTPOnly:
		return "", family + "overwrite"
	}
	return "SameSite", family + "site" // the other codes are about the origin of the request
}

// lasting returns a duration in the largest unit that fits: seconds, minutes, hours or days.
func lasting(d time.Duration) (unit string, n int) {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		// A date in whole seconds can be up to a second early.
		if d+time.Second >= 2*u.size || (d+time.Second)/u.size == 1 && (d+time.Second)%u.size <= time.Second {
			return u.name, int((d + time.Second) / u.size)
		}
	}
	return "seconds", max(1, int((d+time.Second/2)/time.Second))
}
