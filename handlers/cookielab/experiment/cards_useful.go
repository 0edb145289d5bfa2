package experiment

import "time"

// laxUnsafe is a little longer than the time for which a cookie without SameSite counts as fresh (RFC 6265bis, 5.6.7.2).
const laxUnsafe = 2*time.Minute + 5*time.Second

// useful returns the cards about what protects a login.
func useful() []Card {
	return []Card{
		card("samesite", []string{"graded", "other"}, []Place{Other}, fixed(
			Step{Set: []string{"strict=1; SameSite=Strict", "lax=2; SameSite=Lax"}},
			Step{Name: "own"},
			Step{Name: "link", Do: Link, At: Other},
			Step{Name: "post", Do: FormPost, At: Other},
		), func(r *Result) string {
			return either(r.Of("own").names() == "strict lax" && r.Of("link").names() == "lax" && r.Of("post").Cookie == "", "graded", "other")
		}),
		card("samesite-none", []string{"refused", "kept"}, []Place{Other}, fixed(
			Step{Set: []string{"open=1; SameSite=None", "safe=2; SameSite=None; Secure"}},
			Step{Name: "own"},
			Step{Name: "post", Do: FormPost, At: Other},
			Step{Name: "frame", Do: Frame, At: Other},
		), func(r *Result) string {
			return either(r.Of("own").names() == "safe", "refused", "kept")
		}),
		card("samesite-default", []string{"lax", "everywhere", "strict"}, []Place{Other}, fixed(
			Step{Set: []string{"unsaid=1"}},
			Step{Name: "own"},
			Step{Name: "link", Do: Link, At: Other},
			Step{Name: "image", Do: Image, At: Other},
			Step{Name: "post", Do: FormPost, At: Other},
		), func(r *Result) string {
			switch link, image, post := r.Of("link").Cookie != "", r.Of("image").Cookie != "", r.Of("post").Cookie != ""; {
			case link && post && !image:
				return "lax"
			case link && post:
				return "everywhere"
			}
			return "strict"
		}),
		card("two-minutes", []string{"ends", "stays", "never"}, []Place{Other}, fixed(
			Step{Set: []string{"unsaid=1"}},
			Step{Name: "own"},
			Step{Name: "fresh", Do: FormPost, At: Other},
			Step{Name: "wait", Do: Wait, Pause: laxUnsafe},
			Step{Name: "old", Do: FormPost, At: Other},
		), func(r *Result) string {
			switch fresh, old := r.Of("fresh").Cookie != "", r.Of("old").Cookie != ""; {
			case fresh && !old:
				return "ends"
			case fresh:
				return "stays"
			}
			return "never"
		}),
		card("csrf", []string{"refused", "carried"}, []Place{Other}, fixed(
			Step{Set: []string{"login=me; SameSite=Lax; HttpOnly; Path=/"}},
			Step{Name: "own", Do: FormPost, Path: "shop/pay"},
			Step{Name: "forged", Do: FormPost, At: Other, Path: "shop/pay"},
		), func(r *Result) string {
			return either(r.Of("own").Has("login=me") && r.Of("forged").Cookie == "", "refused", "carried")
		}),
		card("partitioned", []string{"apart", "same", "none"}, []Place{Other}, fixed(
			Step{Set: []string{"plain=1; SameSite=None; Secure", "parted=2; SameSite=None; Secure; Partitioned"}},
			Step{Name: "own"},
			Step{Name: "frame", Do: Frame, At: Other, Set: []string{"framed=3; SameSite=None; Secure; Partitioned"}},
			Step{Name: "again", Do: Frame, At: Other},
			Step{Name: "after"},
		), func(r *Result) string {
			switch own, framed := r.Of("own").Has("parted=2"), r.Of("again").Has("framed=3"); {
			case own && framed && !r.Of("again").Has("parted=2") && !r.Of("after").Has("framed=3"):
				return "apart"
			case own && r.Of("after").Has("framed=3"):
				return "same"
			}
			return "none"
		}),
		card("path-wall", []string{"open", "closed"}, nil, fixed(
			Step{Path: "bank/account", Set: []string{"money=much; Path=/try/bank"}},
			Step{Name: "blog", Do: Read, Path: "blog/page"},
			Step{Name: "asked", Path: "bank/account"},
			Step{Name: "bank", Do: Read, Path: "bank/account"},
		), func(r *Result) string {
			return either(r.Of("blog").Cookie == "" && r.Of("bank").Has("money=much"), "open", "closed")
		}),
		card("four-hundred-days", []string{"cut", "longer", "shorter", "untold", "other"}, nil, func(w World) []Step {
			return []Step{
				{Set: []string{"long=1; Max-Age=63072000", "far=2; Expires=" + w.Date(2*365*24*time.Hour)}},
				{Name: "now"},
				{Name: "store", Do: Store},
			}
		}, func(r *Result) string {
			if r.Of("now").names() != "long far" {
				return "other"
			}
			long, far := r.Of("store").days("long", r.Started), r.Of("store").days("far", r.Started)
			switch {
			case long == 0 || far == 0:
				return "untold"
			case max(long, far) > 400:
				return "longer"
			case min(long, far) < 400:
				return "shorter"
			}
			return "cut"
		}),
		card("last-wins", []string{"last", "first"}, nil, fixed(
			Step{Path: "shop/cart", Set: []string{"a=1; Path=/try/office; Path=/try/shop", "b=2; Max-Age=0; Max-Age=600"}},
			Step{Name: "now", Path: "shop/cart"},
		), func(r *Result) string {
			return either(r.Of("now").Has("a=1") && r.Of("now").Has("b=2"), "last", "first")
		}),
	}
}
