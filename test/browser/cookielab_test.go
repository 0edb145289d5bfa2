package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// setField types into a field of the laboratory as a person does.
func (b *tab) setField(part, value string) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf(`(() => { const f = document.querySelector("[data-part='%s']");
		if (f.type === "checkbox") { f.checked = %q !== ""; } else { f.value = %q; }
		f.dispatchEvent(new InputEvent("input", { bubbles: true })); return true; })()`, part, value, value))
}

// setLine types a raw line.
func (b *tab) setLine(line string) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf(`(() => { const f = document.querySelector("#line"); f.value = %q; f.dispatchEvent(new InputEvent("input", { bubbles: true })); return true; })()`, line))
}

// fieldValues returns the values of all fields that are not empty, in order.
func (b *tab) fieldValues() string {
	b.t.Helper()
	return eval[string](b, `[...document.querySelectorAll("[data-part]")].map(f => f.type === "checkbox" ? (f.checked ? f.dataset.part : "") : f.value && f.dataset.part + ":" + f.value).filter(Boolean).join(" | ")`)
}

// sendLine sends the line and waits until the tab is back.
func (b *tab) sendLine() {
	b.t.Helper()
	b.leaveAndReturn(`.line .button`)
}

// leaveAndReturn clicks what starts an experiment and waits until the page is back.
func (b *tab) leaveAndReturn(selector string) {
	b.t.Helper()
	eval[any](b, `window.isOld = true`)
	b.run(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	b.waitAcross(`location.pathname === "/cookie/lab/" && !window.isOld && document.querySelector("#tried") !== null && document.readyState === "complete"`)
}

// waitAcross does what waitFor does, while the tab goes from page to page.
func (b *tab) waitAcross(script string) {
	b.t.Helper()
	b.waitAtMost(30*time.Second, script)
}

// waitLong does what waitAcross does, for what takes minutes.
func (b *tab) waitLong(script string) {
	b.t.Helper()
	b.waitAtMost(170*time.Second, script)
}

func (b *tab) waitAtMost(patience time.Duration, script string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if done, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script)); err == nil && done {
			return
		}
	}
	b.t.Fatalf("never true: %s; the tab is at %s", script, eval[string](b, `location.href + " " + document.body.innerText.slice(0, 300)`))
}

// seen returns the row of a request: the prediction, what came, and whether that was predicted.
func (b *tab) seen(request string) []string {
	b.t.Helper()
	return eval[[]string](b, fmt.Sprintf(`[...([...document.querySelectorAll("#tried .observations tbody tr")].find(row => row.cells[0].innerText.includes(%q))?.cells ?? [])].slice(1).map(c => c.innerText.trim().replace(/\s+/g, " "))`, request))
}

