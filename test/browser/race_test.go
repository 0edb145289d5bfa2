package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Increments by real requests, started by the keyboard alone, and the logout: in both languages, wide and narrow, with
// the stage open. Everything that is drawn is also there as text.
func TestRace(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for _, test := range []struct {
		lang, kept, dead string
		width            int64
	}{
		{"en", "12 of 12 kept", "stays dead", 390},
		{"zh-CN", "保留 12，共 12", "没有复活", 1280},
	} {
		t.Run(fmt.Sprint(test.lang, " ", test.width), func(t *testing.T) {
			b := newTab(t, base, test.lang)
			b.size(test.width, false)
			b.run(chromedp.Navigate(base + "/session/race/"))
			eval[any](b, `document.querySelector("[data-do=toggle]").click(); document.querySelector("#n").focus(); document.querySelector("#n").select(); true`)
			b.waitFor(`document.querySelector(".dock.live") !== null`)
			b.run(chromedp.KeyEvent("12"))
			for range 4 { // to the list of works, the server's button, the browser's button
				if eval[bool](b, `document.activeElement.id === "race-browser"`) {
					break
				}
				b.run(chromedp.KeyEvent(kb.Tab))
			}
			b.run(chromedp.KeyEvent(kb.Enter))
			b.waitFor(`document.querySelector("[data-strategy=atomic]") !== null`)
			b.waitFor(`document.querySelector("#race-browser[aria-busy]") === null`)
			if got := b.text(`[data-strategy=atomic]`); strings.Count(got, test.kept) != 2 {
				t.Errorf("atomic: %q", got)
			}
			if got := b.text(`[data-strategy=merge]`); !strings.Contains(got, test.kept) {
				t.Errorf("merge: %q", got)
			}
			b.waitFor(`document.querySelector(".timeline").textContent.includes("/session/race/increment")`)
			eval[any](b, `document.querySelector("[data-do=toggle]").click(); document.querySelector("#logout-browser").focus(); true`)
			b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`#logout [data-strategy=merge]`)))
			if got := b.text(`#logout [data-strategy=merge]`); !strings.Contains(got, test.dead) {
				t.Errorf("after the logout: %q", got)
			}
			if got := eval[int](b, `document.querySelectorAll("#logout [data-strategy=all] li").length`); got != 4 {
				t.Errorf("the picture has %d steps in words", got)
			}
			for _, width := range []int64{320, 390, 1280} {
				at := fmt.Sprintf("%s %d", test.lang, width)
				b.axeThemes(at, width)
				b.noSidewaysScroll(at)
			}
			if b.cookies()["sessionid"] != nil {
				t.Error("an experiment made a session for the visitor")
			}
			b.noFaults()
		})
	}
}

// Without JavaScript the server sends the increments.
func TestRaceWithoutJavaScript(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(base + "/session/race/"))
	b.click(`#race-server`)
	if got := b.text(`[data-strategy=atomic]`); strings.Count(got, "50 of 50 kept") != 2 {
		t.Errorf("atomic: %q", got)
	}
	b.click(`#logout-server`)
	if got := b.text(`#logout [data-strategy=all]`); !strings.Contains(got, "is back") {
		t.Errorf("after the logout: %q", got)
	}
	b.noFaults()
}
