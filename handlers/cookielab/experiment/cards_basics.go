package experiment

import "time"

// basics returns the cards that everyone who sets cookies should have seen once.
func basics() []Card {
	return []Card{
		card("first", []string{"kept", "lost"}, nil, fixed(
			Step{Name: "before"},
			Step{Set: []string{"taste=sweet"}},
			Step{Name: "after"},
		), func(r *Result) string {
			return either(r.Of("after").Has("taste=sweet"), "kept", "lost")
		}),
		card("session-cookie", []string{"both", "other"}, nil, fixed(
			Step{Set: []string{"short=1", "long=2; Max-Age=600"}},
			Step{Name: "now"},
			Step{Name: "store", Do: Store},
		), func(r *Result) string {
			return either(r.Of("now").Has("short=1") && r.Of("now").Has("long=2"), "both", "other")
		}),
		card("max-age-expires", []string{"maxage", "expires", "other"}, nil, func(w World) []Step {
			return []Step{
				{Set: []string{
					"a=1; Max-Age=600; Expires=" + w.Date(-time.Hour),
					"b=2; Max-Age=0; Expires=" + w.Date(time.Hour),
				}},
				{Name: "now"},
			}
		}, func(r *Result) string {
			switch a, b := r.Of("now").Has("a=1"), r.Of("now").Has("b=2"); {
			case a && !b:
				return "maxage"
			case b && !a:
				return "expires"
			}
			return "other"
		}),
		card("delete", []string{"gone", "there"}, nil, fixed(
			Step{Set: []string{"taste=sweet; Max-Age=600"}},
			Step{Name: "before"},
			Step{Set: []string{"taste=; Max-Age=0"}},
			Step{Name: "after"},
		), func(r *Result) string {
			return either(r.Of("after").Cookie == "", "gone", "there")
		}),
		card("delete-path", []string{"stays", "gone", "never"}, nil, fixed(
			Step{Path: "shop/cart", Set: []string{"taste=sweet"}},
			Step{Name: "wrong", Path: "office", Set: []string{"taste=; Max-Age=0"}},
			Step{Name: "still", Path: "shop/cart"},
			Step{Name: "right", Path: "office", Set: []string{"taste=; Max-Age=0; Path=/try/shop"}},
			Step{Name: "gone", Path: "shop/cart"},
		), func(r *Result) string {
			switch still, after := r.Of("still").Has("taste=sweet"), r.Of("gone").Has("taste=sweet"); {
			case after:
				return "never"
			case still:
				return "stays"
			}
			return "gone"
		}),
		card("path", []string{"two", "one"}, nil, fixed(
			Step{Path: "shop/cart", Set: []string{"taste=plain; Path=/try/", "taste=sweet; Path=/try/shop"}},
			Step{Name: "shop", Path: "shop/cart"},
			Step{Name: "office", Path: "office"},
		), func(r *Result) string {
			return either(r.Of("shop").Cookie == "taste=sweet; taste=plain" && r.Of("office").Cookie == "taste=plain", "two", "one")
		}),
		card("httponly", []string{"hidden", "shown"}, nil, fixed(
			Step{Set: []string{"secret=1; HttpOnly", "open=2"}},
			Step{Name: "server"},
			Step{Name: "script", Do: Read},
			Step{Name: "write", Do: Write, Set: []string{"secret=stolen"}},
			Step{Name: "after"},
		), func(r *Result) string {
			return either(r.Of("script").names() == "open" && r.Of("after").Has("secret=1"), "hidden", "shown")
		}),
		card("domain", []string{"shared", "other"}, []Place{Sibling, Parent}, func(w World) []Step {
			return []Step{
				{Set: []string{"mine=1", "ours=2; Domain=" + w.Name(Parent), "dotted=3; Domain=." + w.Name(Parent)}},
				{Name: "own"},
				{Name: "sibling", To: Sibling},
				{Name: "parent", To: Parent},
			}
		}, func(r *Result) string {
			return either(r.Of("own").names() == "mine ours dotted" && r.Of("sibling").names() == "ours dotted" && r.Of("parent").names() == "ours dotted", "shared", "other")
		}),
		card("below", []string{"narrow", "wide"}, []Place{Below}, func(w World) []Step {
			return []Step{
				{Set: []string{"without=1", "with=2; Domain=" + w.Name(Own)}},
				{Name: "own"},
				{Name: "below", To: Below},
			}
		}, func(r *Result) string {
			return either(r.Of("below").names() == "with", "narrow", "wide")
		}),
		card("order", []string{"draft", "other"}, nil, fixed(
			Step{Path: "shop/cart", Set: []string{"first=1; Path=/try/"}},
			Step{Path: "shop/cart", Set: []string{"second=2; Path=/try/"}},
			Step{Path: "shop/cart", Set: []string{"deep=3; Path=/try/shop"}},
			Step{Path: "shop/cart", Set: []string{"first=new; Path=/try/"}},
			Step{Name: "now", Path: "shop/cart"},
		), func(r *Result) string {
			return either(r.Of("now").names() == "deep first second", "draft", "other")
		}),
	}
}
