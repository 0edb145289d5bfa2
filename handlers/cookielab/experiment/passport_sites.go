package experiment

// siteFacts returns the facts about requests from other sites.
func siteFacts() []Fact {
	const group = "sites"
	const path = "passport/sites/"
	other := []Place{Other}
	asks := func(name string, do Action) func(World) []Step {
		return func(World) []Step { return []Step{{Name: name, Do: do, At: Other, Path: path}} }
	}
	return []Fact{
		{Name: "noneinsecure", Group: group, Section: "5.7", Lines: []string{"noneinsecure=1; SameSite=None"}, Value: keeps("noneinsecure=1")},
		{Name: "unsetlink", Group: group, Section: "5.6.7", Needs: other, Lines: []string{"unset=1", "lax=1; SameSite=Lax", "strict=1; SameSite=Strict", "odd=1; SameSite=Odd", "none=1; SameSite=None; Secure"},
			Value: goes("unsetlink", "unset=1"), Steps: asks("unsetlink", Link)},
		{Name: "strictlink", Group: group, Section: "5.6.7", Needs: other, Value: goes("unsetlink", "strict=1"), See: []string{"unsetlink"}},
		{Name: "unsetpost", Group: group, Section: "5.6.7.2", Needs: other, Value: goes("unsetpost", "unset=1"), Steps: asks("unsetpost", FormPost)},
		{Name: "laxpost", Group: group, Section: "5.6.7", Needs: other, Value: goes("unsetpost", "lax=1"), See: []string{"unsetpost"}},
		{Name: "unsetimage", Group: group, Section: "5.6.7", Needs: other, Value: goes("unsetimage", "unset=1"), Steps: asks("unsetimage", Image)},
		{Name: "oddimage", Group: group, Section: "5.6.7", Needs: other, Value: goes("unsetimage", "odd=1"), See: []string{"unsetimage"}},
		{Name: "imagenone", Group: group, Section: "7.1", Open: true, Needs: other, Value: goes("unsetimage", "none=1"), See: []string{"unsetimage"}},
		{Name: "framenone", Group: group, Section: "7.1", Open: true, Needs: other, Value: goes("framenone", "none=1"), Steps: asks("framenone", Frame)},
		{Name: "frameset", Group: group, Section: "7.1", Open: true, Needs: other, Value: goes("frameset", "frameset=1"), Steps: func(World) []Step {
			return []Step{
				{Name: "frameset-set", Do: Frame, At: Other, Path: path, Set: []string{"frameset=1; SameSite=None; Secure", "partitioned=1; SameSite=None; Secure; Partitioned"}},
				{Name: "frameset", Do: Frame, At: Other, Path: path},
				{Name: "partitioned", Path: path},
			}
		}},
		{Name: "partitioned", Group: group, Source: "CHIPS", Rule: Apart, Needs: other, Value: partitioned, See: []string{"frameset-set", "frameset", "partitioned"}},
		{Name: "schemes", Group: group, Section: "5.2", Untried: "scheme"},
	}
}

// partitioned returns whether a cookie that was set in a frame for its page alone was sent elsewhere, too.
func partitioned(r *Result, _ Observation) string {
	inside, elsewhere := r.Of("frameset"), r.Of("partitioned")
	const pair = "partitioned=1"
	switch {
	case !inside.Done || !elsewhere.Done:
		return ""
	case elsewhere.Has(pair):
		return Shared
	case inside.Has(pair):
		return Apart
	}
	return Refused
}
