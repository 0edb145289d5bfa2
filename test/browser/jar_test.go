package browser

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"sessionlab/cookie"
)

// TestJar asks a real Chromium what it keeps of each line of the table, what it sends, and why. The jar of package cookie
// must agree. Where the draft's own jar differs, draftDiffers must say why.
func TestJar(t *testing.T) {
	t.Parallel()
	site := startRawSite(t)
	b := newJarBrowser(t)
	for _, test := range jarCases() {
		t.Run(test.name(), func(t *testing.T) {
			b.t = t
			call(b.tab, storage.ClearCookies, storage.ClearCookiesParams{})
			jar := cookie.NewJar(cookie.Chromium(), time.Now)
			rfc := cookie.RFC()
			rfc.TrustLoopback = true // the draft leaves it to the browser what counts as secure
			draft := cookie.NewJar(rfc, time.Now)
			differs := false
			for _, set := range test.sets {
				from := site.at(t, set.from)
				verdict := jar.Set(from, set.line, set.request(t, site))
				other := draft.Set(from, set.line, set.request(t, site))
				differs = differs || verdict.Stored != other.Stored || verdict.Stored && !sameFacts(verdict.Cookie, other.Cookie)
				reasons := b.set(site, from, set)
				if verdict.Reason == "" && len(reasons) > 0 && !verdict.Deleted {
					t.Errorf("%s: Chromium refuses it for %v", show(set.line), reasons)
				}
				if verdict.Reason != "" && !set.script && !slices.Contains(reasons, string(verdict.Reason)) && !explained(verdict.Reason, reasons) {
					t.Errorf("%s: refused for %s, Chromium says %v", show(set.line), verdict.Reason, reasons)
				}
			}
			b.compare(jar.All())
			to := site.at(t, test.to)
			request := test.request(t, site)
			header, sent := jar.Header(to, request)
			got, why := b.ask(site, to, test)
			if got != header {
				t.Errorf("sends %s, want %s", show(got), show(header))
			}
			for _, s := range sent {
				reasons, asked := why[s.Cookie.Name]
				if !s.Sent && asked && len(reasons) > 0 && !slices.Contains(reasons, string(s.Reason)) && !explained(s.Reason, reasons) {
					t.Errorf("%s is not sent for %s, Chromium says %v", s.Cookie.Name, s.Reason, reasons)
				}
			}
			draftHeader, _ := draft.Header(to, request)
			differs = differs || header != draftHeader
			if why, listed := draftDiffers()[test.name()]; differs && !listed {
				t.Errorf("the draft differs, and nothing says why: it sends %s, Chromium %s", show(draftHeader), show(header))
			} else if listed && !differs {
				t.Errorf("the draft does not differ: %s", why)
			}
		})
	}
}

// TestJarEviction fills the jar of a site beyond its bound. Some cookies are Secure, and the first ones are used again.
func TestJarEviction(t *testing.T) {
	site := startRawSite(t)
	b := newJarBrowser(t)
	jar := cookie.NewJar(cookie.Chromium(), time.Now)
	fill := func(address string, count int, attributes func(i int) string) {
		from := site.at(t, address)
		var lines []string
		for i := range count {
			line := fmt.Sprintf("%s%d=%s", from.Hostname()[:1], i, attributes(i))
			jar.Set(from, line, cookie.Request{})
			lines = append(lines, line)
		}
		b.set(site, from, setting{line: strings.Join(lines, "\r\nSet-Cookie: ")})
		b.compare(jar.All())
	}
	fill("http://x.lab.localhost/", 100, func(i int) string {
		if i%10 == 0 {
			return "1; Secure"
		}
		return "1"
	})
	fill("http://y.lab.localhost/", 80, func(int) string { return "1" })
	fill("http://lab.localhost/", 1, func(int) string { return "1" })
	fill("http://other.localhost/", 180, func(int) string { return "1; Secure" })
	fill("http://other.localhost/", 181, func(int) string { return "2; Secure; Path=/x" })
}

