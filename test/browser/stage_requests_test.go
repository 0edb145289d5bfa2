package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/chromedp"

	"sessionlab/internal/stage/stagetest"
)

// A held request waits, is edited, and goes on; the difference is shown. A dropped one never arrives.
func TestStageHold(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.openStage()
	b.run(chromedp.Click(chromedp.CSS(`[data-form="hold"] button`)))
	b.waitFor(`document.querySelector('[data-form="hold"] button').getAttribute("aria-pressed") === "true"`)
	eval[any](b, `document.querySelector("#count").click(); true`)
	b.run(chromedp.WaitVisible(chromedp.CSS(`form.held`)))
	b.waitFor(`/ 5\d s/.test(document.querySelector(".held-left").textContent)`)
	b.axe("held request")
	eval[any](b, `const head = document.querySelector("form.held textarea[name=head]"); head.value = head.value.replace("res=0", "res=41"); true`)
	b.run(chromedp.Click(chromedp.CSS(`form.held [value="continue"]`)))
	b.waitFor(`document.querySelector("#num").textContent === "42" && document.querySelector("form.held") === null`)
	b.openExchange("GET /get_add_cookie")
	if got, want := b.steps(), []string{"jar-before", "request", "edited", "handler", "response", "jar-after"}; !slices.Equal(got, want) {
		t.Errorf("edited on its way: steps %v, want %v", got, want)
	}
	if got := eval[string](b, `document.querySelector(".diff-gone").textContent + document.querySelector(".diff-new").textContent`); !strings.Contains(got, "res=0") || !strings.Contains(got, "res=41") {
		t.Errorf("the difference shows %q", got)
	}
	b.compareJar("after an edited request", "jar-after")

	b.run(chromedp.Click(chromedp.CSS(`[data-form="hold"] button`)))
	b.waitFor(`document.querySelector('[data-form="hold"] button').getAttribute("aria-pressed") === "true"`)
	eval[any](b, `document.querySelector("#count").click(); true`)
	b.run(chromedp.WaitVisible(chromedp.CSS(`form.held`)), chromedp.Click(chromedp.CSS(`form.held [value="drop"]`)))
	b.waitFor(`document.querySelector(".demo .status-error") !== null`)
	b.waitFor(`[...document.querySelectorAll(".row-what")].filter(r => r.textContent === "GET /get_add_cookie").length > 1`)
	b.openExchange("GET /get_add_cookie")
	if got, want := b.steps(), []string{"jar-before", "request", "handler"}; !slices.Equal(got, want) {
		t.Errorf("dropped: steps %v, want %v", got, want)
	}
}

// A request sent again from the stage does not change the browser's jar. It can also be copied.
func TestStageSend(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.openStage()
	eval[any](b, `document.querySelector("#count").click(); true`)
	b.waitFor(`document.querySelector("#num").textContent === "1"`)
	b.openExchange("GET /get_add_cookie")
	eval[any](b, `document.querySelector(".exchange-tools details").open = true; const head = document.querySelector(".send-form textarea[name=head]"); head.value = head.value.replace("res=0", "res=6"); document.querySelector(".send-form .button").click(); true`)
	b.waitFor(`document.querySelector('.step[data-step="response"] .message-body')?.textContent.trim() === '{"res":7}'`)
	b.compareJar("after sending again", "jar-after")
	if got := b.cookies()["res"].Value; got != "1" {
		t.Errorf("the browser's res is %s", got)
	}
	b.axe("sent again")
	copied := eval[string](b, `fetch(document.querySelector("[data-copy]").href).then(r => r.text())`)
	if !strings.Contains(copied, "\ncurl ") {
		t.Errorf("copied is %q", copied)
	}
	b.run(chromedp.Click(chromedp.CSS(`[data-form="clear"] button`)))
	b.waitFor(`document.querySelector(".timeline .row") === null`)
	b.noFaults()
}

// The stage's own pages, in both languages, wide and narrow, light and dark, and projected.
func TestStagePages(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			b := newTab(t, base, lang)
			b.run(chromedp.Navigate(base + "/stage/"))
			b.axe("empty list")
			b.waitFor(`document.querySelector("[data-stage].live") !== null`)
			eval[any](b, `fetch("/get_add_session/").then(() => fetch("/no/such/page?"+"x".repeat(500))).then(() => true)`)
			b.waitFor(`document.querySelectorAll(".timeline .row").length === 2`)
			for _, page := range []string{"/stage/", "/stage/exchange/1/", "/stage/exchange/2/"} {
				for _, width := range []int64{320, 390, 1280, 1600} {
					at := fmt.Sprint(page, " ", lang, " ", width)
					b.size(width, width == 390)
					b.run(chromedp.Navigate(base + page))
					b.noSidewaysScroll(at)
					b.axe(at)
					b.run(chromedp.KeyEvent("p"))
					b.noSidewaysScroll(at + " projected")
					b.axe(at + " projected")
				}
			}
			b.noFaults()
		})
	}
}

// Whatever strangers put into a request is shown as text: no script runs, nothing is loaded.
func TestStageHostile(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.openStage()
	b.waitFor(`document.querySelector(".timeline .row")?.dataset.id === "1"`) // the page itself
	eval[any](b, `self.alert = self.hacked = () => { console.error("a script ran"); }; true`)
	for i, text := range stagetest.Hostile(t) {
		literal, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		// In a cookie, the target, a header and a body, as far as a browser sends it.
		eval[any](b, fmt.Sprintf(`{
			const text = %s;
			document.cookie = "hostile=" + text + "; path=/";
			const target = encodeURIComponent(text).replaceAll("%%3C", "<").replaceAll("%%3E", ">").slice(0, 2000);
			const options = {method: "POST", body: text, headers: {"Content-Type": "text/plain", "X-Hostile": text.replace(/[^\x20-\x7e]/g, "")}};
			fetch("/get_add_cookie?" + target, options).then(() => true)
		}`, literal))
		id := fmt.Sprint(i + 2)
		b.waitFor(fmt.Sprintf(`document.querySelector(".timeline .row")?.dataset.id === %q`, id))
		eval[any](b, `document.querySelector(".timeline a").click(); true`)
		b.waitFor(fmt.Sprintf(`document.querySelector(".exchange")?.dataset.exchange === %q`, id))
		shown := eval[[]string](b, `[...document.querySelectorAll('.step[data-step="request"] :is(.message-line, .message-body)')].map(p => p.textContent)`)
		// A browser sends no control characters except encoded in a target.
		if !strings.ContainsFunc(text, unicode.IsControl) && !slices.ContainsFunc(shown, func(line string) bool { return strings.Contains(line, strings.TrimSpace(text)) }) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		b.compareJar(fmt.Sprintf("with %q", text), "jar-before")
		if n := eval[int](b, `document.querySelectorAll(".exchange :is(script, img, iframe, svg[onload], base, meta, style)").length`); n > 0 {
			t.Errorf("%q made %d elements", text, n)
		}
		b.steps()
	}
	b.noFaults()
}
