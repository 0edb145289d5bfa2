package pages

import (
	"html"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
	"sessionlab/internal/stage"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
)

// newPages returns pages without a stage.
func newPages(t *testing.T) *Pages {
	t.Helper()
	site, err := web.NewSite(web.Options{Files: webtest.Files(t), Funcs: view.Funcs(), Log: slog.New(slog.DiscardHandler), Now: time.Now, PageToken: stage.PageToken})
	if err != nil {
		t.Fatal(err)
	}
	return New(site, nil, "")
}

// renderExchange returns the page of a hand-made exchange.
func renderExchange(t *testing.T, pages *Pages, e *record.Exchange, lang string) string {
	t.Helper()
	w := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(w)
	c.Request = httptest.NewRequest("GET", "http://localhost:7377/stage/exchange/1/", nil)
	c.Request.Header.Set("Accept-Language", lang)
	page := pages.site.NewPage(c, "")
	page.OnStage = true
	if err := pages.site.Render(c, 200, "stage-exchange.html", pages.newExchangePage(page, e, "sessionlab_7377")); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// exchangeOf returns an exchange with a stranger's text in every place.
func exchangeOf(text string) *record.Exchange {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	session := &record.StoredSession{Engine: "db", Key: text, Raw: text, Data: []byte(`{"k":"v"}`), Expires: at}
	held := record.Request{Method: text, Target: text, Proto: "HTTP/1.1"}
	jar := []cookie.Cookie{{Name: text, Value: text, Domain: text, Path: text, HTTPOnly: true, SameSite: cookie.SameSite(text)}}
	return &record.Exchange{
		JarBefore: jar, JarAfter: jar,
		ID: 1, Time: at, Scheme: "http", Host: text, Handler: "LogIn", Held: &held,
		Request: record.Request{Method: text, Target: text, Proto: "HTTP/1.1",
			Header: []record.Field{{Name: text, Value: text}, {Name: "Cookie", Value: text}}, Body: record.Body{Text: text, Size: 1 << 20}},
		Response: record.Response{Status: 200, Proto: "HTTP/1.1",
			Header: []record.Field{{Name: "Set-Cookie", Value: text}}, Body: record.Body{Text: text, Size: int64(len(text)) + 12<<10}},
		Statements: []record.Statement{{Query: text, Args: []string{text}, Changed: -1, Err: text}},
		Before:     session, After: session,
	}
}

func TestStageShowsLiterally(t *testing.T) {
	tag := regexp.MustCompile(`<(script|img|svg|iframe|style)\b[^>]*>`)
	pages := newPages(t)
	want := len(tag.FindAllString(renderExchange(t, pages, exchangeOf("x"), "en"), -1))
	for _, text := range append(stagetest.Hostile(t), "\xff<script>\xfe") {
		t.Run(text, func(t *testing.T) {
			page := renderExchange(t, pages, exchangeOf(text), "en")
			if got := len(tag.FindAllString(page, -1)); got != want {
				t.Errorf("%d elements that load or run, want %d", got, want)
			}
			if shown := html.EscapeString(text); !strings.ContainsRune(text, 0) && strings.Count(page, shown) < 10 {
				t.Errorf("shown %d times as %s", strings.Count(page, shown), shown)
			}
		})
	}
}

// Both languages say what is cut, and no text is missing.
func TestStageTexts(t *testing.T) {
	pages := newPages(t)
	for lang, more := range map[string]string{"en": "12 KiB more", "zh": "还有 12 KiB"} {
		page := renderExchange(t, pages, exchangeOf("x"), lang)
		if !strings.Contains(page, more) {
			t.Errorf("%s: the cut is not said", lang)
		}
		if missing := regexp.MustCompile(`>[^<]*(stage\.[a-z.]+|no value)`).FindString(page); missing != "" {
			t.Errorf("%s: no text for %s", lang, missing)
		}
	}
}