// explained reports whether Chromium's reasons mean the same as ours. Chromium checks prefixes first, and they also need a
// secure connection. For wrong use of Partitioned and for two cookies in one, it reports no reason. For a cookie that it
// does not send, it may report that the schemes differ even if the sites' names differ, too.
func explained(reason cookie.Code, chromium []string) bool {
	switch {
	case reason == cookie.ReasonInvalidPartitioned, reason == cookie.ReasonAmbiguousSerialization:
		return len(chromium) == 0
	case reason == cookie.ReasonSecureOnly:
		return len(chromium) == 0 || slices.Contains(chromium, string(cookie.ReasonInvalidPrefix))
	}
	return slices.Contains(chromium, "Schemeful"+string(reason))
}

// sameFacts reports whether two cookies agree in what the draft's and Chromium's jar can both show.
func sameFacts(a, b cookie.Cookie) bool {
	return a.String() == b.String() && a.Domain == b.Domain && a.HostOnly == b.HostOnly && a.Path == b.Path &&
		a.Expires.Sub(b.Expires).Abs() < time.Second
}

// show quotes a text and shortens it if it is long.
func show(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q… (%d bytes)", s[:80], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// jarBrowser controls a browser and records its reasons about cookies.
type jarBrowser struct {
	*tab
	origin  string // of the open page, if known
	mu      sync.Mutex
	url     map[network.RequestID]string
	blocked map[network.RequestID][]string
	kept    map[network.RequestID]map[string][]string
}

// allowsThirdParty returns the user's folder of a browser that sends cookies inside pages of other sites, too. The default
// differs between makers of browsers, and the headless mode sends none.
func allowsThirdParty(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	err := os.MkdirAll(filepath.Join(folder, "Default"), 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "Default", "Preferences"), []byte(`{"profile":{"cookie_controls_mode":0}}`), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// newJarBrowser starts a browser for which every host is this machine.
func newJarBrowser(t *testing.T) *jarBrowser {
	t.Helper()
	folder := allowsThirdParty(t) // or SameSite would have no visible effect
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("host-resolver-rules", "MAP * 127.0.0.1"), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(folder))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	ctx, stopTime := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(func() {
		stopTime()
		stop()
		stopAllocator()
	})
	b := &jarBrowser{tab: &tab{t: t, ctx: ctx}, url: map[network.RequestID]string{}, blocked: map[network.RequestID][]string{}, kept: map[network.RequestID]map[string][]string{}}
	b.must(chromedp.Listen(ctx, b.note))
	call(b.tab, network.Enable, network.EnableParams{})
	return b
}

// note records an event of the browser.
func (b *jarBrowser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.url[e.RequestID] = e.Request.URL
	case *network.EventRequestWillBeSentExtraInfo:
		reasons := map[string][]string{}
		for _, c := range e.AssociatedCookies {
			reasons[c.Cookie.Name] = []string{}
			for _, reason := range c.BlockedReasons {
				reasons[c.Cookie.Name] = append(reasons[c.Cookie.Name], string(reason))
			}
		}
		b.kept[e.RequestID] = reasons
	case *network.EventResponseReceivedExtraInfo:
		b.blocked[e.RequestID] = []string{}
		for _, c := range e.BlockedCookies {
			for _, reason := range c.BlockedReasons {
				b.blocked[e.RequestID] = append(b.blocked[e.RequestID], string(reason))
			}
		}
	}
}