// The fields and the line update each other, and nothing that was typed is lost.
func TestCookieLabFields(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/cookie/lab/"))
	for _, test := range []struct{ line, fields string }{
		{"a=b", "name:a | value:b"},
		{"a=b=c; PATH=/x; secure;HttpOnly ; Max-Age = 60", "name:a | value:b=c | Max-Age:60 | Path:/x | Secure | HttpOnly"},
		{"bare", "value:bare"},
		{"=v", "value:v"},
		{"a=b; Path=/1; Path=/2; Priority=High; SameSite=Odd; ; Partitioned", "name:a | value:b | Path:/1 | more:Path=/2; Priority=High; SameSite=Odd | Partitioned"},
		{"a=b; samesite=lax; Domain=.lab.localhost; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "name:a | value:b | Expires:Thu, 01 Jan 2099 00:00:00 GMT | Domain:.lab.localhost | SameSite:Lax"},
		{"", ""},
	} {
		if b.setLine(test.line); b.fieldValues() != test.fields {
			t.Errorf("%q: fields %q, want %q", test.line, b.fieldValues(), test.fields)
		}
	}
	for _, test := range []struct{ line, part, value, want string }{
		{"a=b; PATH=/x;  secure", "name", "n", "n=b; PATH=/x;  secure"},
		{"a=b; PATH=/x;  secure", "value", "", "a=; PATH=/x;  secure"},
		{"a=b; PATH=/x;  secure", "Path", "/y", "a=b; Path=/y;  secure"},
		{"a=b; PATH=/x;  secure", "Path", "", "a=b;  secure"},
		{"a=b; PATH=/x;  secure", "Secure", "", "a=b; PATH=/x"},
		{"a=b; PATH=/x", "HttpOnly", "1", "a=b; PATH=/x; HttpOnly"},
		{"a=b; PATH=/x", "SameSite", "Strict", "a=b; PATH=/x; SameSite=Strict"},
		{"a=b; Odd; PATH=/x", "more", "Even=2", "a=b; PATH=/x; Even=2"},
		{"a=b; Odd; PATH=/x", "more", "", "a=b; PATH=/x"},
		{"a=b", "name", "", "b"},
		{"a=b=c", "name", "", "=b=c"},
	} {
		b.setLine(test.line)
		b.setField(test.part, test.value)
		if got := eval[string](b, `document.querySelector("#line").value`); got != test.want {
			t.Errorf("%q with %s %q: %q, want %q", test.line, test.part, test.value, got, test.want)
		}
	}
	for line, says := range map[string]string{
		"a=b; Max-Age=600; HttpOnly; Path=/": "Keep a for 10 minutes, for this host only, on all paths, hidden from scripts, sent over plain http too",
		"a=b; Domain=lab.localhost":          "for lab.localhost and all hosts below it",
		"a=b; Max-Age=x; Foo":                "Foo has no effect: no rule defines it.",
		"__Host-a=b":                         "Browsers ignore this line: the beginning of the name promises",
		"a=b; SameSite=None":                 "SameSite=None without Secure",
		`a=\x01`:                             "it contains a control character",
		"sessionid=1":                        "is the lab's own",
		`a=b\r\nSet-Cookie: c=d`:             "contains a line break or a NUL byte",
		"a=" + strings.Repeat("x", 4096):     "more than 4,096 bytes",
		"a=" + strings.Repeat("x", 10001):    "more than 10,000 bytes",
	} {
		b.setLine(line)
		b.waitFor(fmt.Sprintf(`document.querySelector("[data-reading]").innerText.includes(%q)`, says))
	}
	b.noFaults()
}

// A line is sent and requested in all ways, the results are compared, and the cookies that it left are deleted.
func TestCookieLabSends(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/session/"))
	count(b, 1)
	b.run(chromedp.Navigate(base + "/cookie/lab/"))
	b.waitFor(`document.querySelector(".reading .hint").textContent.includes("a.lab.localhost")`)
	inJar := func(name string) (found []string) {
		for _, c := range call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{
			"http://a.lab.localhost:" + port + "/try/shop/cart", "http://a.lab.localhost:" + port + "/try/office", "http://x.a.lab.localhost:" + port + "/try/shop/cart",
		}}).Cookies {
			if c.Name == name {
				found = append(found, fmt.Sprintf("%q %s %s", c.Value, c.Domain, c.Path))
			}
		}
		slices.Sort(found)
		return found
	}
	const link, post = "A link on other.localhost", "A form on other.localhost"
	want := func(line, request string, cells ...string) {
		t.Helper()
		if got := b.seen(request); len(got) != len(cells) || !slices.EqualFunc(got, cells, strings.HasPrefix) {
			t.Errorf("%q: %s: %q, want %q", line, request, got, cells)
		}
	}

	line := "a=1; HttpOnly; Max-Age=600"
	b.setLine(line)
	b.sendLine()
	if got := inJar("a"); !slices.Equal(got, []string{`"1" a.lab.localhost /try/shop`}) {
		t.Errorf("the jar has %q", got)
	}
	want(line, "/try/shop/cart/item", "a=1", "a=1", "yes")
	want(line, "/try/office", "no cookie", "no cookie", "yes")
	want(line, "reads document.cookie", "no cookie", "no cookie", "yes")
	want(line, "asks cookieStore", "no cookie", "no cookie", "yes")
	want(line, link, "a=1", "a=1", "yes")
	want(line, post, "a=1", "a=1", "yes") // within the two minutes
	want(line, "fetch on other.localhost", "no cookie", "no cookie", "yes")
	want(line, "x.a.lab.localhost", "no cookie", "no cookie", "yes")

	line = "a=2; Domain=lab.localhost; Path=/"
	b.setLine(line)
	b.sendLine()
	want(line, "/try/shop/cart/item", "a=1; a=2", "a=1; a=2", "yes")
	want(line, "/try/office", "a=2", "a=2", "yes")
	want(line, "x.a.lab.localhost", "a=2", "a=2", "yes")
	want(line, "b.lab.localhost", "a=2", "a=2", "yes")
	want(line, "reads document.cookie", "a=2", "a=2", "yes")
	if got := eval[int](b, `document.querySelectorAll("#tried form button").length`); got != 3 {
		t.Errorf("%d buttons to delete", got)
	}
	if got := eval[string](b, `document.querySelector("#line").value`); got != line {
		t.Errorf("the line is %q", got)
	}

	b.leaveAndReturn(`#tried button[aria-label="Delete a=2"]`)
	if got := inJar("a"); !slices.Equal(got, []string{`"1" a.lab.localhost /try/shop`}) {
		t.Errorf("after deleting a=2 the jar has %q", got)
	}
	want("deletion", "/try/shop/cart/item", "a=1", "a=1", "yes")
	if got := eval[string](b, `document.querySelector("#line").value`); got != line {
		t.Errorf("deleting changed the line to %q", got)
	}

	// Where Chromium differs from the draft, the page says so.
	line = "=b=2"
	b.setLine(line)
	b.sendLine()
	want(line, "/try/shop/cart/item", "a=1; b=2", "a=1", "no")
	if !eval[bool](b, `document.querySelector("#tried .finding") !== null`) {
		t.Error("no finding")
	}
	line = `c="小店\t\\x"; Path=/try`
	b.setLine(line)
	b.sendLine()
	line = `d=\xe5\xff`
	b.setLine(line)
	b.sendLine()
	if got := b.text("#tried pre"); !strings.Contains(got, `d=\xe5\xff`) {
		t.Errorf("sent %q", got)
	}

	b.leaveAndReturn(`#tried form:has([name=everything]) button`)
	if got := len(call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{"http://a.lab.localhost:" + port + "/try/shop/cart"}}).Cookies); got != 0 {
		t.Errorf("%d cookies are left", got)
	}
	want("nothing", "/try/shop/cart/item", "no cookie", "no cookie", "yes")
	b.run(chromedp.Navigate(base + "/session/"))
	if got := b.text("#num"); got != "1" {
		t.Errorf("the session's counter is at %s", got)
	}
	b.noFaults()
}

