package cookielab

import (
	"cmp"
	"net/http"
	"slices"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
)

// sameSiteTable is which requests carried which cookies.
type sameSiteTable struct {
	Columns  []string // of the texts
	Rows     []sameSiteRow
	Findings []sameSiteFinding
}

// sameSiteRow is a kind of request.
type sameSiteRow struct {
	Name     string // of its texts, and of its step
	From, To string // the hosts
	Via      string
	Possible bool   // all hosts can be reached here
	Done     bool   // the request came, in the first run
	Hand     string // the address by which the reader can make the request
	Missing  string // what is said if it did not come: the end of a text's name
	Trouble  string
	Cells    []sameSiteCell
	Compares bool   // it is there for comparison only
	again    string // Hand, of the second run
}

// Typed is the address that the reader is to type next, "" for none.
func (r sameSiteRow) Typed() string {
	switch {
	case r.Name != "typed":
		return ""
	case !r.Done:
		return r.Hand
	case !r.Cells[len(r.Cells)-1].Asked:
		return r.again
	}
	return ""
}

// sameSiteCell is one cookie and one request.
type sameSiteCell struct {
	Column string
	Asked  bool // the request came
	Kept   bool // the browser has the cookie
	Sent   bool
	Draft  bool
	Reason string // why not, in the draft: the name of a text
	Show   string // by which the stage finds the request
}

// ThirdParty tells whether a cookie was held back that SameSite lets go everywhere: the browser has
// another rule, about pages inside of others.
func (t *sameSiteTable) ThirdParty() bool {
	return slices.ContainsFunc(t.Findings, func(f sameSiteFinding) bool { return f.Cell.Column == "none" && !f.Cell.Sent })
}

// Differs tells whether the browser did something else than the draft says.
func (c sameSiteCell) Differs() bool { return c.Asked && c.Sent != c.Draft }

// sameSiteFinding is a cell that differs.
type sameSiteFinding struct {
	Row  string
	Cell sameSiteCell
}

// newSameSiteTable makes a table of the two runs; late is nil before the second.
func newSameSiteTable(first, late *experiment.Result) *sameSiteTable {
	t := &sameSiteTable{Columns: append(experiment.SameSiteCookies(), "late")}
	for _, request := range experiment.SameSiteRequests() {
		o := first.Of(request.Name)
		row := sameSiteRow{
			Name: request.Name, Possible: o.Step.Name != "", Done: o.Done, Hand: o.Hand, Trouble: o.Trouble,
			From: first.World.Name(cmp.Or(request.At, experiment.Own)), To: first.World.Name(experiment.Own),
			Missing: "other", Compares: request.At != experiment.Other && request.Do != experiment.Typed,
		}
		switch request.Do {
		case experiment.Open, experiment.Frame, experiment.Beacon, experiment.Prefetch:
			row.Missing = request.Name
		}
		if request.Via != "" {
			row.Via = first.World.Name(request.Via)
		}
		for _, name := range experiment.SameSiteCookies() {
			row.Cells = append(row.Cells, newSameSiteCell(name, name, first, o))
		}
		again := sameSiteCell{Column: "late", Kept: true}
		if late != nil {
			o := late.Of(request.Name)
			again, row.again = newSameSiteCell("late", "unset", late, o), o.Hand
		}
		row.Cells = append(row.Cells, again)
		for _, cell := range row.Cells {
			if cell.Differs() {
				t.Findings = append(t.Findings, sameSiteFinding{row.Name, cell})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func newSameSiteCell(column, name string, of *experiment.Result, o experiment.Observation) sameSiteCell {
	kept := of.Of(experiment.SameSiteKept)
	cell := sameSiteCell{
		Column: column, Asked: o.Done, Kept: !kept.Done || kept.Has(name+"=1"),
		Sent: o.Has(name + "=1"), Show: cmp.Or(o.Method, http.MethodGet) + " /try/" + o.Step.Path,
	}
	i := slices.IndexFunc(o.Sent, func(s cookie.Sent) bool { return s.Cookie.Name == name })
	switch {
	case o.Step.Do == experiment.Bare:
		cell.Reason = "sites.reason.bare"
	case i < 0:
		cell.Reason = "sites.reason.refused"
	default:
		cell.Draft = o.Sent[i].Sent
		if !cell.Draft {
			cell.Reason = "cookie.reason." + string(o.Sent[i].Reason)
		}
	}
	return cell
}
