package cookielab

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
)

// labPage is a page from which experiments are started.
type labPage struct {
	web.Page
	Places  string // JSON: where to ask which places lead to this lab, for cookielab-reach.js
	Lab     string // what hosts that lead to this lab respond
	Browser string // what the reader's browser calls itself
	Ends    string // the text that says what a new experiment would end; "" for nothing
}

// newLabPage returns LessonPage for a page with experiments, each in a form with data-try; the page
// loads cookielab-reach.js. The page may also ask the hosts in further, each of which is its own
// place.
func (l *Lab) newLabPage(c *gin.Context, name string, further ...string) (labPage, error) {
	page, err := l.site.LessonPage(c, name)
	if err != nil {
		return labPage{}, err
	}
	hosts := l.places.candidates(c)
	for _, host := range further {
		hosts[experiment.Place(host)] = host
	}
	places, err := json.Marshal(l.places.addresses(c, hosts))
	if err != nil {
		return labPage{}, err
	}
	l.places.allow(c, hosts)
	web.Personal(c)
	browser, _, _ := strings.Cut(web.Browser(c.Request.UserAgent()), " · ")
	return labPage{page, string(places), l.runs.instance, browser, l.ends(c)}, nil
}

// ends returns the text about what the visitor's next experiment would end, or "": there is one at a time,
// and it begins by deleting the cookies of the one before.
func (l *Lab) ends(c *gin.Context) string {
	latest := l.runs.runner.Latest(visitor.Known(c))
	switch {
	case latest == nil:
	case latest.Running(l.now()):
		return "experiment.ends.running"
	case latest.Experiment == experiment.SameSiteName && !latest.Ended.IsZero() && !latest.Stopped && l.now().Sub(latest.Started) <= experiment.SameSiteLife:
		return "experiment.ends.waiting"
	}
	return ""
}

// observations shows the result of an experiment.
type observations struct {
	labPage
	Result *experiment.Result
}

// tally counts in how many cases a browser differed from the prediction.
type tally struct{ Count, Differing, Chosen int }

func (t *tally) add(differs, chosen bool) {
	t.Count++
	if differs {
		t.Differing++
	} else if chosen {
		t.Chosen++
	}
}

// Answer sums up a table in a sentence.
func (p labPage) Answer(t tally) (string, error) {
	id := "experiment.answer.same"
	switch {
	case t.Count == 0:
		return "", nil
	case t.Differing > 0:
		id = "experiment.answer.differs"
	case t.Chosen > 0:
		id = "experiment.answer.left"
	}
	return p.T(id, "Browser", p.Browser, "Count", t.Count, "Differs", t.Differing, "Left", t.Chosen)
}

// Tally counts the requests that are compared.
func (o observations) Tally() (t tally) {
	for _, seen := range o.Result.Seen {
		if seen.Step.Name != "" && seen.Compares() {
			t.add(seen.Differs(), seen.Left())
		}
	}
	return t
}

// Headline returns the sentence above the table.
func (o observations) Headline() (string, error) { return o.Answer(o.Tally()) }

// Says describes a step in a sentence.
func (o observations) Says(seen experiment.Observation) (string, error) {
	s, w := seen.Step, o.Result.World
	return o.T("experiment.step."+string(s.Do), "From", w.Name(s.At), "To", w.Name(s.To))
}

// Sets returns the lines that a step's response or script set.
func (o observations) Sets(seen experiment.Observation) []string {
	return linesOf([]experiment.Step{seen.Step})
}

// reason says why the draft withholds a cookie.
type reason struct{ Name, Text string }

// Reasons returns why the draft expects what it does of a request: why it withholds cookies, which
// lines it refused before, or that all of them fit.
func (o observations) Reasons(seen experiment.Observation) (reasons []reason, err error) {
	add := func(c cookie.Cookie, id string) {
		text, failed := o.T(id)
		if failed != nil {
			err = failed
		}
		if why := (reason{o.Short(orElse(c.Name, c.Value)), text}); !slices.Contains(reasons, why) {
			reasons = append(reasons, why)
		}
	}
	for _, sent := range seen.Sent {
		// Readers do not expect another host's cookies here, if there are others.
		if sent.Reason != "" && (sent.Reason != cookie.ReasonDomainMismatch || seen.Draft == "") {
			add(sent.Cookie, "cookie.reason."+string(sent.Reason))
		}
	}
	for _, before := range o.Result.Seen {
		for _, verdict := range before.Verdicts {
			if verdict.Reason != "" && before.Step.Name != seen.Step.Name {
				add(verdict.Cookie, "cookie.reason."+string(verdict.Reason))
			}
		}
		if before.Step.Name == seen.Step.Name && seen.Step.Name != "" {
			break
		}
	}
	switch {
	case reasons != nil:
	case seen.Step.Do == experiment.Bare:
		add(cookie.Cookie{}, "sites.reason.bare")
	case seen.Draft == "":
		add(cookie.Cookie{}, "experiment.reason.nothing")
	default:
		add(cookie.Cookie{}, "experiment.reason.fits")
	}
	return reasons, err
}

// Short returns a Cookie header, shortened to a readable length.
func (o observations) Short(header string) string {
	const longest = 300
	if runes := []rune(fromBytes(header)); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return fromBytes(header)
}
