package cookielab

import (
	"cmp"
	"net/http"
	"slices"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
)

// sameSiteTable shows which requests carried which cookies.
type sameSiteTable struct {
	Tally    tally
	Columns  []string // names of texts
	Rows     []sameSiteRow
	Findings []sameSiteFinding
}

// sameSiteRow is one kind of request.
type sameSiteRow struct {
	Name     string // the name of its texts and its step
	From, To string // the hosts
	Via      string
	Possible bool   // all its hosts can be reached
	Done     bool   // the request arrived in the first run
	Hand     string // the address with which the reader can make the request
	Missing  string // what to say if it did not arrive: the end of a text's name
	Trouble  string
	Cells    []sameSiteCell
	Compares bool   // it serves only for comparison
	again    string // Hand of the second run
}

// Typed returns the address that the reader should type next, or "" for none.
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

// sameSiteCell is one cookie in one request.
type sameSiteCell struct {
	Column string
	Asked  bool // the request arrived
	Kept   bool // the browser has the cookie
	Sent   bool
	Draft  bool
	Left   bool   // the browser may choose
	Reason string // why the draft withholds it: the name of a text
	Show   string // by which the stage finds the request
}

// ThirdParty reports whether the browser withheld a cookie that SameSite allows everywhere: it has
// another rule, for pages embedded in other pages.
func (t *sameSiteTable) ThirdParty() bool {
	return slices.ContainsFunc(t.Rows, func(row sameSiteRow) bool {
		return slices.ContainsFunc(row.Cells, func(c sameSiteCell) bool { return c.Column == "none" && c.Chosen() })
	})
}

// Differs reports whether the browser did not do what the draft says, and Chosen whether it was free to.
func (c sameSiteCell) Differs() bool { return c.Asked && c.Sent != c.Draft && !c.Left }
func (c sameSiteCell) Chosen() bool  { return c.Asked && c.Sent != c.Draft && c.Left }

// sameSiteFinding is a cell in which the browser differs from the draft.
type sameSiteFinding struct {
	Row  string
	Cell sameSiteCell
}

// newSameSiteTable returns a table of the two runs; late is nil before the second.
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
			if cell.Asked {
				t.Tally.add(cell.Differs(), cell.Chosen())
			}
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
		cell.Draft, cell.Left = o.Sent[i].Sent, o.Leaves(o.Sent[i])
		if !cell.Draft {
			cell.Reason = "cookie.reason." + string(o.Sent[i].Reason)
		}
	}
	return cell
}
