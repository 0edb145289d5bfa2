package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionlab/handlers/cookielab/experiment"
)

// cardOutcomes returns what happens with each card in Chromium. If a new version behaves differently, its card says so
// on the page, and this table must be updated.
func cardOutcomes() map[string]string {
	return map[string]string{
		"first":             "kept",
		"session-cookie":    "both",
		"max-age-expires":   "maxage",
		"delete":            "gone",
		"delete-path":       "stays",
		"path":              "two",
		"httponly":          "hidden",
		"domain":            "shared",
		"below":             "narrow",
		"order":             "other",
		"nameless":          "kept",
		"date":              "read",
		"host-prefix":       "refused",
		"secure-http":       "kept",
		"secure-overwrite":  "replaced",
		"suffix":            "refused",
		"size":              "limit",
		"eviction":          "evicted",
		"characters":        "kept",
		"control":           "refused",
		"case":              "two",
		"port":              "shared",
		"sibling":           "both",
		"domain-port":       "refused",
		"samesite":          "graded",
		"samesite-none":     "refused",
		"samesite-default":  "lax",
		"csrf":              "refused",
		"partitioned":       "apart",
		"path-wall":         "open",
		"four-hundred-days": "cut",
		"last-wins":         "last",
		"two-minutes":       "ends",
	}
}

// TestCards presses the button of each card and compares the outcome.
func TestCards(t *testing.T) {
	port := startLab(t)
	b := newTab(t, "http://localhost:"+port, "en")
	for _, set := range experiment.Sets() {
		for _, card := range set.Cards {
			if card.Name != "two-minutes" {
				t.Run(card.Name, func(t *testing.T) {
					b.t = t
					b.tryCard(port, card.Name)
				})
			}
		}
	}
	b.noFaults()
}

// TestTwoMinutes runs the card that really takes two minutes.
func TestTwoMinutes(t *testing.T) {
	t.Parallel()
	port := startLab(t)
	b := newTab(t, "http://localhost:"+port, "en")
	b.tryCard(port, "two-minutes")
	b.noFaults()
}

func (b *tab) tryCard(port, name string) {
	b.t.Helper()
	b.run(chromedp.Navigate("http://localhost:" + port + "/cookie/lab/?card=" + name))
	b.run(chromedp.Click(chromedp.CSS("#try-"+name), chromedp.NodeVisible))
	saw := `document.querySelector("#saw-` + name + `")`
	b.waitLong(saw + ` !== null`)
	if got, want := eval[string](b, saw+`.dataset.saw`), cardOutcomes()[name]; got != want {
		b.t.Errorf("%s: %q, want %q\n%s", name, got, want, b.text("#saw-"+name))
	}
	b.waitFor(saw + ` === document.activeElement && ` + saw + `.closest("details").open`) // the keyboard continues from here
}

// TestCardLinks follows a link to a card, and from the card to its exchange on the stage.
func TestCardLinks(t *testing.T) {
	port := startLab(t)
	b := newTab(t, "http://localhost:"+port, "en")
	b.run(chromedp.Navigate("http://localhost:" + port + "/cookie/lab/#card-path"))
	b.waitFor(`document.querySelector("#card-path").open`)
	b.run(chromedp.KeyEvent(kb.Tab))
	b.waitFor(`document.activeElement === document.querySelector("#card-path > summary")`)
	eval[any](b, `location.hash = "#card-order"; true`)
	b.waitFor(`document.querySelector("#card-order").open`)
	if open := eval[int](b, `document.querySelectorAll(".card[open]").length`); open != 2 {
		t.Errorf("%d cards are open", open)
	}
	b.tryCard(port, "order")
	eval[any](b, `document.querySelector("#saw-order .show-me").click(); true`) // the stage was closed, so open it again
	b.run(chromedp.Click(chromedp.CSS(`.offer .button`), chromedp.NodeVisible))
	b.waitAcross(`document.querySelector('.step.current[data-step="request"]') !== null`)
	if shown := b.text(".step.current"); !strings.Contains(shown, "deep=3; second=2; first=new") {
		t.Errorf("shown is %q", shown)
	}
	b.noFaults()
}
