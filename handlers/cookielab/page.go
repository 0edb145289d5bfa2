package cookielab

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"sessionlab/cookie"
	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// labPage is a page from which experiments are started.
type labPage struct {
	web.Page
	Places string // where to ask which places lead here: JSON, for cookielab-reach.js
	Lab    string // what those who lead here answer
}

// newLabPage is lessonPage for a page with experiments, each in a form with data-try; the page loads
// cookielab-reach.js. It may ask for further hosts, each of which is its own name.
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
	return labPage{page, string(places), l.runs.instance}, nil
}

// observations shows what came of an experiment.
type observations struct {
	web.Page
	Result *experiment.Result
}

// Says is what a step was, in a sentence.
func (o observations) Says(seen experiment.Observation) (string, error) {
	s, w := seen.Step, o.Result.World
	return o.T("experiment.step."+string(s.Do), "From", w.Name(s.At), "To", w.Name(s.To))
}

// Sets are the lines that a step's answer, or its script, had.
func (o observations) Sets(seen experiment.Observation) []string {
	return linesOf([]experiment.Step{seen.Step})
}

// reason is why the draft keeps a cookie back.
type reason struct{ Name, Text string }

// Reasons are those of the cookies that the draft keeps back.
func (o observations) Reasons(seen experiment.Observation) (reasons []reason, err error) {
	for _, sent := range seen.Sent {
		if sent.Reason == "" || sent.Reason == cookie.ReasonDomainMismatch {
			continue // of another host's cookies nobody would think here
		}
		text, err := o.T("cookie.reason." + string(sent.Reason))
		if err != nil {
			return nil, err
		}
		reasons = append(reasons, reason{orElse(sent.Cookie.Name, sent.Cookie.Value), text})
	}
	return reasons, nil
}

// Short is a Cookie header as far as anybody reads it.
func (o observations) Short(header string) string {
	const longest = 300
	if runes := []rune(fromBytes(header)); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return fromBytes(header)
}
