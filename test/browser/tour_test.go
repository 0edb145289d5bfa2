package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const password = "correct horse battery"

var pages = []string{
	"/", "/stateless/",
	"/cookie/", "/cookie/lab/?card=path", "/cookie/sites/", "/cookie/limits/",
	"/session/", "/session/console/", "/session/expiry/", "/session/engines/", "/session/race/",
	"/online/register/", "/online/login/", "/online/index/", "/online/logout/", "/online/account/",
	"/no/such/page",
}

// The whole way from the table of contents to logout, as a student clicks it.
func TestTour(t *testing.T) {
	port := startLab(t, "-host", "lab.test")
	tests := []struct {
		lang, host string
		width      int64
		hello      string
	}{
		{"zh-CN", "localhost", 1280, "你好"},
		{"en", "localhost", 390, "Hello"},
		{"zh-CN", "lab.test", 390, "你好"}, // plain http on a name that browsers do not trust
		{"en", "lab.test", 1280, "Hello"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprintf("%s %s %d", test.lang, test.host, test.width), func(t *testing.T) {
			base := "http://" + test.host + ":" + port
			b := newTab(t, base, test.lang)
			b.size(test.width, i%2 == 1)
			b.run(chromedp.Navigate(base + "/"))
			b.click(`.contents li:nth-child(1) a`)
			b.click(`a[rel=next]`)

			count(b, 3)
			if got := b.cookies()["res"]; got == nil || got.Value != "3" || got.HTTPOnly {
				t.Errorf("the jar's res: %+v", got)
			}
			b.click(`a[rel=next]`)
			for _, want := range []string{"/cookie/lab/", "/cookie/sites/", "/cookie/limits/"} {
				if at := eval[string](b, `location.pathname`); at != want {
					t.Fatalf("at %s, want %s", at, want)
				}
				b.click(`a[rel=next]`)
			}

			count(b, 2)
			key := b.cookies()["sessionid"]
			if key == nil || len(key.Value) != 32 || !key.HTTPOnly || key.SameSite != "Lax" {
				t.Errorf("the jar's sessionid: %+v", key)
			}
			b.click(`a[rel=next]`)
			for _, want := range []string{"/session/console/", "/session/expiry/", "/session/engines/", "/session/race/"} {
				if at := eval[string](b, `location.pathname`); at != want {
					t.Fatalf("at %s, want %s", at, want)
				}
				b.click(`a[rel=next]`)
			}

			name := "student" + strconv.Itoa(i)
			b.run(chromedp.SendKeys(chromedp.CSS(`#username`), name), chromedp.SendKeys(chromedp.CSS(`#pwd`), "short"))
			b.click(`.form .button:not(.show-password)`)
			b.run(chromedp.WaitVisible(chromedp.CSS(`.summary`)), chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
			b.click(`.form .button:not(.show-password)`)
			b.run(chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
			b.click(`.form .button:not(.show-password)`)
			if got := b.text(`#demo-title`); !strings.Contains(got, test.hello) || !strings.Contains(got, name) {
				t.Errorf("greeted with %q", got)
			}
			if now := b.cookies()["sessionid"]; now == nil || now.Value == key.Value {
				t.Error("login kept the session key")
			}
			b.click(`a[rel=next]`)
			b.click(`.demo form .button`)
			if b.cookies()["sessionid"] != nil {
				t.Error("logout left the cookie")
			}
			b.noFaults()
		})
	}
}

// count clicks the counter's button and waits for the number each time.
func count(b *tab, times int) {
	b.t.Helper()
	for n := 1; n <= times; n++ {
		b.run(chromedp.Click(chromedp.CSS(`.counter .button`)))
		b.waitFor(fmt.Sprintf(`document.querySelector("#num").textContent === "%d"`, n))
	}
}

// Every page in both languages, wide and narrow, light and dark: axe finds no faults, and no page scrolls sideways.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	port := startLab(t)
	base := "http://localhost:" + port
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, base, lang)
			b.run(chromedp.Navigate(base + "/online/register/"))
			name := strings.Repeat("W", 140) + lang
			b.run(chromedp.SendKeys(chromedp.CSS(`#username`), name), chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
			b.click(`.form .button:not(.show-password)`)
			b.run(chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
			b.click(`.form .button:not(.show-password)`)
			for _, page := range pages {
				for _, width := range []struct{ axe, also int64 }{{390, 320}, {1280, 1600}} {
					at := fmt.Sprintf("%s %s %d", page, lang, width.axe)
					b.size(width.axe, false)
					b.run(chromedp.Navigate(base + page))
					b.noSidewaysScroll(at)
					b.axeThemes(at, width.axe)
					b.size(width.also, true)
					b.noSidewaysScroll(fmt.Sprintf("%s %s %d", page, lang, width.also))
				}
			}
			b.noFaults()
		})
	}
}

