package pages

import (
	"slices"
	"strings"
	"time"

	"sessionlab/internal/prose"
	"sessionlab/internal/stage"
	"sessionlab/internal/stage/export"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/web"
)

// exchangePage shows one exchange of the stage.
type exchangePage struct {
	web.Page
	Exchange *record.Exchange
	Thread   view.Thread
	Code     *prose.Code // of the handler; nil where it is none of a lesson
	Own      string      // the name of the visitor's own cookie
}

// newExchangePage tells an exchange.
func (p *Pages) newExchangePage(page web.Page, e *record.Exchange, own string) *exchangePage {
	data := &exchangePage{Page: page, Exchange: e, Thread: view.NewThread(e), Own: own}
	data.Title = p.site.Texts.Text(page.Lang, "stage.title") + ": " + e.Request.Method + " " + data.ShortTarget()
	if code, err := p.site.Code(e.Handler); err == nil {
		data.Code = code // a handler without source, of a test or a file, is shown by its name alone
	}
	return data
}

// Say returns a sentence in the page's language.
func (p *exchangePage) Say(s view.Sentence) (string, error) { return s.In(p.T) }

// Explain returns in a sentence what a Set-Cookie asks of the browser.
func (p *exchangePage) Explain(x *view.Explanation) (string, error) { return x.In(p.T) }

// ShortTarget is what was asked for, cut where a heading ends.
func (p *exchangePage) ShortTarget() string {
	const longest = 80
	if target := []rune(p.Exchange.Request.Target); len(target) > longest {
		return string(target[:longest]) + "…"
	}
	return p.Exchange.Request.Target
}

// OtherHost tells whether the exchange was with another name of the lab than the page's.
func (p *exchangePage) OtherHost() bool {
	return p.Exchange.Scheme+"://"+p.Exchange.Host != p.Base
}

// Clock is when the request arrived.
func (p *exchangePage) Clock() string { return p.Exchange.Time.UTC().Format(time.RFC3339Nano) }

// ID, Head and BodyText are what the form for sending again holds.
func (p *exchangePage) ID() uint64       { return p.Exchange.ID }
func (p *exchangePage) Head() string     { return requestHead(p.Exchange.Request) }
func (p *exchangePage) BodyText() string { return p.Exchange.Request.Body.Text }

// Copies returns the forms in which the request can be copied.
func (p *exchangePage) Copies() []string { return export.Formats() }

// Step is the page seen from one of its steps.
func (p *exchangePage) Step(s view.Step) stepView { return stepView{p, s} }

// stepView is what the templates of a step's kind get.
type stepView struct {
	*exchangePage
	view.Step
}

// With is the step with one of its parts as Value.
func (s stepView) With(value any) partView { return partView{s, value} }

// partView is a part of a step.
type partView struct {
	stepView
	Value any
}

// IsOwn tells the cookie by which the stage knows its visitor.
func (s stepView) IsOwn(name string) bool { return name != "" && name == s.Own }

// HasHTTPOnly tells whether scripts cannot see all of the jar.
func (s stepView) HasHTTPOnly() bool {
	return slices.ContainsFunc(s.Jar, func(c view.JarCookie) bool { return c.HTTPOnly })
}

// Stamp writes a time for people and machines; a script puts it into the reader's own time zone.
func (s stepView) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// requestHead is the request line and the header as text, to be edited.
func requestHead(r record.Request) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(r.Method + " " + r.Target + " " + r.Proto))
	for _, f := range r.Header {
		b.WriteString("\n" + f.Name + ": " + f.Value)
	}
	return b.String()
}

// heldPage shows a request that waits.
type heldPage struct {
	web.Page
	ID       uint64
	Head     string
	BodyText string
	Until    string // the end of its waiting
}

func newHeldPage(p web.Page, held *stage.Held) *heldPage {
	return &heldPage{Page: p, ID: held.ID, Head: requestHead(held.Request), BodyText: held.Request.Body.Text, Until: held.Until.UTC().Format(time.RFC3339)}
}

// enterPage asks whether the browser shall be watched.
type enterPage struct {
	web.Page
	Pass string
	From string // the host from which
}

// stagePage lists the visitor's exchanges, newest first.
type stagePage struct {
	web.Page
	Exchanges []*record.Exchange
	Held      string     // of the request that waits
	Armed     bool       // the next request will wait
	Others    []web.Link // the lab under its other names
}
