// Package browser uses the whole lab in a real browser, as a student does.
package browser

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionlab/internal/labtest"
)

func chromium(t *testing.T) string {
	t.Helper()
	return labtest.Program(t, "install Chromium (Debian: apt-get install chromium)", "chromium", "chromium-browser", "google-chrome", "chrome")
}

// buildLab returns the path of the built lab, which all tests run.
var buildLab func(t testing.TB) string

func TestMain(m *testing.M) {
	// Two tests do little but wait for two minutes; the others need not wait for them.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	labtest.Main(m, &buildLab)
}

// startLab starts the lab on a free port and returns the port.
func startLab(t *testing.T, args ...string) string {
	t.Helper()
	chromium(t) // without one, the lab need not be built
	lab := labtest.Start(t, labtest.Command(buildLab(t), filepath.Join(t.TempDir(), "lab.db"), args...))
	at, err := url.Parse(lab.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at.Port()
}

// tab controls a tab of a browser and records what should not happen: requests to other hosts, errors on the console,
// violations of the CSP.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	faults   []string
	document string // where the newest document came from
}

// newTab opens a browser of its own for the lab at base, whose host the browser resolves to this machine.
func newTab(t *testing.T, base string, lang string) *tab {
	t.Helper()
	return newTabIn(t, t.TempDir(), base, lang)
}

// newTabIn does what newTab does, with the user's data in a folder, which may hold settings.
func newTabIn(t *testing.T, folder, base, lang string) *tab {
	t.Helper()
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", lang), chromedp.Flag("accept-lang", lang),
		// The list below the address bar is a page itself, and costs more than the lab's pages.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"),
		chromedp.Flag("host-resolver-rules", "MAP lab.test 127.0.0.1"),
		chromedp.UserDataDir(folder),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopTab := chromedp.NewContext(allocator)
	ctx, stopTime := context.WithTimeout(ctx, 10*time.Minute)
	b := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		stopTime()
		if err := chromedp.Cancel(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		stopTab()
		stopAllocator()
	})
	b.must(chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			to, err := url.Parse(e.Request.URL)
			if err == nil && to.Path == asksWhetherHere {
				return
			}
			if err != nil || to.Host != at.Host && !isLoopback(to.Hostname()) && to.Scheme != "data" && to.Scheme != "chrome" && to.Scheme != "about" {
				b.fault("a request left the lab: %s", e.Request.URL)
			}
		case *network.EventResponseReceived:
			if e.Type == network.ResourceTypeDocument {
				b.mu.Lock()
				b.document = fmt.Sprintf("%s: %d from %s:%d", e.Response.URL, e.Response.Status, e.Response.RemoteIPAddress, e.Response.RemotePort)
				b.mu.Unlock()
			}
		case *cdplog.EventEntryAdded:
			if e.Entry.Level == cdplog.EntryLevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of 4") && !strings.HasSuffix(e.Entry.URL, asksWhetherHere) {
				b.fault("console: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.ConsoleAPICalledTypeError {
				b.fault("console.error: %v", e.Args)
			}
		case *runtime.EventExceptionThrown:
			b.fault("exception: %s", e.ExceptionDetails.Text)
		}
	}))
	call(b, network.Enable, network.EnableParams{})
	call(b, cdplog.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	b.size(1280, false)
	return b
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the DevTools protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	b.must(err)
	return result
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// noFaults fails the test if anything happened that should not.
func (b *tab) noFaults() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Error(fault)
	}
	b.faults = nil
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Fatalf("%v; the newest document: %s", err, b.document)
	}
}

func (b *tab) size(width int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600,
	})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		// With reduced motion, because a click misses what is moving.
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(selector)))
	b.must(err)
	return text
}

// eval runs a script and returns what it resolves to.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	b.must(err)
	return value
}

// asksWhetherHere is the address at which pages about cookies look for the lab under all names of the machine. It is
// not a fault if a name leads nowhere.
const asksWhetherHere = "/cookie/run/here"

// isLoopback reports whether a host is this machine; pages about cookies look for the lab under other names of it.
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// waitFor polls until a script is true.
func (b *tab) waitFor(script string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](script, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.t.Fatalf("never true: %s: %v", script, err)
	}
}

// click follows a link or sends a form, and waits for the next page.
func (b *tab) click(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
		b.t.Fatalf("click %s on %s: %v", selector, eval[string](b, `location.pathname + ": " + document.querySelector("main").innerText.slice(0, 300)`), err)
	}
}

// tabTo presses Tab until the element has the focus, and checks that the focus is visible.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 150 {
		b.run(chromedp.KeyEvent(kb.Tab))
		if eval[bool](b, fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) {
			if !eval[bool](b, `(s => s.outlineStyle !== "none" || s.boxShadow !== "none")(getComputedStyle(document.activeElement))`) {
				b.t.Errorf("the focus on %s cannot be seen", selector)
			}
			return
		}
	}
	b.t.Fatalf("Tab never reached %s", selector)
}

// press does what click does, with the keyboard alone.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.tabTo(selector)
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.t.Fatalf("press %s: %v", selector, err)
	}
}

func (b *tab) cookies() map[string]*network.Cookie {
	b.t.Helper()
	jar := map[string]*network.Cookie{}
	for _, cookie := range call(b, network.GetCookies, network.GetCookiesParams{}).Cookies {
		jar[cookie.Name] = cookie
	}
	return jar
}

// axe runs axe-core on the page and reports its findings.
func (b *tab) axe(page string) {
	b.t.Helper()
	b.axeRules(page, "")
}

// axeThemes runs axe in a window of this width, light and then dark. In the dark it checks only the rules that depend on
// colors.
func (b *tab) axeThemes(page string, width int64) {
	b.t.Helper()
	b.size(width, false)
	b.axe(page + " light")
	b.size(width, true)
	b.axeRules(page+" dark", `runOnly: ["color-contrast", "link-in-text-block"]`)
}

func (b *tab) axeRules(page, options string) {
	b.t.Helper()
	if !eval[bool](b, `"axe" in window`) {
		source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
		labtest.Need(b.t, err == nil, "install axe-core (npm ci --prefix test/browser)")
		eval[bool](b, string(source)+";true")
	}
	found := eval[[]string](b, `axe.run({resultTypes: ["violations"], `+options+`}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary.replace(/\s+/g, " "))))`)
	for _, violation := range found {
		b.t.Errorf("%s: axe: %s", page, violation)
	}
}

// noSidewaysScroll fails the test if the page is wider than the window.
func (b *tab) noSidewaysScroll(page string) {
	b.t.Helper()
	if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		widest := eval[string](b, `[...document.querySelectorAll("main *, header *, footer *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest("pre, .chapters, table")).slice(0, 4).map(e => e.outerHTML.slice(0, 120)).join(" | ")`)
		b.t.Errorf("%s scrolls sideways by %d px: %s", page, over, widest)
	}
}
