package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sessionlab/handlers/cookielab/experiment"
)

// passportFacts returns the facts of a Chromium with default settings. If a new version behaves differently, its passport
// says so, and this table must be updated.
func passportFacts() map[string]string {
	return map[string]string{
		"control": "refused", "tab": "refused", "utf8": "kept", "latin1": "kept", "quotes": "kept", "semicolon": `"a`, "spaces": "kept", "around": "kept",
		"commas": "kept", "equals": "kept", "novalue": "kept", "nameless": "kept", "ambiguous": "refused", "case": "differing", "unknown": "kept",
		"maxage": "first", "zero": "gone", "negative": "gone", "plus": "gone", "lastage": "kept", "twodigits": "70",
		"dashes": "gone", "american": "gone", "ordinal": "kept", "iso": "kept", "notime": "kept", "longest": "400",
		"pair": "4096", "attribute": "1024",
		"secure": "kept", "securenames": "refused", "hosttrue": "kept", "hostpath": "refused", "hostcase": "refused", "http": "refused", "hosthttp": "refused",
		"namelessprefix": "refused", "overwrite": "changed",
		"localhosts": "yes", "hostonly": "notsent", "domain": "sent", "dot": "sent", "localhost": "refused", "suffix": "not tried: suffix", "port": "sent",
		"pathedge": "notsent", "pathcase": "notsent", "order": "deep, old, new", "renewed": "movesback", "address": "kept",
		"noneinsecure": "refused", "unsetlink": "sent", "strictlink": "notsent", "unsetpost": "sent", "laxpost": "notsent", "unsetimage": "notsent", "oddimage": "notsent",
		"imagenone": "notsent", "framenone": "notsent", "frameset": "notsent", "partitioned": "apart", "schemes": "not tried: scheme",
		"enabled": "true", "httponlyread": "no", "store": "yes", "httponlywrite": "kept", "httponlymade": "notsent", "omit": "notsent",
		"fetchsite": "same-origin, same-site, cross-site", "fetchdest": "document, image, iframe", "originown": "own", "originother": "null", "clear": "gone",
		"persite": "180", "evicted": "insecure",
	}
}

// findings lists the facts in which Chromium differs from the draft; draftDiffers has more of them.
var findings = []string{"plus", "lastage", "ordinal", "tab", "ambiguous", "renewed"}