// told waits until the browser has reported everything about a request. It returns why a cookie was not kept, and why
// others were not sent.
func (b *jarBrowser) told(address string) (blocked []string, kept map[string][]string) {
	b.t.Helper()
	for range 2000 {
		b.mu.Lock()
		for id, at := range b.url {
			if at == address && b.blocked[id] != nil && b.kept[id] != nil {
				blocked, kept = b.blocked[id], b.kept[id]
			}
		}
		b.mu.Unlock()
		if kept != nil {
			return blocked, kept
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.t.Fatalf("the browser never told of %s", address)
	return nil, nil
}

// set makes the browser receive a line, and returns Chromium's reasons for refusing it.
func (b *jarBrowser) set(site *rawSite, from *url.URL, set setting) []string {
	b.t.Helper()
	if set.script {
		address, _ := site.number(from, "")
		b.open(from, address)
		eval[any](b.tab, fmt.Sprintf("document.cookie = %q; true", set.line))
		return nil
	}
	site.mu.Lock()
	site.line = &set.line
	site.mu.Unlock()
	address, _ := b.send(site, from, set.how, set.page, "&set")
	blocked, _ := b.told(address)
	return blocked
}

// ask makes the browser send the request of a case. It returns the Cookie header, and why other cookies were not sent.
func (b *jarBrowser) ask(site *rawSite, to *url.URL, test jarCase) (header string, why map[string][]string) {
	b.t.Helper()
	address, header := b.send(site, to, test.how, test.page, "")
	_, why = b.told(address)
	if test.how == "script" {
		return eval[string](b.tab, "document.cookie"), nil
	}
	return header, why
}

// send makes the browser request an address in one of the ways of the table.
func (b *jarBrowser) send(site *rawSite, to *url.URL, how, page, query string) (address, header string) {
	b.t.Helper()
	address, n := site.number(to, query)
	if page != "" {
		at := site.at(b.t, page)
		b.open(at, at.String())
	}
	switch how {
	case "":
		if b.origin == originOf(to) { // which is faster
			eval[any](b.tab, fmt.Sprintf("fetch(%q); true", address))
			break
		}
		b.open(to, address)
	case "typed", "script":
		b.open(to, address)
	case "link":
		b.origin = ""
		eval[any](b.tab, fmt.Sprintf("setTimeout(() => location.href = %q); true", address))
	case "post":
		b.origin = ""
		eval[any](b.tab, fmt.Sprintf(`setTimeout(() => { const f = document.createElement("form"); f.method = "POST"; f.action = %q; document.body.append(f); f.submit(); }); true`, address))
	case "image":
		eval[any](b.tab, fmt.Sprintf("new Image().src = %q; true", address))
	case "fetch":
		eval[any](b.tab, fmt.Sprintf(`fetch(%q, {mode: "no-cors", credentials: "include"}).catch(() => {}); true`, address))
	case "frame":
		eval[any](b.tab, fmt.Sprintf(`{ const f = document.createElement("iframe"); f.src = %q; document.body.append(f); } true`, address))
	default:
		b.t.Fatalf("no way to ask by %s", how)
	}
	return address, site.wait(b.t, n)
}

// open opens an address.
func (b *jarBrowser) open(at *url.URL, address string) {
	b.t.Helper()
	b.run(chromedp.Navigate(address))
	b.origin = originOf(at)
}

// originOf returns the origin of an address.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// kept describes a cookie in a form in which both jars can be compared.
type kept struct {
	text    string
	expires float64 // in Unix seconds; -1 at the end of the browser's session
}

func (k kept) String() string { return fmt.Sprintf("\n\t%s expires=%.0f", k.text, k.expires) }

// compare compares the browser's jar with the model's.
func (b *jarBrowser) compare(model []cookie.Cookie) {
	b.t.Helper()
	var want []kept
	for _, c := range model {
		domain := c.Domain
		if !c.HostOnly {
			domain = "." + domain
		}
		expires := -1.0
		if c.Persistent() {
			expires = float64(c.Expires.UnixMilli()) / 1000
		}
		if !utf8.ValidString(c.Value) {
			c.Value = ""
		}
		want = append(want, kept{jarText(c.String(), domain, c.Path, string(c.SameSite), c.Secure, c.HTTPOnly, c.Partitioned), expires})
	}
	var got []kept
	for _, c := range call(b.tab, storage.GetCookies, storage.GetCookiesParams{}).Cookies {
		text := c.Value
		if c.Name != "" {
			text = c.Name + "=" + c.Value
		}
		// The protocol shows no value that is not UTF-8; the next request will.
		got = append(got, kept{jarText(text, c.Domain, c.Path, string(c.SameSite), c.Secure, c.HTTPOnly, c.PartitionKey != nil), c.Expires})
	}
	for _, jar := range [][]kept{got, want} {
		slices.SortFunc(jar, func(x, y kept) int { return strings.Compare(x.text, y.text) })
	}
	// The two clocks may differ by ten seconds.
	same := func(x, y kept) bool { return x.text == y.text && math.Abs(x.expires-y.expires) <= 10 }
	if !slices.EqualFunc(got, want, same) {
		b.t.Errorf("Chromium keeps %v\nand the model %v", got, want)
	}
}

// jarText formats the properties of a cookie.
func jarText(text, domain, path, sameSite string, secure, httpOnly, partitioned bool) string {
	return fmt.Sprintf("%.90q domain=%s path=%q samesite=%q secure=%t httponly=%t partitioned=%t",
		text, domain, path, sameSite, secure, httpOnly, partitioned)
}
