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
	"/cookie/", "/cookie/browser/", "/cookie/attributes/", "/cookie/lab/?card=path", "/cookie/sites/", "/cookie/limits/",
	"/session/", "/session/code/", "/session/table/", "/session/operations/", "/session/console/", "/session/expiry/", "/session/engines/", "/session/race/",
	"/online/register/", "/online/login/", "/online/index/", "/online/account/", "/online/logout/",
	"/no/such/page",
}

// The whole way from the table of contents to logout, as a student clicks it.
func TestTour(t *testing.T) {
	port := startLab(t, "-host", "lab.test")
	tests := []struct {
		lang, host string
		width      int64
		hello      string
		left       string
	}{
		{"zh-CN", "localhost", 1280, "你好", "你已退出登录。"},
		{"en", "localhost", 390, "Hello", "You are logged out."},
		{"zh-CN", "lab.test", 390, "你好", "你已退出登录。"}, // plain http on a name that browsers do not trust
		{"en", "lab.test", 1280, "Hello", "You are logged out."},
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
			for _, want := range []string{"/cookie/browser/", "/cookie/attributes/", "/cookie/lab/", "/cookie/sites/", "/cookie/limits/"} {
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
			for _, want := range []string{"/session/code/", "/session/table/", "/session/operations/", "/session/console/", "/session/expiry/", "/session/engines/", "/session/race/"} {
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
			b.click(`a[rel=next]`) // the account
			b.click(`a[rel=next]`)
			b.click(`#log-out`)
			if b.cookies()["sessionid"] != nil {
				t.Error("logout left the cookie")
			}
			if said := b.text(`.status-ok`); said != test.left {
				t.Errorf("after the logout: %q", said)
			}
			eval[any](b, `setTimeout(() => history.go(-3)); true`) // to the member page, which the browser may have in memory
			b.waitAcross(`location.pathname === "/online/login/" && document.readyState === "complete" && history.length > 3`)
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

// Every page in both languages, wide and narrow, light and dark: axe finds no faults, no page scrolls sideways, and
// each begins with its experiment.
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
					b.beginsWithExperiment(at)
					b.axeThemes(at, width.axe)
					b.size(width.also, true)
					b.noSidewaysScroll(fmt.Sprintf("%s %s %d", page, lang, width.also))
				}
			}
			b.noFaults()
		})
	}
}

// beginsWithExperiment checks that the page's head ends within 200 px, that the first thing to do begins above 350 px,
// and that a wide page has at most six screens.
func (b *tab) beginsWithExperiment(page string) {
	b.t.Helper()
	at := eval[struct{ Head, Do, Screens float64 }](b, `(() => {
		const first = [...(document.querySelector(".demo") ?? document.querySelector("main")).querySelectorAll("a, button, input, select, textarea, summary")]
			.find(e => e.type !== "hidden" && e.checkVisibility() && e.tabIndex >= 0);
		return {Head: document.querySelector("h1").getBoundingClientRect().bottom, Do: first?.getBoundingClientRect().top ?? 9999,
			Screens: innerWidth < 600 ? 0 : document.documentElement.scrollHeight / 800};
	})()`)
	if at.Head > 200 || at.Do >= 350 || at.Screens > 6 {
		b.t.Errorf("%s: the head ends at %.0f px, the first thing to do begins at %.0f, and the page has %.1f screens", page, at.Head, at.Do, at.Screens)
	}
}

// A held request can be changed, and the server believes it; a cookie dies in the browser, when its time is up.
func TestBeTheBrowser(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for _, width := range []int64{390, 1280} {
		b := newTab(t, base, "en")
		b.size(width, false)
		b.run(chromedp.Navigate(base+"/cookie/browser/"), chromedp.Click(chromedp.CSS(`#hold`)), chromedp.WaitVisible(chromedp.CSS(`form.held textarea`)))
		eval[any](b, `{ const head = document.querySelector("form.held textarea"); head.value = head.value.replace(/res=\d+/, "res=500"); }`)
		b.run(chromedp.Click(chromedp.CSS(`form.held button[value="continue"]`)))
		b.waitFor(`document.querySelector("#num").textContent === "501"`)
		if got := b.cookies()["res"]; got == nil || got.Value != "501" {
			t.Errorf("%d: the jar's res: %+v", width, got)
		}
		b.noFaults()
	}

	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base+"/cookie/attributes/"), chromedp.Click(chromedp.CSS(`#short`)))
	b.waitFor(`document.querySelector(".facts").textContent.includes("Cookie: short=alive")`)
	if b.cookies()["short"] == nil {
		t.Error("the page says that the browser sent short, which it does not have")
	}
	b.waitFor(`!document.querySelector(".facts").textContent.includes("short=alive")`)
	if b.cookies()["short"] != nil {
		t.Error("short outlived its clock")
	}
	b.noFaults()
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
	b.run(chromedp.KeyEvent(password), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.member-name`)))
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
