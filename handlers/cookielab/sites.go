package cookielab

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// sitesPage shows which names of this machine belong to one site, and what that means for cookies.
type sitesPage struct {
	labPage
	Names     []siteName
	Pair      pair
	People    []siteName // Alice and Bob
	StandIns  []siteName // used where the names of Alice and Bob lead nowhere
	Local     bool       // the browser is on the lab's own machine
	Table     *sameSiteTable
	Late      lateRun
	Domain    *observations
	DomainHow string // what the browser did, in one word
}

// siteName is a name that may lead to this lab.
type siteName struct {
	Host    string // with the port
	URL     string
	Here    bool // the page was loaded from this name
	Unasked bool // the page does not ask this name: no policy can contain it, or most likely nobody listens there
}

// lateRun says when the second run of the table takes place.
type lateRun struct {
	Possible  bool  // there are cookies of a first run
	Wait      int64 // milliseconds until they are old enough
	Over      bool  // they have expired by now
	Done      bool  // it has taken place
	Forgotten bool  // the cookies had expired when it took place
}

// ShowCookieSites shows the names, how any two of them are related, and what the reader's browser
// sends from one to the other.
func (l *Lab) ShowCookieSites(c *gin.Context) error {
	names := l.places.siteNames(c)
	data := &sitesPage{Names: names, Local: web.IsLocal(c.Request.Host)}
	var err error
	if data.Pair, err = choosePair(names, c.Query("one"), c.Query("two")); err != nil {
		return err
	}
	data.People, data.StandIns = l.places.people(c)
	var ask []string
	for _, name := range names {
		if !name.Unasked {
			ask = append(ask, name.Host)
		}
	}
	if data.labPage, err = l.newLabPage(c, "cookielab-sites", ask...); err != nil {
		return err
	}
	first := l.runs.last(c, experiment.SameSiteName)
	late := l.runs.last(c, experiment.SameSiteLateName)
	if first != nil && !first.Ended.IsZero() {
		if late != nil && (late.Ended.IsZero() || late.Started.Before(first.Ripe())) {
			late = nil // it belongs to an earlier first run, or came too early
		}
		data.Late = newLateRun(first, late, l.now())
		if data.Late.Forgotten {
			late = nil
		}
		data.Table = newSameSiteTable(first, late)
	}
	if result := l.runs.last(c, experiment.DomainName); result != nil && !result.Ended.IsZero() {
		data.Domain, data.DomainHow = &observations{data.labPage, result}, experiment.Domain().Judge(result)
	}
	return l.site.Render(c, http.StatusOK, "cookielab-sites.html", data)
}

func newLateRun(first, late *experiment.Result, now time.Time) lateRun {
	run := lateRun{Possible: !first.Stopped, Wait: max(0, first.Ripe().Sub(now).Milliseconds())}
	run.Over = now.Sub(first.Started) > experiment.SameSiteLife
	if late != nil {
		run.Done = true
		run.Forgotten = late.Of(experiment.SameSiteKept).Cookie == ""
	}
	return run
}
