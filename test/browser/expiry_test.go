package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The time machine as a student uses it: half an hour passes, a session expires, its key is still sent, and a save begins
// a new session. In both languages, wide and narrow.
func TestExpiry(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for i, lang := range []string{"zh-CN", "en"} {
		for _, width := range []int64{390, 1280} {
			t.Run(fmt.Sprintf("%s %d", lang, width), func(t *testing.T) {
				b := newTab(t, base, lang)
				b.size(width, i == 0)
				b.run(chromedp.Navigate(base + "/session/expiry/"))
				b.click(`button[value=start]`)
				name := "sessionlab_" + port + "_seconds"
				key := b.cookies()[name]
				if key == nil || key.Path != "/session/expiry/" || !key.HTTPOnly {
					t.Fatalf("the experiment's cookie: %+v", key)
				}
				b.click(`button[value="29min"]`)
				b.click(`button[value=read]`)
				if eval[bool](b, `!!document.querySelector("#life-seconds .life-end")`) {
					t.Error("dead after 29 minutes")
				}
				b.click(`button[value="30s"]`)
				b.click(`button[value="30s"]`)
				if !eval[bool](b, `!!document.querySelector("#life-seconds .life-end") && !document.querySelector("#life-date .life-end")`) {
					t.Error("half an hour is over, and not the right session is dead")
				}
				b.noSidewaysScroll("the time machine")
				b.axe("the time machine")
				if b.cookies()[name].Value != key.Value {
					t.Error("the browser's key changed with the clock")
				}
				b.click(`button[value=save]`)
				if now := b.cookies()[name]; now == nil || now.Value == key.Value {
					t.Error("a save of a dead session kept the key")
				}
				b.axe("after a save")
				b.click(`button[value=end]`)
				if b.cookies()[name] != nil {
					t.Error("the cookie is left")
				}
				b.noFaults()
			})
		}
	}
}

// Forms and the keyboard are enough.
func TestExpiryWithoutJavaScript(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(base + "/session/expiry/"))
	b.press(`button[value=start]`)
	b.press(`button[value="400d"]`)
	if n := eval[int](b, `document.querySelectorAll(".life-end").length`); n != 4 {
		t.Errorf("%d sessions are dead after 400 days, want all but the one without an end", n)
	}
	b.press(`button[value=sweep]`)
	if got := b.text(".demo > .status"); got != "Rows that were deleted: 4." {
		t.Errorf("the sweep says %q", got)
	}
	b.noFaults()
}
