package browser

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// openStage opens the dock without the tour, and waits until it is live.
func (b *tab) openStage() {
	b.t.Helper()
	if eval[bool](b, `!document.querySelector(".tour").hidden`) {
		b.run(chromedp.Click(chromedp.CSS(`[data-do="tour-end"]`)))
	}
	if eval[bool](b, `!document.querySelector(".dock").classList.contains("open")`) {
		b.run(chromedp.Click(chromedp.CSS(`button.dock-open`)))
	}
	b.waitFor(`document.querySelector(".dock.open.live .dock-body")?.offsetHeight > 100`) // what is requested now will be shown
}

// openExchange opens the newest exchange of a request such as "GET /get_add_cookie".
func (b *tab) openExchange(request string) {
	b.t.Helper()
	row := fmt.Sprintf(`[...document.querySelectorAll(".timeline a")].find(a => a.querySelector(".row-what").textContent === %q)`, request)
	b.waitFor(row + ` !== undefined`)
	id := eval[string](b, fmt.Sprintf(`(() => { const row = %s; row.click(); return row.parentElement.dataset.id; })()`, row))
	b.waitFor(fmt.Sprintf(`document.querySelector(".exchange")?.dataset.exchange === %q`, id))
}

// steps walks through the opened exchange with the arrow keys, and returns the kinds of its steps.
func (b *tab) steps() (kinds []string) {
	b.t.Helper()
	for {
		b.run(chromedp.KeyEvent(kb.ArrowRight))
		number, kind, said := len(kinds)+1, "", ""
		b.waitFor(`document.querySelector(".step.current") !== null`)
		current := eval[[]string](b, `(() => { const s = document.querySelector(".step.current"); return [s.dataset.number, s.dataset.step, document.querySelector("[data-live]").textContent]; })()`)
		kind, said = current[1], current[2]
		if current[0] != fmt.Sprint(number) {
			return kinds // the last step does not move on
		}
		if says := b.text(".step.current .step-says"); !strings.HasSuffix(said, says) {
			b.t.Errorf("step %d says %q, and announced is %q", number, says, said)
		}
		if !eval[bool](b, `document.querySelector(".step.current .step-says").checkVisibility()`) {
			b.t.Errorf("step %d is not to be seen", number)
		}
		kinds = append(kinds, kind)
	}
}

// shownJar returns the jar that a step shows, by name.
func (b *tab) shownJar(step string) map[string]string {
	b.t.Helper()
	shown := map[string]string{}
	for _, pair := range eval[[]string](b, fmt.Sprintf(`[...document.querySelectorAll('.step[data-step=%q] .jar-cookie:not(.change-gone) .pair')].map(p => p.textContent)`, step)) {
		name, value, _ := strings.Cut(pair, "=")
		shown[name] = value
	}
	return shown
}

// realJar returns the browser's jar, with the stage's own cookie masked as the stage masks it.
func (b *tab) realJar(shown map[string]string) map[string]string {
	b.t.Helper()
	jar := map[string]string{}
	for name, c := range b.cookies() {
		jar[name] = c.Value
		if strings.HasPrefix(name, "sessionlab_") {
			jar[name] = shown[name]
		}
	}
	return jar
}

func (b *tab) compareJar(when, step string) {
	b.t.Helper()
	shown := b.shownJar(step)
	if real := b.realJar(shown); !maps.Equal(shown, real) {
		b.t.Errorf("%s: the stage shows the jar %v, the browser has %v", when, shown, real)
	}
}

