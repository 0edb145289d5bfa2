package browser

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// shownCookie is a cookie as the stage shows it after an exchange.
type shownCookie struct {
	Name, Value, Change string
	Until               string // "" for none
}

// jarAfter returns the jar that the stage shows after the newest exchange of the time line.
func (b *tab) jarAfter() []shownCookie {
	b.t.Helper()
	return eval[[]shownCookie](b, `fetch(document.querySelector(".timeline a").href + "?part=1").then(answer => answer.text()).then(text => {
		const part = new DOMParser().parseFromString(text, "text/html");
		return [...part.querySelectorAll('.step[data-step="jar-after"] .jar-cookie')].map(c => ({
			Name: c.querySelector(".pair-name").textContent, Value: c.querySelector(".pair-value").textContent,
			Change: [...c.classList].find(name => name.startsWith("change-")) ?? "",
			Until: c.querySelector("time")?.dateTime ?? "",
		}));
	})`)
}

// In whatever order a reader visits pages, counts and opens the stage: what it shows of the jar is what the browser has,
// or is called unknown, and nothing is new and gone with one value.
func TestStageShowsTheJar(t *testing.T) {
	t.Parallel()
	base := "http://localhost:" + startLab(t)
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 0))
		b := newTab(t, base, "en")
		b.run(chromedp.Navigate(base + "/"))
		did := []string{"/"}
		opened := false
		for len(did) < 12 {
			switch action := random.IntN(6); {
			case action < 2:
				page := []string{"/cookie/", "/session/"}[action]
				b.run(chromedp.Navigate(base + page))
				did = append(did, page)
			case action == 2:
				if !opened {
					b.openStage()
				}
				opened = true
				did = append(did, "open")
			case action == 3:
				call(b, network.DeleteCookies, network.DeleteCookiesParams{Name: "res", URL: base})
				did = append(did, "delete res")
			default:
				eval[any](b, `document.querySelector("#count")?.click()`)
				did = append(did, "count")
			}
			if opened && did[len(did)-1] != "delete res" { // of which the next request will tell
				b.waitFor(`document.querySelector(".dock.live .timeline a") !== null`)
				b.compareShown(fmt.Sprint(seed, did))
			}
		}
	}
}

// compareShown compares the newest jar on the stage with the browser's.
func (b *tab) compareShown(when string) {
	b.t.Helper()
	var shown []shownCookie
	same := func() bool {
		shown = slices.DeleteFunc(b.jarAfter(), func(c shownCookie) bool { return strings.HasPrefix(c.Name, "sessionlab_") })
		jar := b.cookies()
		for _, c := range shown {
			if jar[c.Name] == nil && c.Change != "change-gone" {
				return false
			}
		}
		for name, real := range jar {
			if strings.HasPrefix(name, "sessionlab_") {
				continue
			}
			at := slices.IndexFunc(shown, func(c shownCookie) bool { return c.Name == name && c.Change != "change-gone" })
			if at < 0 || shown[at].Value != real.Value {
				return false
			}
			until, err := time.Parse(time.RFC3339, shown[at].Until)
			if err == nil && math.Abs(float64(until.Unix())-real.Expires) > 2 {
				return false
			}
		}
		return true
	}
	for end := time.Now().Add(10 * time.Second); !same(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Errorf("%s: shown %v, in the browser %v", when, shown, b.cookies())
			return
		}
	}
	for i, c := range shown {
		if slices.ContainsFunc(shown[i+1:], func(other shownCookie) bool { return other.Name == c.Name && other.Value == c.Value }) {
			b.t.Errorf("%s: %s is shown twice: %v", when, c.Name, shown)
		}
	}
}
