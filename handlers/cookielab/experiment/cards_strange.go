package experiment

import (
	"fmt"
	"strings"
	"time"
)

// strange returns the cards that surprise even people with experience.
func strange() []Card {
	return []Card{
		card("nameless", []string{"kept", "refused"}, nil, fixed(
			Step{Set: []string{"justavalue"}},
			Step{Name: "one"},
			Step{Name: "again", Set: []string{"=another"}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("one").Cookie == "justavalue" && r.Of("now").Cookie == "another", "kept", "refused")
		}),
		card("date", []string{"read", "strict"}, nil, func(w World) []Step {
			at := w.Now.Add(48 * time.Hour).UTC()
			return []Step{
				{Set: []string{
					"normal=1; Expires=" + w.Date(48*time.Hour),
					"backwards=2; Expires=" + at.Format("2006 15:04:05 Jan 2"),
					"short=3; Expires=" + at.Format("2-Jan-06 15:4:5"),
					"past=4; Expires=1 jan 70 0:0:0",
					"iso=5; Expires=" + w.Now.Add(-time.Hour).UTC().Format(time.RFC3339),
				}},
				{Name: "now"},
			}
		}, func(r *Result) string {
			return either(r.Of("now").names() == "normal backwards short iso", "read", "strict")
		}),
		card("host-prefix", []string{"refused", "kept", "none"}, []Place{Sibling, Parent}, func(w World) []Step {
			return []Step{
				{Set: []string{
					"__Host-good=1; Secure; Path=/",
					"__Host-domain=2; Secure; Path=/; Domain=" + w.Name(Parent),
					"__Host-path=3; Secure; Path=/try/",
					"__Host-plain=4; Path=/",
					"__Secure-good=5; Secure",
					"__Secure-plain=6",
				}},
				{Name: "now"},
			}
		}, func(r *Result) string {
			switch r.Of("now").names() {
			case "__Secure-good __Host-good", "__Host-good __Secure-good":
				return "refused"
			case "":
				return "none"
			}
			return "kept"
		}),
		card("secure-http", []string{"kept", "none"}, nil, fixed(
			Step{Set: []string{"safe=1; Secure"}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("now").Has("safe=1"), "kept", "none")
		}),
		card("secure-overwrite", []string{"replaced", "protected", "none"}, nil, fixed(
			Step{Set: []string{"safe=1; Secure"}},
			Step{Name: "before"},
			Step{Set: []string{"safe=forged"}},
			Step{Name: "now"},
		), func(r *Result) string {
			switch {
			case r.Of("before").Cookie == "":
				return "none"
			case r.Of("now").Has("safe=forged"):
				return "replaced"
			}
			return "protected"
		}),
		card("suffix", []string{"refused", "kept"}, []Place{Other}, fixed(
			Step{Set: []string{"all=1; Domain=localhost", "world=2; Domain=com", "mine=3"}},
			Step{Name: "own"},
			Step{Name: "other", Do: Link, At: Other, To: Other},
		), func(r *Result) string {
			return either(r.Of("own").names() == "mine" && r.Of("other").Cookie == "", "refused", "kept")
		}),
		card("size", []string{"limit", "other"}, nil, fixed(
			Step{Set: []string{"fits=" + strings.Repeat("x", 4096-len("fits")), "large=" + strings.Repeat("x", 4097-len("large"))}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("now").names() == "fits", "limit", "other")
		}),
		alone(card("eviction", []string{"all", "evicted"}, nil, func(World) []Step {
			var many []string
			for i := range 181 {
				many = append(many, fmt.Sprintf("c%03d=1", i+1))
			}
			return []Step{
				{Set: many[:180]},
				{Name: "before"},
				{Set: many[180:]},
				{Name: "now"},
			}
		}, func(r *Result) string {
			return either(len(r.Of("now").Pairs()) < 181, "evicted", "all")
		})),
		card("characters", []string{"kept", "other"}, nil, fixed(
			Step{Set: []string{`city=北京`, `quoted="two words"`, `comma=a,b`, `space=a b`, `percent=%41`}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("now").Cookie == `city=北京; quoted="two words"; comma=a,b; space=a b; percent=%41`, "kept", "other")
		}),
		card("control", []string{"refused", "other"}, nil, fixed(
			Step{Set: []string{"bell=a\x07b", "delete=a\x7fb", "tab=a\tb", "plain=ab"}},
			Step{Name: "now"},
		), func(r *Result) string {
			now := r.Of("now")
			_, bell := now.Value("bell")
			_, del := now.Value("delete")
			return either(!bell && !del && now.Has("plain=ab"), "refused", "other")
		}),
		card("case", []string{"two", "one"}, nil, fixed(
			Step{Set: []string{"taste=sweet", "Taste=sour"}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("now").names() == "taste Taste", "two", "one")
		}),
		card("port", []string{"shared", "apart"}, []Place{Port}, fixed(
			Step{Set: []string{"taste=sweet"}},
			Step{Name: "port", To: Port, Set: []string{"taste=sour"}},
			Step{Name: "now"},
		), func(r *Result) string {
			return either(r.Of("port").Has("taste=sweet") && r.Of("now").Has("taste=sour"), "shared", "apart")
		}),
		card("sibling", []string{"both", "own"}, []Place{Sibling, Parent}, func(w World) []Step {
			return []Step{
				{Set: []string{"cart=mine"}},
				{Name: "forged", To: Sibling, Set: []string{"cart=forged; Domain=" + w.Name(Parent) + "; Path=/try/shop"}},
				{Name: "now", Path: "shop/cart"},
			}
		}, func(r *Result) string {
			return either(r.Of("now").Cookie == "cart=forged; cart=mine", "both", "own")
		}),
		card("domain-port", []string{"refused", "kept"}, nil, func(w World) []Step {
			return []Step{
				{Set: []string{"a=1; Domain=" + w.Hosts[Own], "b=2; Domain=other.test", "c=3"}},
				{Name: "now"},
			}
		}, func(r *Result) string {
			_, a := r.Of("now").Value("a")
			_, b := r.Of("now").Value("b")
			return either(!a && !b, "refused", "kept")
		}),
	}
}

// alone keeps a card away from hosts that have cookies of the lab.
func alone(c Card) Card {
	c.Alone = true
	return c
}
