package browser

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// sites opens the page about names and sites.
func sites(t *testing.T, folder, lang string) (b *tab, base string) {
	t.Helper()
	base = "http://localhost:" + startLab(t)
	b = newTabIn(t, folder, base, lang)
	b.run(chromedp.Navigate(base + "/cookie/sites/"))
	return b, base
}

// tries presses an experiment's button with the keyboard, and waits until the tab is back and shows what it should.
func (b *tab) tries(button, brings string) {
	b.t.Helper()
	eval[any](b, `window.isOld = true`)
	b.run(chromedp.Focus(chromedp.CSS(button)), chromedp.KeyEvent(kb.Enter))
	b.waitAcross(`location.pathname === "/cookie/sites/" && !window.isOld && document.querySelector("` + brings + `") !== null && document.readyState === "complete"`)
}

// cells returns the filled columns of the table, by request.
func cells(b *tab) map[string]string {
	b.t.Helper()
	return eval[map[string]string](b, `Object.fromEntries([...document.querySelectorAll(".samesite tbody tr")].map((row) => [row.id.slice(4),
		[...row.querySelectorAll("td")].map((cell) => cell.querySelector(".went") ? "+" : cell.querySelector(".stayed") ? "-" : ".").join("")]))`)
}

// chromiumSameSite holds what Chromium sends with each request, by cookie: None, Lax, Strict, unset and fresh, and unset
// after two minutes. + means sent, - not sent, and a dot not tried yet. If a line fails after an update of the browser, the
// page is right and this table is outdated.
var chromiumSameSite = map[string]string{
	"link":     "++-++",
	"typed":    "+++++",
	"get":      "++-++",
	"post":     "+--+-",
	"image":    "+----",
	"frame":    "+----",
	"fetch":    "+----",
	"bare":     "-----",
	"redirect": "++-++",
	"open":     "++-++",
	"beacon":   "+----",
	"prefetch": "+----",
	"sibling":  "+++++",
	"return":   "+++++",
}

