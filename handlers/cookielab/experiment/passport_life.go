package experiment

import (
	"strconv"
)

// lifeFacts returns the facts about when cookies expire.
func lifeFacts() []Fact {
	const group = "life"
	const past = "Thu, 01 Jan 1990 00:00:00 GMT"
	return []Fact{
		{Name: "maxage", Group: group, Section: "5.7", Lines: []string{"maxage=1; Max-Age=600; Expires=" + past}, Value: func(_ *Result, came Observation) string {
			return kept(came, "maxage=1", First, Second)
		}},
		{Name: "zero", Group: group, Section: "5.6.2", Lines: []string{"zero=1; Max-Age=0"}, Value: lasts("zero=1")},
		{Name: "negative", Group: group, Section: "5.6.2", Lines: []string{"negative=1; Max-Age=-1"}, Value: lasts("negative=1")},
		{Name: "plus", Group: group, Section: "5.6.2", Lines: []string{"plus=1; Max-Age=+0"}, Value: lasts("plus=1")},
		{Name: "lastage", Group: group, Section: "5.6.2", Lines: []string{"lastage=1; Max-Age=0; Max-Age=soon"}, Value: lasts("lastage=1")},
		{Name: "twodigits", Group: group, Section: "5.1.1", Lines: yearLines(), Value: firstOldYear},
		{Name: "dashes", Group: group, Section: "5.1.1", Lines: []string{"dashes=1; Expires=Monday, 01-Jan-90 00:00:00 GMT"}, Value: lasts("dashes=1")},
		{Name: "american", Group: group, Section: "5.1.1", Lines: []string{"american=1; Expires=Jan 1 00:00:00 1990"}, Value: lasts("american=1")},
		{Name: "ordinal", Group: group, Section: "5.1.1", Lines: []string{"ordinal=1; Expires=1st Jan 1990 00:00:00"}, Value: lasts("ordinal=1")},
		{Name: "iso", Group: group, Section: "5.1.1", Lines: []string{"iso=1; Expires=1990-01-01T00:00:00Z"}, Value: lasts("iso=1")},
		{Name: "notime", Group: group, Section: "5.1.1", Lines: []string{"notime=1; Expires=1 Jan 1990"}, Value: lasts("notime=1")},
		{Name: "longest", Group: group, Section: "5.5", Rule: "400", AtMost: true, Value: longest, Steps: func(World) []Step {
			const path = "passport/life/longest/"
			return []Step{{Name: "longest-set", Path: path, Set: []string{"longest=1; Max-Age=315360000"}}, {Name: "longest", Do: Store, Path: path}}
		}},
	}
}

// longest returns the life of a cookie in days, if scripts can learn it.
func longest(r *Result, _ Observation) string {
	o := r.Of("longest")
	if !o.Done && o.Trouble == "" {
		return ""
	}
	if days := o.days("longest", r.Started); days > 0 {
		return strconv.Itoa(days)
	}
	return Untold
}

// yearsFrom and yearsTo bound the two-digit years to try. A browser takes them for years of this century or of the last,
// which are over.
const yearsFrom, yearsTo = 60, 80

// yearLines returns a line for each two-digit year.
func yearLines() (lines []string) {
	for year := yearsFrom; year < yearsTo; year++ {
		lines = append(lines, "year"+strconv.Itoa(year)+"=1; Expires=Thu, 01 Jan "+strconv.Itoa(year)+" 00:00:00 GMT")
	}
	return lines
}

// firstOldYear returns the first two-digit year that the browser takes for one of the last century.
func firstOldYear(_ *Result, came Observation) string {
	if !came.Done {
		return ""
	}
	for year := yearsFrom; year < yearsTo; year++ {
		if !came.Has("year" + strconv.Itoa(year) + "=1") {
			return strconv.Itoa(year)
		}
	}
	return "≥ " + strconv.Itoa(yearsTo)
}
