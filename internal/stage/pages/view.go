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

// newExchangePage returns the page of an exchange.
func (p *Pages) newExchangePage(page web.Page, e *record.Exchange, own string) *exchangePage {
	data := &exchangePage{Page: page, Exchange: e, Thread: view.NewThread(e), Own: own}
	data.Title = p.site.Texts.Text(page.Lang, "stage.title") + ": " + e.Request.Method + " " + data.ShortTarget()
	if code, err := p.site.Code(e.Handler); err == nil {
		data.Code = code // a handler without source is shown by its name alone
	}
	return data
}

// Say returns a sentence in the page's language.
func (p *exchangePage) Say(s view.Sentence) (string, error) { return s.In(p.T) }

// Explain returns the explanation of a Set-Cookie as a sentence.
func (p *exchangePage) Explain(x *view.Explanation) (string, error) { return x.In(p.T) }

// ShortTarget returns the target, cut for a heading.
func (p *exchangePage) ShortTarget() string {
	const longest = 80
	if target := []rune(p.Exchange.Request.Target); len(target) > longest {
		return string(target[:longest]) + "…"
	}
	return p.Exchange.Request.Target
}

// OtherHost reports whether the exchange was with another host name than the page's.
func (p *exchangePage) OtherHost() bool {
	return p.Exchange.Scheme+"://"+p.Exchange.Host != p.Base
}

// Clock returns when the request arrived.
func (p *exchangePage) Clock() string { return p.Exchange.Time.UTC().Format(time.RFC3339Nano) }

// ID, Head and BodyText return what the form for sending again contains.
func (p *exchangePage) ID() uint64       { return p.Exchange.ID }
func (p *exchangePage) Head() string     { return requestHead(p.Exchange.Request) }
func (p *exchangePage) BodyText() string { return p.Exchange.Request.Body.Text }

// Copies returns the formats in which the request can be copied.
func (p *exchangePage) Copies() []string { return export.Formats() }

// Scene returns the data for the templates of a scene.
func (p *exchangePage) Scene(s view.Scene) sceneView { return sceneView{p, s} }

// sceneView is a scene together with its page.
type sceneView struct {
	*exchangePage
	view.Scene
}

// With returns the data for the template of a part of the scene.
func (s sceneView) With(value any) partView { return partView{s, value} }

// partView is a part of a scene together with the scene.
type partView struct {
	sceneView
	Value any
}

// IsOwn reports whether a cookie is the one by which the stage recognizes its visitor.
func (s sceneView) IsOwn(name string) bool { return name != "" && name == s.Own }

// HasHTTPOnly reports whether the jar has cookies that scripts cannot see.
func (s sceneView) HasHTTPOnly() bool {
	return slices.ContainsFunc(s.Jar, func(c view.JarCookie) bool { return c.HTTPOnly })
}

// requestHead returns request line and header as text for editing.
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
	Until    string // when it goes on by itself
}

func newHeldPage(p web.Page, held *stage.Held) *heldPage {
	return &heldPage{Page: p, ID: held.ID, Head: requestHead(held.Request), BodyText: held.Request.Body.Text, Until: held.Until.UTC().Format(time.RFC3339)}
}

// enterPage asks whether the browser should be watched.
type enterPage struct {
	web.Page
	Pass string
	From string // the host from which it would be watched
}

// stagePage lists the visitor's exchanges, newest first.
type stagePage struct {
	web.Page
	Exchanges []*record.Exchange
	Held      string     // of the request that waits
	Armed     bool       // the next request will wait
	Others    []web.Link // the lab under its other names
}
