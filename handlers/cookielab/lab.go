package cookielab

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// firstLine is what is typed already when somebody comes for the first time.
const firstLine = "taste=sweet; Max-Age=600; HttpOnly"

// cookieLab is the laboratory: a line to write, what is predicted for it, and what the browser did
// with the one before.
type cookieLab struct {
	labPage
	Line    string // as it is typed
	Problem string // why it was not sent
	Reading *reading
	Tried   *tried // nil if nothing was yet
	Plain   *plain // nil but after a form was sent without a script

	Sets []cardSet

	Domains, Dates []string // to choose from
}

// plain is what came back to the page itself.
type plain struct {
	Header string // without the lab's own cookies
	Pairs  []string
}

// Back is where deleting comes back to: what was typed is still there then.
func (p *cookieLab) Back() string { return "/cookie/lab/?line=" + url.QueryEscape(p.Line) + "#tried" }

// Cut is a text as far as anybody reads it.
func (p *cookieLab) Cut(text string) string { return shorten(text) }

// ShowCookieLab shows the laboratory.
func (l *Lab) ShowCookieLab(c *gin.Context) error {
	return l.showCookieLab(c, http.StatusOK, c.Query("line"), "")
}

func (l *Lab) showCookieLab(c *gin.Context, status int, text, problem string) error {
	page, err := l.newLabPage(c, "cookielab")
	if err != nil {
		return err
	}
	data := &cookieLab{labPage: page, Line: text, Problem: problem, Sets: l.cards(c, page.Page)}
	if result := l.runs.last(c, experiment.LineName); result != nil {
		data.Tried = newTried(page.Page, result)
		if sent := result.Sent(); len(sent) == 1 && data.Line == "" {
			data.Line = experiment.Escape(sent[0])
		}
	}
	data.Line = orElse(data.Line, firstLine)
	world := l.places.world(c, []string{string(experiment.Own), string(experiment.Parent), string(experiment.Sibling)})
	for p := range world.Hosts {
		data.Domains = append(data.Domains, world.Name(p))
	}
	slices.Sort(data.Domains)
	data.Dates = []string{world.Date(10 * time.Minute), world.Date(500 * 24 * time.Hour), world.Date(-time.Hour)}
	if line, err := experiment.ParseTyped(data.Line); err == nil {
		if data.Reading, err = readLine(page.Page, line, l.lineFrom(c, ""), l.now()); err != nil {
			return err
		}
	}
	if c.Query("sent") != "" {
		data.Plain = &plain{}
		for _, pair := range foreignPairs(c) {
			data.Plain.Pairs = append(data.Plain.Pairs, experiment.Escape(pair))
		}
		data.Plain.Header = strings.Join(data.Plain.Pairs, "; ")
	}
	return l.site.Render(c, status, "cookielab.html", data)
}

// SendLine has the browser take a line, byte for byte. With a script the experiment goes to all sides;
// without one, the answer itself has the line, and the page shows what comes back to it.
func (l *Lab) SendLine(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	text := form.Get("line")
	line, err := experiment.ParseTyped(text)
	if err != nil {
		wrong := wrongLine(err)
		return l.showCookieLab(c, http.StatusBadRequest, text, l.site.Say(c, wrong.Text, nil))
	}
	if form.Get("reach") != "" {
		return l.runs.start(c, experiment.Line(line))
	}
	c.Writer.Header()["Set-Cookie"] = append(c.Writer.Header()["Set-Cookie"], line)
	web.Personal(c)
	c.Redirect(http.StatusSeeOther, "/cookie/lab/?sent=1&line="+url.QueryEscape(text)+"#seen")
	return nil
}

// DeleteTried deletes one of the cookies that the page shows, or all of them.
func (l *Lab) DeleteTried(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	if form.Get("reach") == "" {
		return l.deletePlain(c, form.Get("pair"))
	}
	if form.Get("everything") != "" {
		return l.runs.start(c, experiment.Wipe())
	}
	if result := l.runs.last(c, experiment.LineName); result != nil {
		for _, row := range newTried(web.Page{}, result).Rows {
			if row.ID() == form.Get("cookie") {
				return l.runs.start(c, experiment.Line(row.deletions...))
			}
		}
	}
	return web.Explain(http.StatusNotFound, "cookie.lab.error.gone", nil)
}

// deletePlain deletes a cookie that came to the page itself.
func (l *Lab) deletePlain(c *gin.Context, text string) error {
	for _, pair := range foreignPairs(c) {
		if experiment.Escape(pair) == text {
			c.Writer.Header()["Set-Cookie"] = append(c.Writer.Header()["Set-Cookie"], cookie.Deletions(pair, web.Hostname(c.Request.Host), "/cookie/lab/")...)
		}
	}
	web.Personal(c)
	c.Redirect(http.StatusSeeOther, "/cookie/lab/?sent=1#seen")
	return nil
}

// foreignPairs are the cookies that came, without the lab's own.
func foreignPairs(c *gin.Context) []string {
	header := web.Foreign(strings.Join(c.Request.Header["Cookie"], "; "))
	if header == "" {
		return nil
	}
	return strings.Split(header, "; ")
}

// wrongLine says why a line is not sent.
func wrongLine(err error) *web.Explained {
	id := "cookie.lab.error.long"
	switch {
	case errors.Is(err, experiment.ErrLineBreak):
		id = "cookie.lab.error.break"
	case errors.Is(err, experiment.ErrReserved):
		id = "cookie.lab.error.reserved"
	}
	return web.Explain(http.StatusBadRequest, id, nil)
}
