package cookielab

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/web"
)

// reading is what browsers will make of a line, predicted before they see it.
type reading struct {
	web.Page
	From     string // the address whose response has the line
	Opinions []opinion
}

// opinion is what the browsers that agree with each other make of it.
type opinion struct {
	Browsers []cookie.Profile
	Refused  bool
	Section  string // of the draft, which says why the line is refused
	Sentence string
	Idle     []idlePart
}

// idlePart is a part of a line that has no effect.
type idlePart struct{ Part, Why string }

// readLine returns what browsers make of a line in the response from an address.
func readLine(p web.Page, line string, from *url.URL, now time.Time) (*reading, error) {
	r := &reading{Page: p, From: from.String()}
	for _, profile := range append([]cookie.Profile{experiment.Draft()}, cookie.Profiles()[1:]...) {
		set := cookie.NewJar(profile, func() time.Time { return now }).Set(from, line, cookie.Request{})
		x := view.Explain(line, set, now, from)
		says, err := x.In(p.T)
		if err != nil {
			return nil, err
		}
		o := opinion{Refused: set.Reason != "", Section: set.Reason.Section(), Sentence: says}
		for _, remark := range x.Remarks {
			why, err := remark.Says.In(p.T)
			if err != nil {
				return nil, err
			}
			o.Idle = append(o.Idle, idlePart{shorten(experiment.Escape(strings.Trim(x.Pieces[remark.Piece], " \t"))), why})
		}
		r.add(o, profile)
	}
	return r, nil
}

func (r *reading) add(o opinion, by cookie.Profile) {
	for i, other := range r.Opinions {
		same := o
		same.Browsers = other.Browsers
		if reflect.DeepEqual(same, other) {
			r.Opinions[i].Browsers = append(other.Browsers, by)
			return
		}
	}
	o.Browsers = []cookie.Profile{by}
	r.Opinions = append(r.Opinions, o)
}

// shorten cuts a text to a readable length.
func shorten(text string) string {
	const longest = 120
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// predictTyped responds with a prediction while the user types on the laboratory's page.
func (l *Lab) predictTyped(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	page := l.site.NewPage(c, "cookielab")
	line, problem := experiment.ParseTyped(form.Get("line"))
	if problem != nil {
		return wrongLine(problem)
	}
	data, err := readLine(page, line, l.lineFrom(c, form.Get("reach")), l.now())
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	return l.site.RenderPart(c, http.StatusOK, "cookielab.html", "reading", data)
}

// lineFrom returns the address whose response will have the typed line: a place of experiments, or
// the page itself if there is no script.
func (l *Lab) lineFrom(c *gin.Context, reach string) *url.URL {
	w := l.places.world(c, strings.Fields(reach))
	if reach == "" {
		return &url.URL{Scheme: w.Scheme, Host: w.Home, Path: "/cookie/lab/"}
	}
	return &url.URL{Scheme: w.Scheme, Host: w.Hosts[experiment.Own], Path: "/try/" + experiment.LinePath}
}
