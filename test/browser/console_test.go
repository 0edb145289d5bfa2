package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The console with a session: lines and forms, right and wrong, wide and narrow.
func TestConsole(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for i, test := range []struct {
		lang  string
		width int64
		wrong string
	}{{"en", 1280, "Column 24"}, {"zh-CN", 390, "第 24 列"}, {"en", 390, "Column 24"}, {"zh-CN", 1280, "第 24 列"}} {
		t.Run(fmt.Sprintf("%s %d", test.lang, test.width), func(t *testing.T) {
			b := newTab(t, base, test.lang)
			b.size(test.width, i%2 == 1)
			if i < 2 { // only forms
				call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			}
			b.run(chromedp.Navigate(base + "/session/console/"))
			if b.cookies()["sessionid"] != nil {
				t.Error("looking made a session")
			}
			press := b.click
			if i >= 2 { // the page stays
				press = func(selector string) {
					t.Helper()
					b.run(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
					b.waitFor(`!document.body.hasAttribute("aria-busy")`)
				}
			}
			line := func(line string) {
				t.Helper()
				b.run(chromedp.SetValue(chromedp.CSS(`#line`), line))
				press(`.console-line .button`)
			}
			result := func(want string) {
				t.Helper()
				if got := b.text(`.console-value code`); got != want {
					t.Errorf("result %q, want %q", got, want)
				}
			}
			line(`request.session['cart'] = [{"book": "活着", "n": 123456789012345678901234567890}, None, 12.5]`)
			result("None")
			line(`s.Get("cart")`)
			result(`[{"book": "活着", "n": 123456789012345678901234567890}, None, 12.5]`)
			line(`del s['x']`)
			result(`KeyError: x`)
			if key := b.cookies()["sessionid"]; key == nil {
				t.Error("no session")
			} else if !strings.Contains(b.text(`.console-now`), key.Value[:8]) {
				t.Error("the page shows another key")
			}
			line(`request.session['a'] = open('x')`)
			if got := b.text(`#line-error`); !strings.Contains(got, test.wrong) {
				t.Errorf("the wrong line: %q", got)
			}
			at := fmt.Sprintf("the wrong line, %s %d", test.lang, test.width)
			if i >= 2 {
				b.noSidewaysScroll(at)
				b.axe(at)
				const place = `document.activeElement.id + " " + scrollY`
				before := eval[string](b, place)
				b.run(chromedp.KeyEvent(kb.Enter))
				b.waitFor(`!document.body.hasAttribute("aria-busy")`)
				if after := eval[string](b, place); after != before || !strings.HasPrefix(after, "line ") {
					t.Errorf("focus and page moved from %s to %s", before, after)
				}
			}
			line(`request.session[‘b’] = 2`)
			press(`.console-offer button`)
			result("None")
			press(`button[value=undo]`)
			b.run(chromedp.Navigate(base + "/session/console/"))
			if i >= 2 {
				eval[any](b, `for (const d of document.querySelectorAll("details")) d.open = true`)
				b.noSidewaysScroll(at)
				b.axe(at + ", all open")
			}
			press(`button[value=undo]`) // undoes the KeyError
			press(`button[value=undo]`) // undoes the look
			press(`button[value=undo]`)
			if got := b.text(`.console-now`); strings.Contains(got, "活着") {
				t.Error("undo left the cart")
			}
			b.noFaults()
		})
	}
}

// With the keyboard alone, a reader can type and send a line, and open and run an operation.
func TestConsoleKeyboard(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/session/console/"))
	b.tabTo(`#line`)
	b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.console-value`)))
	b.tabTo(`.console-all details:nth-of-type(2) summary`)
	b.run(chromedp.KeyEvent(kb.Enter))
	b.tabTo(`.console-op:has([value=del]) button`)
	b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.console-entries li:nth-child(2)`)))
	if got := b.text(`.console-entries code`); got != `del request.session["a"]` {
		t.Errorf("the newest of the history is %q", got)
	}
	b.noFaults()
}
