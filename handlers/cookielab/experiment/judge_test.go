package experiment

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// came holds the cookies of each named step in an invented result.
type came map[string]string

// days holds how long cookies are kept, in days, as cookieStore says.
type days map[string]float64

// madeUp returns what a browser might have sent, by card and outcome.
func madeUp() map[string]map[string][]came {
	one := func(c came) []came { return []came{c} }
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("c=1; ", n), "; ") }
	return map[string]map[string][]came{
		"first":          {"kept": one(came{"after": "taste=sweet"}), "lost": one(came{"before": "taste=sweet"})},
		"session-cookie": {"both": one(came{"now": "short=1; long=2"}), "other": {{"now": "short=1"}, {"now": "long=2"}}},
		"max-age-expires": {
			"maxage": one(came{"now": "a=1"}), "expires": one(came{"now": "b=2"}), "other": {{"now": "a=1; b=2"}},
		},
		"delete": {"gone": one(came{"before": "taste=sweet"}), "there": {{"before": "taste=sweet", "after": "taste=sweet"}, {"before": "taste=sweet", "after": "taste="}}},
		"delete-path": {
			"stays": one(came{"wrong": "", "still": "taste=sweet", "right": "", "gone": ""}),
			"gone":  one(came{"wrong": "taste=sweet", "still": "", "gone": ""}),
			"never": one(came{"still": "taste=sweet", "gone": "taste=sweet"}),
		},
		"path": {
			"two": one(came{"shop": "taste=sweet; taste=plain", "office": "taste=plain"}),
			"one": {{"shop": "taste=sweet", "office": ""}, {"shop": "taste=plain; taste=sweet", "office": "taste=plain"}, {"shop": "taste=sweet; taste=plain", "office": "taste=sweet; taste=plain"}},
		},
		"httponly": {
			"hidden": one(came{"server": "secret=1; open=2", "script": "open=2", "after": "secret=1; open=2"}),
			"shown": {
				{"server": "secret=1; open=2", "script": "secret=1; open=2", "after": "secret=1; open=2"},
				{"server": "secret=1; open=2", "script": "open=2", "after": "secret=stolen; open=2"},
			},
		},
		"domain": {
			"shared": one(came{"own": "mine=1; ours=2; dotted=3", "sibling": "ours=2; dotted=3", "parent": "ours=2; dotted=3"}),
			"other": {
				{"own": "mine=1; ours=2; dotted=3", "sibling": "ours=2; dotted=3", "parent": "mine=1; ours=2; dotted=3"},
				{"own": "mine=1; ours=2", "sibling": "ours=2", "parent": "ours=2"},
			},
		},
		"below": {"narrow": one(came{"own": "without=1; with=2", "below": "with=2"}), "wide": {{"own": "without=1; with=2", "below": "without=1; with=2"}, {"own": "without=1", "below": ""}}},
		"order": {"draft": one(came{"now": "deep=3; first=new; second=2"}), "other": {{"now": "deep=3; second=2; first=new"}, {"now": "first=new; second=2; deep=3"}}},
		"nameless": {
			"kept":    one(came{"one": "justavalue", "again": "justavalue", "now": "another"}),
			"refused": {{"again": "justavalue"}, {"one": "justavalue", "now": "justavalue"}, {"one": "=justavalue", "now": "=another"}},
		},
		"date": {"read": one(came{"now": "normal=1; backwards=2; short=3; iso=5"}), "strict": {{"now": "normal=1"}, {"now": "normal=1; backwards=2; short=3"}, {"now": "normal=1; backwards=2; short=3; past=4; iso=5"}}},
		"host-prefix": {
			"refused": {{"now": "__Host-good=1; __Secure-good=5"}, {"now": "__Secure-good=5; __Host-good=1"}},
			"kept":    {{"now": "__Host-good=1; __Host-plain=4; __Secure-good=5"}, {"now": "__Secure-plain=6"}},
			"none":    one(came{"now": ""}),
		},
		"secure-http": {"kept": one(came{"now": "safe=1"}), "none": one(came{"now": ""})},
		"secure-overwrite": {
			"replaced":  one(came{"before": "safe=1", "now": "safe=forged"}),
			"protected": one(came{"before": "safe=1", "now": "safe=1"}),
			"none":      one(came{"before": "", "now": "safe=forged"}),
		},
		"suffix":     {"refused": one(came{"own": "mine=3"}), "kept": {{"own": "all=1; mine=3"}, {"own": "world=2; mine=3"}, {"own": "mine=3", "other": "all=1"}}},
		"size":       {"limit": one(came{"now": "fits=x"}), "other": {{"now": "fits=x; large=x"}, {"now": "large=x"}}},
		"eviction":   {"all": one(came{"before": many(180), "now": many(181)}), "evicted": {{"before": many(180), "now": many(151)}, {"before": many(50), "now": many(50)}}},
		"characters": {"kept": one(came{"now": `city=北京; quoted="two words"; comma=a,b; space=a b; percent=%41`}), "other": {{"now": `city=北京; quoted=two words; comma=a,b; space=a b; percent=%41`}, {"now": `quoted="two words"; comma=a,b; space=a b; percent=A`}}},
		"control":    {"refused": {{"now": "plain=ab"}, {"now": "tab=a\tb; plain=ab"}}, "other": {{"now": "bell=ab; plain=ab"}, {"now": "delete=a\x7fb; plain=ab"}, {"now": "tab=a\tb"}}},
		"case":       {"two": one(came{"now": "taste=sweet; Taste=sour"}), "one": one(came{"now": "Taste=sour"})},
		"port":       {"shared": one(came{"port": "taste=sweet", "now": "taste=sour"}), "apart": {{"port": "", "now": "taste=sweet"}, {"port": "taste=sweet", "now": "taste=sweet"}}},
		"sibling":    {"both": one(came{"now": "cart=forged; cart=mine"}), "own": {{"now": "cart=mine"}, {"now": "cart=mine; cart=forged"}}},
		"domain-port": {
			"refused": one(came{"now": "c=3"}), "kept": {{"now": "a=1; c=3"}, {"now": "b=2; c=3"}},
		},
		"samesite": {
			"graded": one(came{"own": "strict=1; lax=2", "link": "lax=2", "post": ""}),
			"other": {
				{"own": "strict=1; lax=2", "link": "strict=1; lax=2", "post": ""},
				{"own": "strict=1; lax=2", "link": "lax=2", "post": "lax=2"},
				{"own": "lax=2", "link": "lax=2", "post": ""},
			},
		},
		"samesite-none": {"refused": {{"own": "safe=2", "post": "safe=2", "frame": "safe=2"}, {"own": "safe=2"}}, "kept": {{"own": "open=1; safe=2"}, {"own": "open=1"}}},
		"samesite-default": {
			"lax":        one(came{"link": "unsaid=1", "post": "unsaid=1"}),
			"everywhere": one(came{"link": "unsaid=1", "image": "unsaid=1", "post": "unsaid=1"}),
			"strict":     {{"own": "unsaid=1"}, {"link": "unsaid=1"}, {"post": "unsaid=1"}},
		},
		"two-minutes": {
			"ends":  one(came{"fresh": "unsaid=1"}),
			"stays": one(came{"fresh": "unsaid=1", "old": "unsaid=1"}),
			"never": one(came{"own": "unsaid=1"}),
		},
		"csrf": {"refused": one(came{"own": "login=me"}), "carried": one(came{"own": "login=me", "forged": "login=me"})},
		"partitioned": {
			"apart": one(came{"own": "plain=1; parted=2", "frame": "plain=1", "again": "plain=1; framed=3", "after": "plain=1; parted=2"}),
			"same":  one(came{"own": "plain=1; parted=2", "frame": "plain=1; parted=2", "again": "plain=1; parted=2; framed=3", "after": "plain=1; parted=2; framed=3"}),
			"none":  {{"own": "", "again": ""}, {"own": "plain=1; parted=2", "frame": "", "again": "", "after": "plain=1; parted=2"}},
		},
		"path-wall": {"open": one(came{"asked": "money=much", "bank": "money=much"}), "closed": {{"asked": "money=much"}, {"blog": "money=much", "asked": "money=much", "bank": "money=much"}}},
		"four-hundred-days": {
			"untold": one(came{"now": "long=1; far=2"}), "other": one(came{"now": "long=1"}),
		},
		"last-wins": {"last": one(came{"now": "a=1; b=2"}), "first": {{"now": "a=1"}, {"now": "b=2"}}},
	}
}