func TestPassport(t *testing.T) {
	port := startLab(t, "-host", "lab.test")
	base := "http://localhost:" + port
	for _, test := range []struct {
		name, settings, home string
		differs              map[string]string // from passportFacts
	}{
		{"as it comes", `{}`, base, nil},
		{"third-party cookies allowed", `{"profile":{"cookie_controls_mode":0}}`, base, map[string]string{"imagenone": "sent", "framenone": "sent", "frameset": "sent"}},
		{"a name that is not trusted", `{}`, "http://lab.test:" + port, map[string]string{
			"secure": "refused", "hosttrue": "refused", "overwrite": "changed", "localhosts": "no", "hostonly": "not tried: place", "domain": "not tried: place",
			"dot": "not tried: place", "localhost": "not tried: place", "port": "not tried: place", "address": "not tried: place",
			"partitioned": "refused", "store": "not tried: trusted", "fetchsite": "not tried: trusted", "fetchdest": "not tried: trusted", "clear": "not tried: alone",
			"persite": "not tried: alone", "evicted": "not tried: alone", "longest": "untold",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			settings := filepath.Join(folder, "Default", "Preferences")
			err := os.MkdirAll(filepath.Dir(settings), 0o700)
			if err == nil {
				err = os.WriteFile(settings, []byte(test.settings), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			b := newTabIn(t, folder, test.home, "en")
			b.run(chromedp.Navigate(test.home + "/session/"))
			count(b, 1)
			file := b.passport(test.home)
			for name, want := range passportFacts() {
				if other, ok := test.differs[name]; ok {
					want = other
				}
				fact, _ := file.Of(name)
				got := fact.Value
				if fact.Missing != "" {
					got = "not tried: " + fact.Missing
				}
				if got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if len(file.Facts) != len(passportFacts()) {
				t.Errorf("%d facts, of which %d are noted here", len(file.Facts), len(passportFacts()))
			}
			marked := eval[[]string](b, `[...document.querySelectorAll("tr.finding")].map(row => row.dataset.fact)`)
			if test.home == base && strings.Join(marked, " ") != strings.Join(findings, " ") {
				t.Errorf("findings: %q, want %q", marked, findings)
			}
			b.nothingLeft()
			b.noFaults()
		})
	}
}

// passport makes a passport and downloads its file.
func (b *tab) passport(home string) experiment.PassportFile {
	b.t.Helper()
	b.run(chromedp.Navigate(home + "/cookie/limits/"))
	started := time.Now()
	b.click(`.passport .button`)
	b.waitLong(`location.pathname === "/cookie/limits/" && document.readyState === "complete"`)
	b.t.Logf("took %v", time.Since(started).Round(time.Millisecond))
	var file experiment.PassportFile
	b.must(json.Unmarshal([]byte(eval[string](b, `fetch("/cookie/limits/passport.json").then(r => r.text())`)), &file))
	return file
}

// nothingLeft fails the test if any host has a cookie other than the lab's own.
func (b *tab) nothingLeft() {
	b.t.Helper()
	own := 0
	for _, c := range call(b, storage.GetCookies, storage.GetCookiesParams{}).Cookies {
		if c.Name == "sessionid" {
			own++
		} else if !strings.HasPrefix(c.Name, "sessionlab_") {
			b.t.Errorf("left behind: %+v", *c)
		}
	}
	if own != 1 {
		b.t.Errorf("%d cookies called sessionid, want the one that was there before", own)
	}
}

// A run that is stopped leaves nothing behind either, and shows what it has found so far.
func TestPassportStopped(t *testing.T) {
	port := startLab(t)
	home := "http://localhost:" + port
	b := newTab(t, home, "en")
	b.run(chromedp.Navigate(home + "/session/"))
	count(b, 1)
	b.run(chromedp.Navigate(home + "/cookie/limits/"))
	b.click(`.passport .button`)
	// In one script, because the next step leaves the page.
	b.waitAcross(`(stop => {
		if (!(/Step \d+ of \d+/.test(document.querySelector("[data-counted]")?.textContent) && document.querySelector("progress").value > 30 && stop)) return false
		stop.click()
		return true
	})(document.querySelector("form[action='/cookie/run/stop'] button"))`)
	b.waitAcross(`location.pathname === "/cookie/limits/" && document.readyState === "complete"`)
	if got := b.text(`#passport`); !strings.Contains(got, "You stopped it") {
		t.Errorf("after Stop: %q", got)
	}
	if got := b.text(`[data-fact="persite"] .value`); !strings.Contains(got, "Not measured") {
		t.Errorf("a fact that was not reached: %q", got)
	}
	b.nothingLeft()
	b.noFaults()
}

// With the keyboard alone, a reader can compare another browser's file with the own one; a wrong file is refused with an
// explanation.
func TestPassportCompared(t *testing.T) {
	port := startLab(t)
	home := "http://localhost:" + port
	b := newTab(t, home, "en")
	b.size(390, false)
	file := b.passport(home)
	file.Browser = `<b>Netscape</b> 3 "Gold"`
	for i := range file.Facts {
		if file.Facts[i].Name == "pair" {
			file.Facts[i].Value = "<i>8190</i>"
		}
	}
	text, err := json.Marshal(file)
	b.must(err)
	for _, test := range []struct{ name, content, says string }{
		{"other.json", string(text), "Differences: 1."},
		{"broken.json", string(text)[1:], "not a passport"},
		{"large.json", string(text) + strings.Repeat(" ", experiment.MaxPassport-len(text)+1), "not a passport"},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		b.must(os.WriteFile(path, []byte(test.content), 0o600))
		root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root
		input := call(b, dom.QuerySelector, dom.QuerySelectorParams{NodeID: root.NodeID, Selector: "#file"})
		call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, NodeID: input.NodeID})
		eval[any](b, `document.querySelector("#file").focus(); window.isOld = true`)
		b.run(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
		b.waitAcross(`!window.isOld && document.readyState === "complete"`)
		if got := b.text("main"); !strings.Contains(got, test.says) {
			t.Errorf("%s: nothing says %q", test.name, test.says)
		}
		if test.name != "other.json" {
			continue
		}
		if got := eval[[]string](b, `[...document.querySelectorAll("tr.different")].map(row => row.dataset.fact)`); fmt.Sprint(got) != "[pair]" {
			t.Errorf("different: %q", got)
		}
		if got := b.text(`[data-fact="pair"]`); !strings.Contains(got, "<i>8190</i>") {
			t.Errorf("the other's value: %q", got)
		}
		for _, width := range []int64{320, 390, 1280} {
			b.size(width, width == 390)
			b.noSidewaysScroll(fmt.Sprintf("compared, %d", width))
			eval[any](b, `document.querySelectorAll("[data-fact] details").forEach(d => d.open = true)`)
			b.noSidewaysScroll(fmt.Sprintf("compared, %d, all open", width))
			b.axe(fmt.Sprintf("compared, %d", width))
			eval[any](b, `document.querySelectorAll("[data-fact] details").forEach(d => d.open = false)`)
		}
	}
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.run(chromedp.Navigate(home + "/cookie/limits/"))
	if got := b.text("#passport noscript"); !strings.Contains(got, "JavaScript") {
		t.Errorf("without JavaScript: %q", got)
	}
	b.noFaults()
}
