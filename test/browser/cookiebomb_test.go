package browser

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A browser whose jar is full for the lab's host still gets a page at every address, and one click there solves it.
func TestCookieBomb(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	for i, path := range []string{"/", "/session", "/session/"} {
		b.run(chromedp.Navigate(base + "/session/"))
		b.run(chromedp.Click(chromedp.CSS(`.counter .button`)))
		b.waitFor(`document.querySelector("#num").textContent === "` + strconv.Itoa(i+1) + `"`)
		// The lab's own cookies were used most recently, so the browser evicts none of them.
		kept := eval[int](b, `(() => {
			for (let i = 0; i < 170; i++) document.cookie = "n" + i + "=" + "x".repeat(4096 - String(i).length - 1) + "; path=`+path+`";
			return document.cookie.length;
		})()`)
		if kept < 170*4096 {
			t.Fatalf("%s: the jar has %d bytes", path, kept)
		}
		b.run(chromedp.Navigate(base + "/session/"))
		if got := b.text(".error-status"); !strings.HasPrefix(got, "431") {
			t.Fatalf("%s: %q", path, got)
		}
		b.axe("431")
		b.click(`form[action$="?forget-cookies"] .button`)
		if got := b.text("#num"); got != strconv.Itoa(i+1) || eval[int](b, `document.cookie.length`) > 100 {
			t.Errorf("%s: the counter is at %s, and the jar has %q", path, got, eval[string](b, `document.cookie`)[:100])
		}
	}
	b.noFaults()
}
