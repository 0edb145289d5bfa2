package experiment

// LineName is the name of the experiments with the reader's own lines.
const LineName = "line"

// LinePath is the path below /try/ whose response sets the lines.
const LinePath = "shop/cart"

// Line returns an experiment in which a response sets these Set-Cookie lines, byte for byte, and requests from all sides
// show which cookies come back. They stay, and those of earlier lines count, too, so that readers can experiment with
// several.
func Line(lines ...string) Experiment {
	return Experiment{
		Name: LineName, Keeps: true, Continues: true,
		Steps: func(World) []Step {
			return append([]Step{{Do: Link, Path: LinePath, Set: lines}}, allSides()...)
		},
	}
}

// Wipe returns an experiment that deletes everything experiments left, and checks that it is gone.
func Wipe() Experiment {
	return Experiment{Name: LineName, Keeps: true, Wipes: true, Steps: func(World) []Step { return allSides() }}
}

// allSides returns the requests that show where a cookie goes.
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

// Sent returns the lines that the browser was given. After Wipe there are none.
func (r *Result) Sent() []string {
	for _, o := range r.Seen {
		if len(o.Step.Set) > 0 {
			return o.Step.Set
		}
	}
	return nil
}
