package experiment

// LineName is the name of the experiments with lines of the reader's own.
const LineName = "line"

// LinePath is what the lines are the answer to, below /try/.
const LinePath = "shop/cart"

// Line has the browser take these Set-Cookie lines, byte for byte, and asks from all
// sides which cookies come back then. They stay, and those that were there before
// count, too: the reader experiments with more than one.
func Line(lines ...string) Experiment {
	return Experiment{
		Name: LineName, Keeps: true, Continues: true,
		Steps: func(World) []Step {
			return append([]Step{{Do: Link, Path: LinePath, Set: lines}}, allSides()...)
		},
	}
}

// Wipe deletes all that experiments left, and asks whether it is gone.
func Wipe() Experiment {
	return Experiment{Name: LineName, Keeps: true, Wipes: true, Steps: func(World) []Step { return allSides() }}
}

// allSides are the requests that tell where a cookie goes.
func allSides() []Step {
	return []Step{
		{Name: "same", Do: Link, Path: LinePath},
		{Name: "deeper", Path: LinePath + "/item"},
		{Name: "path", Path: "office"},
		{Name: "read", Do: Read, Path: LinePath},
		{Name: "store", Do: Store, Path: LinePath},
		{Name: "port", To: Port, Path: LinePath},
		{Name: "below", To: Below, Path: LinePath},
		{Name: "parent", To: Parent, Path: LinePath},
		{Name: "sibling", To: Sibling, Path: LinePath},
		{Name: "link", Do: Link, At: Other, Path: LinePath},
		{Name: "post", Do: FormPost, At: Other, Path: LinePath},
		{Name: "fetch", At: Other, Path: LinePath},
	}
}

// Sent are the lines that the browser was given, none by Wipe.
func (r *Result) Sent() []string {
	for _, o := range r.Seen {
		if len(o.Step.Set) > 0 {
			return o.Step.Set
		}
	}
	return nil
}