func TestSameSiteTable(t *testing.T) {
	t.Parallel() // it waits for two minutes
	b, base := sites(t, allowsThirdParty(t), "en")
	eval[any](b, `localStorage.setItem("stage.open", "1")`)
	b.run(chromedp.Navigate(base + "/cookie/sites/"))
	b.waitFor(`document.querySelector(".dock").classList.contains("live")`)
	b.tries("#run-sites", ".samesite")

	first := cells(b)
	for request, want := range chromiumSameSite {
		want = want[:4] + "."
		if request == "typed" {
			want = "....."
		}
		if got := first[request]; got != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	if len(first) != len(chromiumSameSite) {
		t.Errorf("rows: %v", slices.Sorted(maps.Keys(first)))
	}
	if findings := eval[int](b, `document.querySelectorAll(".samesite .finding").length`); findings != 0 {
		t.Errorf("%d cells differ from the draft: %s", findings, b.text(".findings"))
	}
	if !eval[bool](b, `document.querySelector("[data-late]").disabled`) {
		t.Error("the second run could begin at once")
	}

	typed(b, `#row-typed [data-address]`)
	b.waitFor(`document.querySelectorAll("#row-typed .went").length === 4`)

	// A cell links to its request on the stage.
	b.waitFor(`[...document.querySelectorAll(".timeline .row")].some((row) => row.textContent.includes("/try/sites/post"))`)
	b.run(chromedp.Click(chromedp.CSS(`#row-post td:nth-child(2) a`)))
	b.waitFor(`document.querySelector(".exchange")?.textContent.includes("/try/sites/post") && document.querySelector(".exchange").textContent.includes("none=1; unset=1")`)

	b.waitLong(`location.pathname === "/cookie/sites/" && document.querySelector("#row-link td:last-child a") !== null`)
	typed(b, `#row-typed [data-address]`)
	b.waitFor(`document.querySelectorAll("#row-typed .went").length === 5`)
	if got := cells(b); !maps.Equal(got, chromiumSameSite) {
		for request, want := range chromiumSameSite {
			if got[request] != want {
				t.Errorf("%s after two minutes: %s, want %s", request, got[request], want)
			}
		}
	}
	b.noFaults()
}

// typed opens an address that the page shows in a new tab, as if a person had typed it.
func typed(b *tab, selector string) {
	b.t.Helper()
	address := strings.TrimSpace(eval[string](b, `document.querySelector(`+"`"+selector+"`"+`).textContent`))
	other, closeOther := chromedp.NewContext(b.ctx)
	defer closeOther()
	second := &tab{t: b.t, ctx: other}
	second.run(chromedp.Navigate(address))
	if got := second.text("body"); !strings.Contains(got, "noted") {
		b.t.Errorf("%s answered %q", address, got)
	}
}

// By default this browser withholds cookies inside pages of other sites. The page says that this has nothing to do with
// SameSite.
func TestSameSiteThirdParty(t *testing.T) {
	t.Parallel()
	b, _ := sites(t, t.TempDir(), "zh-CN")
	b.tries("#run-sites", ".samesite")
	got := cells(b)
	for request, want := range chromiumSameSite {
		want = want[:4] + "."
		switch request {
		case "typed":
			want = "....."
		case "image", "frame", "fetch", "beacon", "prefetch":
			want = "----."
		}
		if got[request] != want {
			t.Errorf("%s: %s, want %s", request, got[request], want)
		}
	}
	if got := eval[string](b, `document.querySelectorAll(".samesite .finding").length + " " + document.querySelectorAll(".samesite .left").length`); got != "0 5" {
		t.Errorf("findings and cells that are left to the browser: %s, want 0 5", got)
	}
	if said := b.text(`[data-renew="table"] > p:last-child`); !strings.Contains(said, "第三方") {
		t.Errorf("of third-party cookies: %s", said)
	}
	for _, width := range []int64{390, 1280} {
		b.size(width, width == 390)
		b.noSidewaysScroll("the table")
		b.axe("the table")
	}
	b.noFaults()
}

func TestSitesPicture(t *testing.T) {
	t.Parallel()
	b, base := sites(t, t.TempDir(), "en")
	port := base[strings.LastIndex(base, ":"):]
	b.waitFor(`document.querySelectorAll('.site-names [data-reached="true"]').length >= 7`)
	if lost := eval[string](b, `[...document.querySelectorAll('.site-names [data-reached="false"]')].map(e => e.textContent).join()`); lost != "" {
		t.Errorf("not reached: %s", lost)
	}
	for _, test := range []struct{ one, two, relation, boxes string }{
		{"localhost" + port, "localhost" + port, "Same-origin.", "site origin"},
		{"localhost" + port, "127.0.0.1" + port, "Cross-site.", "site origin site origin"},
		{"localhost" + port, "[::1]" + port, "Cross-site.", "site origin site origin"},
		{"a.lab.localhost" + port, "b.lab.localhost" + port, "Same-site, but cross-origin.", "site origin origin"},
		{"alice.localhost" + port, "bob.localhost" + port, "Cross-site.", "site origin site origin"},
	} {
		eval[any](b, `(() => { const form = document.querySelector("[data-pair]");
			form.elements.one.value = "`+test.one+`"; form.elements.two.value = "`+test.two+`";
			form.elements.two.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
		// The picture shown before has some of these names, too.
		b.waitFor(fmt.Sprintf(`document.querySelector(".site-picture title").textContent.includes("http://%s") && document.querySelector(".site-picture title").textContent.includes("http://%s") &&
			document.querySelector(".relation strong").textContent === %q`, test.one, test.two, test.relation))
		if got := eval[string](b, `[...document.querySelectorAll(".site-picture rect")].map(r => r.getAttribute("class")).join(" ")`); got != test.boxes {
			t.Errorf("%s and %s: boxes %s, want %s", test.one, test.two, got, test.boxes)
		}
	}
	b.noFaults()

	// A response that comes late does not replace that of a later choice.
	eval[any](b, `(() => { const form = document.querySelector("[data-pair]"), real = fetch;
		const choose = (name) => { form.elements.two.value = name; form.elements.two.dispatchEvent(new Event("change", { bubbles: true })); };
		window.fetch = async (...request) => { window.fetch = real; const answer = await real(...request); await new Promise((resolve) => window.release = resolve); return answer; };
		choose("127.0.0.1`+port+`"); choose("localhost`+port+`"); return true; })()`)
	b.waitFor(`window.release !== undefined && document.querySelector(".site-picture title").textContent.includes("http://localhost")`)
	if got := eval[string](b, `release(), new Promise((resolve) => setTimeout(resolve, 300)).then(() => document.querySelector(".site-picture title").textContent)`); !strings.Contains(got, "http://localhost") {
		t.Errorf("after the late answer: %s", got)
	}
	b.noFaults()

	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(base + "/cookie/sites/?one=a.lab.localhost" + port + "&two=b.lab.localhost" + port))
	b.click(`[data-pair] .button`)
	if got := b.text(".relation strong"); !strings.HasPrefix(got, "Same-site") {
		t.Errorf("without a script: %s", got)
	}
	b.noFaults()
}

// A cookie with a Domain connects what two names separate.
func TestSitesDomain(t *testing.T) {
	t.Parallel()
	b, _ := sites(t, t.TempDir(), "zh-CN")
	b.tries("#people form .button", "#people .observations")
	if got := b.text("#people > p > strong"); !strings.Contains(got, "自称是 Bob") {
		t.Errorf("the verdict is %q", got)
	}
	if got := eval[string](b, `[...document.querySelectorAll("#people .observations tbody tr")].map(r => r.children[2].textContent).join(" | ")`); got != "没有 cookie | shared=alice | who=alice; shared=bob" {
		t.Errorf("the browser sent %s", got)
	}
	b.axe("the experiment with Domain")
	b.noFaults()
}

// Where *.localhost is not the lab, as in a LAN, the page compares the machine's name with its address. Plain http is
// not secure there, so the cookie with Secure is not kept.
func TestSitesElsewhere(t *testing.T) {
	t.Parallel()
	base := "http://lab.test:" + startLab(t, "-host", "lab.test")
	b := newTabIn(t, allowsThirdParty(t), base, "en")
	b.run(chromedp.Navigate(base + "/cookie/sites/"))
	b.tries("#run-sites", ".samesite")
	for request, want := range map[string]string{
		"link": "-+-+.", "post": "---+.", "image": "----.", "typed": ".....", "return": "-+++.",
		"redirect": "", "sibling": "", // these need a second name
	} {
		if got := cells(b)[request]; strings.TrimRight(got, ".") != strings.TrimRight(want, ".") {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	if got := b.text(`#row-link td:nth-child(2)`); !strings.HasPrefix(got, "not kept") {
		t.Errorf("the cookie with Secure: %s", got)
	}
	if got := b.text(`#people`); !strings.Contains(got, "cannot be tried here") {
		t.Errorf("of Domain: %s", got)
	}
	b.noFaults()
}