// result invents the result of a card in which all steps were done.
func result(card Card, world World, c came, kept days) *Result {
	r := &Result{World: world, Started: world.Now}
	for _, step := range card.Steps(world) {
		o := Observation{Step: step, Done: true, Cookie: c[step.Name]}
		if step.Do == Store {
			for _, name := range slices.Sorted(maps.Keys(kept)) {
				at := float64(world.Now.UnixMilli()) + kept[name]*float64(24*time.Hour/time.Millisecond)
				o.Items = append(o.Items, Item{name, &at})
			}
		}
		r.Seen = append(r.Seen, o)
	}
	return r
}

// TestJudges tries each outcome of each card on invented results.
func TestJudges(t *testing.T) {
	world, table := testWorld(), madeUp()
	world.Now = time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)
	judged := map[string]bool{}
	judge := func(t *testing.T, card Card, r *Result, want string) {
		t.Helper()
		judged[card.Name+" "+want] = true
		if saw := card.Judge(r); saw != want {
			t.Errorf("%s: %q, want %q of\n%s", card.Name, saw, want, told(r))
		}
	}
	for _, set := range Sets() {
		for _, card := range set.Cards {
			t.Run(card.Name, func(t *testing.T) {
				for outcome, results := range table[card.Name] {
					for _, c := range results {
						judge(t, card, result(card, world, c, nil), outcome)
					}
				}
				if card.Name == "four-hundred-days" {
					both := came{"now": "long=1; far=2"}
					judge(t, card, result(card, world, both, days{"long": 400, "far": 399.99}), "cut")
					judge(t, card, result(card, world, both, days{"long": 400, "far": 730}), "longer")
					judge(t, card, result(card, world, both, days{"long": 7, "far": 400}), "shorter")
					judge(t, card, result(card, world, both, days{"long": 400}), "untold")
				}
				for _, outcome := range card.Outcomes {
					if !judged[card.Name+" "+outcome] {
						t.Errorf("%s: nothing leads to %q", card.Name, outcome)
					}
				}
				stopped := result(card, world, nil, nil)
				stopped.Stopped = true
				judge(t, card, stopped, "unfinished")
			})
		}
	}
}
