package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sessionlab/session/storetest"
)

// All buttons, with a real Redis: by keyboard alone, without JavaScript, in both languages, wide and narrow.
func TestEngines(t *testing.T) {
	server := storetest.StartRedis(t)
	port := startLab(t, "-redis", "redis://"+server.Addr)
	base := "http://localhost:" + port
	for i, lang := range []string{"zh-CN", "en"} {
		for _, width := range []int64{390, 1280} {
			t.Run(fmt.Sprintf("%s %d", lang, width), func(t *testing.T) {
				b := newTab(t, base, lang)
				b.size(width, i == 0)
				call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
				b.run(chromedp.Navigate(base + "/session/engines/"))
				for _, step := range []string{"start", "write", "read", "second", "restart", "logout", "delete", "fill"} {
					b.press(`.demo button[value=` + step + `]`)
				}
				if n := eval[int](b, `document.querySelectorAll(".engines td[class=engine-]").length`); n != 0 {
					t.Errorf("%d questions are open", n)
				}
				if n := eval[int](b, `document.querySelectorAll("td[data-ask=logout].engine-no").length`); n != 1 || !eval[bool](b, `document.querySelector("#engine-signed_cookies td[data-ask=logout]").matches(".engine-no")`) {
					t.Errorf("in %d engines a copy works after the logout", n)
				}
				if n := eval[int](b, `document.querySelectorAll(".histogram rect").length`); n < 10 {
					t.Errorf("%d columns in all histograms", n)
				}
				b.noSidewaysScroll("the engines")
				call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
				b.axe("the engines")
				b.press(`.demo button[value=end]`)
				b.noFaults()
			})
		}
	}
}

// Most readers have no Redis: the page says how to start one, and is no wider for it.
func TestEnginesWithoutRedis(t *testing.T) {
	port := startLab(t, "-redis", "redis://127.0.0.1:1")
	base := "http://localhost:" + port
	for _, lang := range []string{"zh-CN", "en"} {
		b := newTab(t, base, lang)
		b.size(390, false)
		b.run(chromedp.Navigate(base + "/session/engines/"))
		b.click(`.demo button[value=start]`)
		b.noSidewaysScroll("engines that were not tried, " + lang)
		b.click(`.demo button[value=write]`)
		if got := b.text(`.demo .note code`); got != "redis-server --save ''" {
			t.Errorf("how to start one: %q", got)
		}
		b.noSidewaysScroll("the engines without Redis, " + lang)
		b.axe("the engines without Redis")
		b.noFaults()
	}
}
