package cookielab

import (
	"errors"
	"iter"
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

// firstLine is the line in the field on a first visit.
const firstLine = "taste=sweet; Max-Age=600; HttpOnly"

// cookieLab is the laboratory's page: a line to type, the prediction for it, and what the browser did
// with the line before.
type cookieLab struct {
	labPage
	Line    string // as it is typed
	Problem string // why it was not sent
	Reading *reading
	Tried   *tried // nil before the first try
	Plain   *plain // nil unless a form was sent without a script

	Sets []cardSet

	Domains, Dates []string // to choose from
}

// plain holds the cookies that came back to the page itself.
type plain struct {
	Header string // without the lab's own cookies
	Pairs  []string
}

// Back returns the page to return to after deleting, with the typed line still in its field.
func (p *cookieLab) Back() string { return withLine("/cookie/lab/?tried=1&line=", p.Line) + "#tried" }

// Cut returns text, shortened to a readable length.
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
	data := &cookieLab{labPage: page, Line: text, Problem: problem, Sets: l.cards(c, page)}
	if result := l.runs.last(c, experiment.LineName); result != nil {
		data.Tried = newTried(page, result)
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
		for pair := range foreignPairs(c) {
			data.Plain.Pairs = append(data.Plain.Pairs, experiment.Escape(pair))
		}
		data.Plain.Header = strings.Join(data.Plain.Pairs, "; ")
	}
	return l.site.Render(c, status, "cookielab.html", data)
}

// SendLine makes the browser receive a line, byte for byte. With a script, an experiment does so in
// all places; without one, the response itself has the line, and the page shows what comes back to
// it.
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
	c.Redirect(http.StatusSeeOther, withLine("/cookie/lab/?sent=1&tried=1&line=", text)+"#seen")
	return nil
}

// withLine appends the typed line to an address that ends in "line=", unless the lab would refuse the
// address as too long: a byte typed as \x01 takes six bytes there.
func withLine(address, typed string) string {
	if whole := address + url.QueryEscape(typed); len(whole) <= web.MaxTarget {
		return whole
	}
	return address
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
		for _, row := range newTried(labPage{}, result).Rows {
			if row.ID() == form.Get("cookie") {
				lines, _ := web.RoomFor(row.deletions)
				return l.runs.start(c, experiment.Line(lines...))
			}
		}
	}
	return web.Explain(http.StatusNotFound, "cookie.lab.error.gone", nil)
}

// deletePlain deletes a cookie that was sent to the page itself.
func (l *Lab) deletePlain(c *gin.Context, text string) error {
	for pair := range foreignPairs(c) {
		if experiment.Escape(pair) == text {
			lines, _ := web.RoomFor(cookie.Deletions(pair, web.Hostname(c.Request.Host), "/cookie/lab/"))
			c.Writer.Header()["Set-Cookie"] = append(c.Writer.Header()["Set-Cookie"], lines...)
			break // the same lines delete all cookies of that name
		}
	}
	web.Personal(c)
	c.Redirect(http.StatusSeeOther, "/cookie/lab/?sent=1#seen")
	return nil
}

// foreignPairs yields the request's cookies without the lab's own.
func foreignPairs(c *gin.Context) iter.Seq[string] {
	return web.ForeignPairs(strings.Join(c.Request.Header["Cookie"], "; "))
}

// wrongLine returns an error that explains why a line is not sent.
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
