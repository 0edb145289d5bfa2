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

// SameSiteKept is the step that tells which cookies the browser has: nothing about
// its request is of another site.
const SameSiteKept = "kept"

// SameSiteCookies are the cookies of SameSite, each by its name.
func SameSiteCookies() []string { return []string{"none", "lax", "strict", "unset"} }

// SameSiteRequests are the requests of SameSite, in the order in which they are read.
// The last two are for comparison: one comes from the same site, one begins there.
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

// SameSite sets a cookie for each SameSite at Own, and has Other ask for Own in every
// way there is. The cookies stay for SameSiteLate, and for the address that the
// visitor types.
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

// SameSiteLate makes the requests of SameSite again.
func SameSiteLate() Experiment {
	return Experiment{
		Name: SameSiteLateName, Keeps: true, Continues: true,
		Steps: func(World) []Step { return sameSiteSteps("sites/late/") },
	}
}

// sameSiteSteps are the requests in the order in which they are made: what stays in
// the page first. Each has a path of its own, by which it is found on the stage.
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

// Ripe is when a cookie that was set in this run is older than two minutes, after
// which it is no longer fresh (RFC 6265bis, 5.6.7.2).
func (r *Result) Ripe() time.Time { return r.Ended.Add(cookie.RFC().LaxUnsafe) }

// Domain has two people meet: Alice at Own, Bob at Sibling. First her cookie is for
// her host only; then it has a Domain that is his, too, and he answers in kind.
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
