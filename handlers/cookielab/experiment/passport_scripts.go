package experiment

import "strings"

// scriptFacts returns the facts about scripts and about headers other than Cookie.
func scriptFacts() []Fact {
	const group, path = "scripts", "passport/scripts/"
	read := func(name string) valueOf {
		return func(r *Result, _ Observation) string { return r.Of(name).Text }
	}
	return []Fact{
		{Name: "enabled", Group: group, Source: "HTML", Rule: "true", Value: read("enabled"), Steps: func(World) []Step {
			return []Step{{Name: "enabled", Do: Enabled}}
		}},
		{Name: "httponlyread", Group: group, Section: "5.8.3", Lines: []string{"httponly=1; HttpOnly", "open=1"}, Value: func(r *Result, _ Observation) string {
			if !r.Of("script").Has("open=1") {
				return ""
			}
			return kept(r.Of("script"), "httponly=1", Yes, No)
		}, Steps: func(World) []Step { return []Step{{Name: "script", Do: Read, Path: path}} }},
		{Name: "store", Group: group, Trusted: true, Source: "Cookie Store API", Rule: Yes, Value: func(r *Result, _ Observation) string {
			switch o := r.Of("store"); {
			case o.Done:
				return Yes
			case o.Trouble != "":
				return No
			}
			return ""
		}, Steps: func(World) []Step { return []Step{{Name: "store", Do: Store, Path: path}} }},
		{Name: "httponlywrite", Group: group, Section: "5.7", Value: func(r *Result, _ Observation) string {
			return kept(r.Of("written"), "httponly=1", Kept, Changed)
		}, Steps: func(World) []Step {
			return []Step{{Name: "written-set", Do: Write, Path: path, Set: []string{"httponly=2; Path=/try/passport/scripts", "made=1; HttpOnly"}}, {Name: "written", Path: path}}
		}},
		{Name: "httponlymade", Group: group, Section: "5.7", Value: goes("written", "made=1"), See: []string{"written-set", "written"}},
		{Name: "omit", Group: group, Source: "Fetch", Rule: NotSent, Value: goes("omit", "open=1"), Steps: func(World) []Step {
			return []Step{{Name: "omit", Do: Bare, Path: path}}
		}},
		{Name: "fetchsite", Group: group, Trusted: true, Source: "Fetch Metadata", Rule: "same-origin, same-site, cross-site", Needs: []Place{Sibling, Other},
			Value: headers("Sec-Fetch-Site", "fetchsite1", "fetchsite2", "unsetlink"), See: []string{"unsetlink"}, Steps: func(World) []Step {
				return []Step{{Name: "fetchsite1", Path: path}, {Name: "fetchsite2", To: Sibling, Path: path}}
			}},
		{Name: "fetchdest", Group: group, Trusted: true, Source: "Fetch Metadata", Rule: "document, image, iframe", Needs: []Place{Other},
			Value: headers("Sec-Fetch-Dest", "unsetlink", "unsetimage", "framenone"), See: []string{"unsetlink", "unsetimage", "framenone"}},
		{Name: "originown", Group: group, Source: "Fetch", Value: origin("originown"), Rule: "own", Steps: func(World) []Step {
			return []Step{{Name: "originown", Do: FormPost, Path: path}}
		}},
		{Name: "originother", Group: group, Source: "Fetch", Rule: "null", Needs: []Place{Other}, Value: origin("unsetpost"), See: []string{"unsetpost"}},
		{Name: "clear", Group: group, Source: "Clear Site Data", Rule: Gone, Alone: true, Needs: []Place{Sibling}, Value: func(r *Result, _ Observation) string {
			return kept(r.Of("clear"), "clear=1", Kept, Gone)
		}, Steps: func(World) []Step {
			return []Step{{Name: "clear-set", To: Sibling, Path: path, Set: []string{"clear=1"}}, {Name: "clear-ask", Path: path, Clear: true}, {Name: "clear", To: Sibling, Path: path}}
		}},
	}
}

// headers returns the values of a request header in several steps.
func headers(name string, steps ...string) valueOf {
	return func(r *Result, _ Observation) string {
		var values []string
		for _, step := range steps {
			o := r.Of(step)
			if !o.Done {
				return ""
			}
			values = append(values, orElse(o.Header.Get(name), "–"))
		}
		return strings.Join(values, ", ")
	}
}

// origin returns what the header Origin says about the page that made the request: its own name, null, or nothing.
func origin(step string) valueOf {
	return func(r *Result, _ Observation) string {
		o := r.Of(step)
		switch value := o.Header.Get("Origin"); {
		case !o.Done:
			return ""
		case value == r.World.URL(o.Step.At, ""):
			return OwnName
		default:
			return orElse(value, NoHeader)
		}
	}
}
