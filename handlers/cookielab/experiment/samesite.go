package experiment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sessionlab/cookie"
)

// The names of the experiments with requests from another site.
const (
	SameSiteName     = "sites"     // sets the cookies and makes the requests
	SameSiteLateName = "siteslate" // makes the requests again, with the same cookies
	DomainName       = "sitesdomain"
)

// SameSiteLife is how long the cookies of SameSite live.
const SameSiteLife = 15 * time.Minute

// SameSiteKept is the step that shows which cookies the browser has: its request has nothing to do with another site.
const SameSiteKept = "kept"

// SameSiteCookies returns the names of SameSite's cookies.
func SameSiteCookies() []string { return []string{"none", "lax", "strict", "unset"} }

// SameSiteRequests returns the requests of SameSite, in the order in which the page lists them. The last two are for
// comparison: one comes from the same site, one starts there.
func SameSiteRequests() []Step {
	return []Step{
		{Name: "link", Do: Link, At: Other},
		{Name: "typed", Do: Typed},
		{Name: "get", Do: FormGet, At: Other},
		{Name: "post", Do: FormPost, At: Other},
		{Name: "image", Do: Image, At: Other},
		{Name: "frame", Do: Frame, At: Other},
		{Name: "fetch", Do: Fetch, At: Other},
		{Name: "bare", Do: Bare, At: Other},
		{Name: "redirect", Do: Link, At: Other, Via: Sibling},
		{Name: "open", Do: Open, At: Other},
		{Name: "beacon", Do: Beacon, At: Other},
		{Name: "prefetch", Do: Prefetch, At: Other},
		{Name: "sibling", Do: FormPost, At: Sibling},
		{Name: "return", Do: Link, Via: Other},
	}
}

// SameSite returns an experiment that sets a cookie for each value of SameSite at Own, and makes Other request Own in every
// possible way. The cookies stay for SameSiteLate, and for the address that the visitor types.
func SameSite() Experiment {
	return Experiment{
		Name: SameSiteName, Keeps: true,
		Steps: func(World) []Step {
			life := fmt.Sprintf("; Path=/; Max-Age=%.0f", SameSiteLife.Seconds())
			set := Step{Name: "set", Path: "sites/set", Set: []string{
				"none=1; SameSite=None; Secure" + life,
				"lax=1; SameSite=Lax" + life,
				"strict=1; SameSite=Strict" + life,
				"unset=1" + life,
			}}
			return append([]Step{set}, sameSiteSteps("sites/")...)
		},
	}
}

// SameSiteLate returns an experiment that makes the requests of SameSite again.
func SameSiteLate() Experiment {
	return Experiment{
		Name: SameSiteLateName, Keeps: true, Continues: true,
		Steps: func(World) []Step { return sameSiteSteps("sites/late/") },
	}
}

// sameSiteSteps returns the requests in the order in which they are made: those that stay in the page come first. Each has
// a path of its own, by which it can be found on the stage.
func sameSiteSteps(below string) []Step {
	steps := SameSiteRequests()
	for i := range steps {
		steps[i].Path = below + steps[i].Name
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		switch {
		case a.Do.travels() == b.Do.travels():
			return 0
		case b.Do.travels():
			return -1
		}
		return 1
	})
	return append([]Step{{Name: SameSiteKept, Path: below + SameSiteKept}}, steps...)
}

// Ripe returns when a cookie set in this run is more than two minutes old, and therefore no longer fresh (RFC 6265bis,
// 5.6.7.2).
func (r *Result) Ripe() time.Time { return r.Ended.Add(cookie.RFC().LaxUnsafe) }

// Domain returns an experiment in which two people meet: Alice at Own and Bob at Sibling. First her cookie is for her host
// only. Then it has a Domain that covers his host, too, and he answers in kind.
func Domain() Experiment {
	return Experiment{
		Name: DomainName, Needs: []Place{Sibling},
		Steps: func(w World) []Step {
			_, both, _ := strings.Cut(w.Name(Own), ".")
			return []Step{
				{Path: "domain/alice", Set: []string{"who=alice; Path=/; Max-Age=600"}},
				{Name: "apart", At: Sibling, To: Sibling, Path: "domain/bob"},
				{Path: "domain/alice/shares", Set: []string{"shared=alice; Domain=" + both + "; Path=/; Max-Age=600"}},
				{Name: "shared", At: Sibling, To: Sibling, Path: "domain/bob"},
				{At: Sibling, To: Sibling, Path: "domain/bob/shares", Set: []string{"shared=bob; Domain=" + both + "; Path=/; Max-Age=600"}},
				{Name: "taken", Path: "domain/alice"},
			}
		},
		Judge: judgeDomain,
	}
}

// judgeDomain returns the outcome of Domain.
func judgeDomain(r *Result) string {
	apart, shared, taken := r.Of("apart"), r.Of("shared"), r.Of("taken")
	switch {
	case !apart.Done || !shared.Done || !taken.Done:
		return "unclear"
	case apart.Has("who=alice"):
		return "leaks"
	case shared.Has("shared=alice") && taken.Has("shared=bob") && !taken.Has("shared=alice"):
		return "taken"
	case !shared.Has("shared=alice") && !taken.Has("shared=bob"):
		return "separate"
	}
	return "unclear"
}