// Two tabs that count at the same time lose nothing, and show each other's number.
func TestTwoTabs(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for _, page := range []string{"/cookie/", "/session/"} {
		t.Run(page, func(t *testing.T) {
			b := newTab(t, base, "en")
			b.run(chromedp.Navigate(base + page))
			other, closeOther := chromedp.NewContext(b.ctx)
			defer closeOther()
			second := &tab{t: t, ctx: other}
			second.run(chromedp.Navigate(base + page))
			clicks := `for (let i = 0; i < 20; i++) document.querySelector(".counter .button").click(); true`
			eval[any](b, clicks)
			eval[any](second, clicks)
			b.waitFor(`document.querySelector("#num").textContent === "40"`)
			second.waitFor(`document.querySelector("#num").textContent === "40"`)
			b.noFaults()
		})
	}
}

// The keyboard is enough: Tab reaches the button, Enter presses it.
func TestKeyboard(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.size(1280, false)
	b.run(chromedp.Navigate(base + "/"))
	b.tabTo(".skip")
	b.tabTo(`.contents a[href="/cookie/"]`)
	b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.counter .button`)))
	b.tabTo(".counter .button")
	b.run(chromedp.KeyEvent(kb.Enter))
	b.waitFor(`document.querySelector("#num").textContent === "1"`)
	b.run(chromedp.KeyEvent(" "))
	b.waitFor(`document.querySelector("#num").textContent === "2"`)

	b.run(chromedp.Navigate(base + "/online/register/"))
	b.tabTo("#username")
	b.run(chromedp.KeyEvent("keys only"))
	b.tabTo("#pwd")
	b.run(chromedp.KeyEvent(password))
	b.tabTo(".show-password")
	b.run(chromedp.KeyEvent(kb.Enter))
	if got := eval[string](b, `document.querySelector("#pwd").type`); got != "text" {
		t.Errorf("the password field is %q after Show", got)
	}
	b.tabTo(".form .button:not(.show-password)")
	b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.status-ok`)))
	b.tabTo("#pwd")
	b.run(chromedp.KeyEvent(password), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.member-card`)))
	b.tabTo(`form[action="/online/logout/"] .button`)
	b.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`#pwd`)))
	b.noFaults()
}

// Without JavaScript the counters return to their page.
func TestWithoutJavaScript(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, page := range []string{"/cookie/", "/session/"} {
		b.run(chromedp.Navigate(base + page))
		b.click(`.counter .button`)
		b.click(`.counter .button`)
		if got := b.text("#num"); got != "2" {
			t.Errorf("%s: counted %s, want 2", page, got)
		}
	}
	b.noFaults()
}

// A browser that refuses cookies is told so by the counters and after a login.
func TestCookiesRefused(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	folder := t.TempDir()
	settings := filepath.Join(folder, "Default", "Preferences")
	err := os.MkdirAll(filepath.Dir(settings), 0o700)
	if err == nil {
		err = os.WriteFile(settings, []byte(`{"profile": {"default_content_setting_values": {"cookies": 2}}}`), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := newTabIn(t, folder, base, "en")
	for _, page := range []string{"/cookie/", "/session/"} {
		b.run(chromedp.Navigate(base + page))
		eval[any](b, `document.querySelector(".counter .button").click(); document.querySelector(".counter .button").click(); true`)
		b.waitFor(`document.querySelector(".status-error")?.textContent.includes("cookie")`)
	}
	b.run(chromedp.Navigate(base+"/online/register/"), chromedp.SendKeys(chromedp.CSS(`#username`), "nocookie"), chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
	b.click(`.form .button:not(.show-password)`)
	b.run(chromedp.SendKeys(chromedp.CSS(`#username`), "nocookie"), chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
	b.click(`.form .button:not(.show-password)`)
	if got := b.text(".status-error"); !strings.Contains(got, "refuse cookies") {
		t.Errorf("after the login: %q", got)
	}
}
