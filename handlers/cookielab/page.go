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
	Places string // JSON: where to ask which places lead to this lab, for cookielab-reach.js
	Lab    string // what hosts that lead to this lab respond
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
	return labPage{page, string(places), l.runs.instance}, nil
}

// observations shows the result of an experiment.
type observations struct {
	web.Page
	Result *experiment.Result
}

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

// Reasons returns why the draft withholds cookies from a request.
func (o observations) Reasons(seen experiment.Observation) (reasons []reason, err error) {
	for _, sent := range seen.Sent {
		if sent.Reason == "" || sent.Reason == cookie.ReasonDomainMismatch {
			continue // readers do not expect another host's cookies here
		}
		text, err := o.T("cookie.reason." + string(sent.Reason))
		if err != nil {
			return nil, err
		}
		reasons = append(reasons, reason{orElse(sent.Cookie.Name, sent.Cookie.Value), text})
	}
	return reasons, nil
}

// Short returns a Cookie header, shortened to a readable length.
func (o observations) Short(header string) string {
	const longest = 300
	if runes := []rune(fromBytes(header)); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return fromBytes(header)
}