// The counters and the login, step by step, as they really happened.
func TestStage(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	for i, lang := range []string{"en", "zh-CN"} {
		for _, width := range []int64{1280, 390} {
			t.Run(fmt.Sprint(lang, " ", width), func(t *testing.T) {
				b := newTab(t, base, lang)
				b.size(width, i == 1)

				b.run(chromedp.Navigate(base + "/cookie/"))
				b.openStage()
				eval[any](b, `document.querySelector("#count").click(); true`)
				b.waitFor(`document.querySelector("#num").textContent === "1"`)
				b.openExchange("GET /get_add_cookie")
				if got, want := b.steps(), []string{"jar-before", "request", "handler", "response", "jar-after"}; !slices.Equal(got, want) {
					t.Errorf("the cookie counter: steps %v, want %v", got, want)
				}
				if got := b.shownJar("jar-before")["res"]; got != "0" {
					t.Errorf("before the first click the jar shows res=%s", got)
				}
				b.compareJar("after a click", "jar-after")
				if lit := eval[int](b, `document.querySelectorAll(".step .hl").length`); lit != 2 {
					t.Errorf("%d lines of GetAddCookie are lit, want 2", lit)
				}
				b.axe("cookie counter")
				b.noSidewaysScroll("cookie counter")

				b.run(chromedp.Navigate(base + "/session/"))
				b.openStage()
				for n := 1; n <= 2; n++ {
					eval[any](b, `document.querySelector("#count").click(); true`)
					b.waitFor(fmt.Sprintf(`document.querySelector("#num").textContent === "%d"`, n))
				}
				b.waitFor(`[...document.querySelectorAll(".row-what")].filter(r => r.textContent === "GET /get_add_session/").length === 2`)
				b.openExchange("GET /get_add_session/")
				kinds := slices.Compact(b.steps())
				if want := []string{"jar-before", "request", "handler", "statement", "session", "response", "jar-after"}; !slices.Equal(kinds, want) {
					t.Errorf("the session counter: steps %v, want %v", kinds, want)
				}
				if got := eval[[]string](b, `[...document.querySelectorAll(".entries tbody tr:first-child > *")].map(c => c.textContent)`); !slices.Equal(got, []string{"res", "1", "2"}) {
					t.Errorf("the session's change is shown as %q", got)
				}
				b.compareJar("after the second click", "jar-after")
				if header := eval[string](b, `[...document.querySelectorAll('.step[data-step=request] .message-line')].map(l => l.textContent).find(l => l.startsWith("Cookie"))`); !strings.Contains(header, "sessionid="+b.cookies()["sessionid"].Value) {
					t.Errorf("the request's cookies are shown as %q", header)
				}
				b.axe("session counter")

				name := fmt.Sprint("stage", i, width)
				b.run(chromedp.Navigate(base+"/online/register/"), chromedp.SendKeys(chromedp.CSS(`#username`), name), chromedp.SendKeys(chromedp.CSS(`#pwd`), password))
				b.click(`.demo .form .button:not(.show-password)`)
				before := b.cookies()["sessionid"].Value
				b.run(chromedp.SendKeys(chromedp.CSS(`#pwd`), password), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.member-name`)))
				b.openStage()
				b.openExchange("POST /online/login/")
				if got, want := slices.Compact(b.steps()), []string{"jar-before", "request", "handler", "statement", "session", "response", "jar-after"}; !slices.Equal(got, want) {
					t.Errorf("the login: steps %v, want %v", got, want)
				}
				if got := b.shownJar("jar-before")["sessionid"]; got != before[:6]+"••••" {
					t.Errorf("before the login the jar shows the key %s, the browser had %s, which is no longer good", got, before)
				}
				b.compareJar("after the login", "jar-after")
				page := eval[string](b, `document.querySelector(".exchange").innerHTML`)
				if strings.Contains(page, password) || strings.Contains(page, strings.ReplaceAll(password, " ", "+")) {
					t.Error("the stage shows the password")
				}
				b.axe("login")
				b.noSidewaysScroll("login")
				b.noFaults()
			})
		}
	}
}

// Eight tabs show each other's requests over one stream, since a browser opens no more than six connections. Without
// shared workers, the tabs take turns to hold the stream.
func TestStageTabs(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	tests := []struct{ name, before string }{
		{"shared worker", ""},
		{"a leader", "delete window.SharedWorker"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open := func(b *tab) *tab {
				t.Helper()
				call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: test.before})
				b.run(chromedp.Navigate(base + "/session/"))
				b.openStage()
				return b
			}
			hear := func(from *tab, name string, tabs ...*tab) {
				t.Helper()
				eval[any](from, fmt.Sprintf(`fetch("/get_add_cookie?%s").then(() => true)`, name))
				for _, b := range tabs {
					b.waitFor(fmt.Sprintf(`[...document.querySelectorAll(".row-what")].some(r => r.textContent === "GET /get_add_cookie?%s")`, name))
				}
			}
			first := open(newTab(t, base, "en"))
			tabs := []*tab{first}
			for range 7 {
				ctx, closeTab := chromedp.NewContext(first.ctx)
				defer closeTab()
				tabs = append(tabs, open(&tab{t: t, ctx: ctx}))
			}
			for i, from := range tabs {
				hear(from, fmt.Sprint("tab=", i), tabs...)
			}
			// The tab that holds the stream closes the stage: another takes over and misses nothing.
			first.run(chromedp.Click(chromedp.CSS(`button.dock-open`)))
			hear(first, "closed", tabs[1:]...)
			first.openStage()
			hear(tabs[3], "again", tabs...)
			first.noFaults()
		})
	}
}

// With the keyboard alone: open, select, walk through, project, go back, close.
func TestStageKeyboard(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.tabTo(`[data-do="tour-end"]`)
	b.run(chromedp.KeyEvent(kb.Enter))
	if eval[bool](b, `!document.querySelector(".tour").hidden || !document.activeElement.matches("button.dock-open")`) {
		t.Error("the tour did not hand over")
	}
	b.run(chromedp.KeyEvent(kb.Enter))
	b.waitFor(`document.querySelector(".dock").classList.contains("open")`)
	b.openStage()
	b.tabTo("#count")
	b.run(chromedp.KeyEvent(kb.Enter))
	b.waitFor(`document.querySelector("#num").textContent === "1"`)
	// Nothing that has the focus is behind the dock.
	for range 25 {
		b.run(chromedp.KeyEvent(kb.Tab))
		if covered := eval[string](b, `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), d = document.querySelector(".dock").getBoundingClientRect(); return e.closest("main") && r.top > d.top - 4 ? e.outerHTML.slice(0, 80) : ""; })()`); covered != "" {
			t.Errorf("behind the dock: %s", covered)
		}
	}
	b.tabTo(`.timeline .row:first-child a`)
	b.run(chromedp.KeyEvent(kb.Enter))
	b.waitFor(`document.activeElement.matches(".exchange-pane") && document.querySelector(".exchange") !== null`)
	b.run(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	b.waitFor(`document.querySelector(".step.current")?.dataset.number === "2"`)
	b.run(chromedp.KeyEvent("p"))
	b.waitFor(`document.querySelector(".dock").offsetHeight === innerHeight && !document.querySelector("main").checkVisibility()`)
	b.run(chromedp.KeyEvent(kb.End))
	b.waitFor(`document.querySelector(".step.current").dataset.step === "jar-after"`)
	b.run(chromedp.KeyEvent(kb.Escape))
	b.waitFor(`document.querySelector("main").checkVisibility()`)
	b.run(chromedp.KeyEvent(kb.Escape))
	b.waitFor(`document.querySelector(".step.current") === null`)
	b.run(chromedp.Navigate(base + "/online/login/"))
	b.run(chromedp.SendKeys(chromedp.CSS(`#username`), "pppp"))
	if eval[bool](b, `document.documentElement.classList.contains("projector")`) {
		t.Error("typing a p in a field started the projector")
	}
	b.noFaults()
}

// A lesson's "show me" opens the step, or first offers what makes one.
func TestShowMe(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/session/"))
	eval[any](b, `document.querySelector('.show-me[data-step="session"]').click(); true`)
	b.run(chromedp.WaitVisible(chromedp.CSS(`.offer .button`)), chromedp.Click(chromedp.CSS(`.offer .button`)))
	b.waitFor(`document.activeElement.matches('.step.current[data-step="session"]')`)
	eval[any](b, `document.querySelector('.show-me[data-step="response"]').click(); true`)
	b.waitFor(`document.activeElement.matches('.step.current[data-step="response"]')`)

	// Across a form and its redirects.
	b.run(chromedp.Navigate(base + "/online/register/"))
	eval[any](b, `document.querySelector(".show-me").click(); true`)
	b.run(chromedp.Click(chromedp.CSS(`.offer .button`)), chromedp.KeyEvent("showme"+kb.Tab), chromedp.SendKeys(chromedp.CSS(`#pwd`), password), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.step.current`)))
	b.waitFor(`location.pathname === "/online/login/" && document.activeElement.matches(".step.current")`)
	if got := b.text(".step.current h3 code"); got != "INSERT online_member" {
		t.Errorf("shown is %q", got)
	}
	b.noFaults()
}

// The tour waits for what the student really does, and runs only once.
func TestStageTour(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/"))
	now := func(step string) {
		t.Helper()
		b.waitFor(fmt.Sprintf(`document.querySelector(".tour-step:not([hidden])")?.dataset.until === %q`, step))
	}
	now("open")
	b.run(chromedp.Click(chromedp.CSS(`button.dock-open`)))
	now("ask")
	b.waitFor(`document.querySelector(".dock.live") !== null`)
	eval[any](b, `document.querySelector("#count").click(); true`)
	now("step")
	for _, open := range []bool{false, true} { // its task can only be done on the open stage
		b.run(chromedp.Click(chromedp.CSS(`button.dock-open`)))
		b.waitFor(fmt.Sprintf(`document.querySelector(".tour").checkVisibility() === %v`, open))
	}
	b.openExchange("GET /get_add_cookie")
	now("step")
	b.run(chromedp.Click(chromedp.CSS(`[data-do="next"]`)))
	b.waitFor(`document.querySelector(".tour").hidden`)
	b.run(chromedp.Navigate(base + "/session/"))
	if !eval[bool](b, `document.querySelector(".tour").hidden`) {
		t.Error("the tour came back")
	}
	b.noFaults()
}

// Without JavaScript the strip is a link, and the list and the exchange are pages.
func TestStageWithoutJavaScript(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.click(`a.dock-open`)
	b.run(chromedp.Navigate(base + "/cookie/"))
	b.click(`.counter .button`)
	b.run(chromedp.Navigate(base + "/stage/"))
	if got := b.text(".timeline"); !strings.Contains(got, "POST") || !strings.Contains(got, "/cookie/") {
		t.Errorf("the list shows %q", got)
	}
	b.click(`.timeline .row:first-child a`)
	if got := b.text(".thread"); !strings.Contains(got, "Cookies before") || !strings.Contains(got, "Cookies after") {
		t.Errorf("the exchange shows %q", got)
	}
	b.noFaults()
}
