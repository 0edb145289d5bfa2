package experiment

import "strings"

// whereFacts returns the facts about hosts, ports and paths.
func whereFacts() []Fact {
	const group, path = "where", "passport/where/"
	return []Fact{
		{Name: "localhosts", Group: group, Source: "RFC 6761", Section: "6.3", Rule: Yes, Value: func(r *Result, _ Observation) string {
			if strings.HasSuffix(r.World.Name(Own), ".localhost") {
				return Yes
			}
			return No
		}},
		{Name: "hostonly", Group: group, Section: "5.8.3", Needs: []Place{Below}, Value: goes("hostonly", "hostonly=1"), Steps: func(World) []Step {
			return []Step{{Name: "hostonly-set", Path: path, Set: []string{"hostonly=1"}}, {Name: "hostonly", To: Below, Path: path}}
		}},
		{Name: "domain", Group: group, Section: "5.8.3", Needs: []Place{Below}, Value: goes("domain", "domain=1"), Steps: func(w World) []Step {
			return []Step{{Name: "domain-set", Path: path, Set: []string{"domain=1; Domain=" + w.Name(Own)}}, {Name: "domain", To: Below, Path: path}}
		}},
		{Name: "dot", Group: group, Section: "5.6.3", Needs: []Place{Parent, Sibling}, Value: goes("dot", "dot=1"), Steps: func(w World) []Step {
			return []Step{{Name: "dot-set", Path: path, Set: []string{"dot=1; Domain=." + w.Name(Parent)}}, {Name: "dot", To: Sibling, Path: path}}
		}},
		{Name: "localhost", Group: group, Section: "5.7", Needs: []Place{Parent}, Value: func(r *Result, _ Observation) string {
			return kept(r.Of("localhost"), "localhost=1", Kept, Refused)
		}, Steps: func(World) []Step {
			return []Step{{Name: "localhost-set", Path: path, Set: []string{"localhost=1; Domain=localhost"}}, {Name: "localhost", Path: path}}
		}},
		{Name: "suffix", Group: group, Section: "5.7", Untried: "suffix"},
		{Name: "port", Group: group, Section: "8.5", Needs: []Place{Port}, Value: goes("port", "port=1"), Steps: func(World) []Step {
			return []Step{{Name: "port-set", Path: path, Set: []string{"port=1"}}, {Name: "port", To: Port, Path: path}}
		}},
		{Name: "pathedge", Group: group, Section: "5.1.4", Value: goes("pathedge", "pathedge=1"), Steps: func(World) []Step {
			return []Step{{Name: "pathedge-set", Path: path, Set: []string{"pathedge=1; Path=/try/passport/path"}}, {Name: "pathedge", Path: "passport/pathology"}}
		}},
		{Name: "pathcase", Group: group, Section: "5.1.4", Value: goes("pathcase", "pathcase=1"), Steps: func(World) []Step {
			return []Step{{Name: "pathcase-set", Path: path, Set: []string{"pathcase=1; Path=/try/passport/path"}}, {Name: "pathcase", Path: "passport/PATH"}}
		}},
		{Name: "order", Group: group, Section: "5.8.3", Value: func(r *Result, _ Observation) string {
			var names []string
			for _, pair := range r.Of("order").Pairs() {
				if name, _, _ := strings.Cut(pair, "="); name == "old" || name == "deep" || name == "new" {
					names = append(names, name)
				}
			}
			if names == nil && r.Of("order").Done {
				return Refused
			}
			return strings.Join(names, ", ")
		}, Steps: func(World) []Step {
			const path = "passport/order/"
			return []Step{
				{Name: "order-set", Path: path, Set: []string{"old=1; Path=/try/passport", "deep=2; Path=/try/passport/order", "new=3; Path=/try/passport"}},
				{Name: "order", Path: path},
			}
		}},
		{Name: "renewed", Group: group, Section: "5.7", Value: renewed, Steps: func(World) []Step {
			const path = "passport/renewed/"
			return []Step{
				{Name: "renewed-set", Path: path, Set: []string{"first=1", "second=1"}},
				{Name: "renewed-again", Path: path, Set: []string{"first=2"}},
				{Name: "renewed", Path: path},
			}
		}},
		{Name: "address", Group: group, Section: "5.7", Needs: []Place{Address}, Value: func(r *Result, _ Observation) string {
			return kept(r.Of("address"), "address=1", Kept, Refused)
		}, Steps: func(w World) []Step {
			return []Step{
				{Name: "address-set", Do: Link, To: Address, Path: path, Set: []string{"address=1; Domain=" + w.Name(Address)}},
				{Name: "address", At: Address, To: Address, Path: path},
			}
		}},
	}
}

// renewed returns the position of a cookie that was given another value.
func renewed(r *Result, _ Observation) string {
	pairs := r.Of("renewed").Pairs()
	switch {
	case len(pairs) < 2:
		return ""
	case pairs[0] == "first=2":
		return StaysFirst
	}
	return MovesBack
}