// If no name of localhost leads to the lab, as on a phone, lines are tried on the lab's own host.
func TestCookieLabElsewhere(t *testing.T) {
	port := startLab(t, "-host", "lab.test")
	base := "http://lab.test:" + port
	b := newTab(t, base, "en")
	b.run(chromedp.Navigate(base + "/session/"))
	count(b, 1)
	b.run(chromedp.Navigate(base + "/cookie/lab/"))
	b.waitFor(`document.querySelector(".reading .hint").textContent.includes("http://lab.test:` + port + `/try/shop/cart")`)
	b.setLine("a=1; Secure")
	b.waitFor(`document.querySelector("[data-reading]").innerText.includes("it says Secure but came over plain http")`)
	b.sendLine()
	if got := b.seen("/try/shop/cart/item"); !slices.EqualFunc(got, []string{"no cookie", "no cookie", "yes"}, strings.HasPrefix) {
		t.Errorf("Secure: %q", got)
	}
	b.setLine("a=1; Max-Age=600")
	b.sendLine()
	if got := b.seen("/try/shop/cart/item"); !slices.EqualFunc(got, []string{"a=1", "a=1", "yes"}, strings.HasPrefix) {
		t.Errorf("a line: %q", got)
	}
	if len(b.seen("A link on 127.0.0.1")) == 0 || len(b.seen("b.lab.localhost")) > 0 {
		t.Error("the other site is not the other name of this machine")
	}
	b.leaveAndReturn(`#tried form:has([name=everything]) button`)
	if got := b.seen("/try/shop/cart/item"); !slices.EqualFunc(got, []string{"no cookie", "no cookie", "yes"}, strings.HasPrefix) {
		t.Errorf("after deleting everything: %q", got)
	}
	b.run(chromedp.Navigate(base + "/session/"))
	if got := b.text("#num"); got != "1" {
		t.Errorf("the session's counter is at %s", got)
	}
	b.noFaults()
}

// The keyboard is enough to send a line, and axe finds no faults in the result.
func TestCookieLabLooks(t *testing.T) {
	t.Parallel()
	port := startLab(t)
	base := "http://localhost:" + port
	for _, lang := range []string{"zh-CN", "en"} {
		b := newTab(t, base, lang)
		b.run(chromedp.Navigate(base+"/cookie/lab/"), chromedp.Focus(chromedp.CSS("#line")))
		b.waitFor(`document.querySelector(".reading .hint").textContent.includes("a.lab.localhost")`)
		b.run(chromedp.KeyEvent(kb.Enter))
		b.waitAcross(`location.pathname === "/cookie/lab/" && document.querySelector("#tried") !== null && document.readyState === "complete"`)
		for _, width := range []int64{320, 390, 1280} {
			at := fmt.Sprintf("/cookie/lab/ with a result, %s %d", lang, width)
			b.axeThemes(at, width)
			b.noSidewaysScroll(at)
		}
		b.noFaults()
	}
}

// Without JavaScript the form sends the line, and the next page shows what came back.
func TestCookieLabWithoutJavaScript(t *testing.T) {
	port := startLab(t)
	base := "http://localhost:" + port
	b := newTab(t, base, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(base + "/cookie/lab/"))
	b.click(`.line .button`)
	if got := b.text("#seen pre"); got != "Cookie: taste=sweet" {
		t.Errorf("what came is %q", got)
	}
	if c := b.cookies()["taste"]; c == nil || c.Path != "/cookie/lab" {
		t.Errorf("the jar has %+v", c)
	}
	if got := b.text(".reading"); !strings.Contains(got, "Keep taste for 10 minutes") {
		t.Errorf("predicted: %q", got)
	}
	b.click(`#seen li .button`)
	if got := b.text("#seen"); !strings.Contains(got, "No cookie came back") || b.cookies()["taste"] != nil {
		t.Errorf("after deleting: %q", got)
	}
	b.noFaults()
}
