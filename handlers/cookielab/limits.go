package cookielab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/web"
)

// cookieLimits is the passport of the reader's browser, beside that of another one if there is a file.
type cookieLimits struct {
	labPage
	Seen observations // what the browser did; its Result is nil before the first time

	Browser  string // as it calls itself
	Groups   []factGroup
	Measured int
	Found    []factRow // in which facts the browser differs from the rule

	Other       *experiment.PassportFile // nil if none is shown
	Differences int
	Problem     string // why the file is not shown
}

// factGroup are the facts of one heading.
type factGroup struct {
	Name string
	Rows []factRow
}

// factRow is a fact, of this browser and of another one.
type factRow struct {
	experiment.Measured
	Other   experiment.StatedFact
	Differs bool // the other browser does something else
}

// ShowCookieLimits shows the passport, or how to make one.
func (l *Lab) ShowCookieLimits(c *gin.Context) error {
	return l.showCookieLimits(c, http.StatusOK, nil, "")
}

// ComparePassport shows the file of another browser beside the passport. It is in the answer only: nothing of
// it is kept.
func (l *Lab) ComparePassport(c *gin.Context) error {
	if _, err := web.ReadForm(c); err != nil {
		return err
	}
	file, err := c.FormFile("passport")
	if err != nil || file.Size == 0 {
		return l.showCookieLimits(c, http.StatusBadRequest, nil, "cookie.limits.error.none")
	}
	opened, err := file.Open()
	if err != nil {
		return err
	}
	defer opened.Close()
	other, err := experiment.ReadPassport(opened)
	if errors.Is(err, experiment.ErrPassport) {
		return l.showCookieLimits(c, http.StatusBadRequest, nil, "cookie.limits.error.file")
	}
	if err != nil {
		return err
	}
	return l.showCookieLimits(c, http.StatusOK, &other, "")
}

// SavePassport is the passport as a file.
func (l *Lab) SavePassport(c *gin.Context) error {
	result := l.runs.last(c, experiment.PassportName)
	if result == nil || result.Ended.IsZero() {
		return web.Explain(http.StatusNotFound, "cookie.limits.error.gone", nil)
	}
	file := experiment.NewPassportFile(result, web.Browser(c.Request.UserAgent()), l.version)
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	web.Personal(c)
	name := strings.ToLower(strings.Join(strings.FieldsFunc(file.Browser, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}), "-"))
	c.Header("Content-Disposition", `attachment; filename="passport-`+name+`.json"`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", append(text, '\n'))
	return nil
}

func (l *Lab) showCookieLimits(c *gin.Context, status int, other *experiment.PassportFile, problem string) error {
	page, err := l.newLabPage(c, "cookielab-limits")
	if err != nil {
		return err
	}
	data := &cookieLimits{labPage: page, Browser: web.Browser(c.Request.UserAgent()), Other: other}
	if problem != "" {
		data.Problem = l.site.Say(c, problem, nil)
	}
	data.Seen = observations{page.Page, l.runs.last(c, experiment.PassportName)}
	var all []experiment.Measured
	switch {
	case data.Seen.Result != nil:
		all = experiment.Measure(data.Seen.Result)
	case other != nil:
		for _, f := range experiment.Facts() {
			all = append(all, experiment.Measured{Fact: f, Missing: "yet"})
		}
	}
	for _, name := range experiment.FactGroups() {
		data.Groups = append(data.Groups, factGroup{Name: name})
		for _, m := range all {
			if m.Fact.Group == name {
				data.add(m)
			}
		}
	}
	if all == nil {
		data.Groups = nil
	}
	return l.site.Render(c, status, "cookielab-limits.html", data)
}

func (p *cookieLimits) add(m experiment.Measured) {
	row := factRow{Measured: m}
	if m.Value != "" {
		p.Measured++
	}
	if m.Finding() {
		p.Found = append(p.Found, row)
	}
	if p.Other != nil {
		row.Other, _ = p.Other.Of(m.Fact.Name)
		row.Differs = m.Value != "" && row.Other.Value != "" && m.Value != row.Other.Value
		if row.Differs {
			p.Differences++
		}
	}
	last := &p.Groups[len(p.Groups)-1]
	last.Rows = append(last.Rows, row)
}

// Facts is how many there are to measure.
func (p *cookieLimits) Facts() int { return len(experiment.Facts()) }

// Word is a value in the page's language; what is no word of the lab's, such as a number, is as it is.
func (p *cookieLimits) Word(value string) (string, error) {
	if !slices.Contains(experiment.Words(), value) {
		return shorten(value), nil
	}
	return p.T("cookie.limits.value." + value)
}

// maxSteps is how many requests a fact shows: of those with more, the last ones tell the same.
const maxSteps = 4

// Steps are the requests that a fact was measured by.
func (p *cookieLimits) Steps(m factRow) []experiment.Observation {
	if p.Seen.Result == nil {
		return nil
	}
	seen := m.Seen(p.Seen.Result)
	return seen[:min(len(seen), maxSteps)]
}

// MoreSteps is how many requests are not shown.
func (p *cookieLimits) MoreSteps(m factRow) int {
	if p.Seen.Result == nil {
		return 0
	}
	return max(0, len(m.Seen(p.Seen.Result))-maxSteps)
}

// Came is what a request brought, of the cookies that the fact is about.
func (row factRow) Came(seen experiment.Observation) string {
	const longest = 300
	came := fold(experiment.Escape(strings.Join(row.About(seen), "; ")))
	if runes := []rune(came); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return came
}

// fold writes a character that comes very often in a row once, with its number.
func fold(text string) string {
	const often = 20
	var b strings.Builder
	all := []rune(text)
	for from, to := 0, 0; from < len(all); from = to {
		for to = from; to < len(all) && all[to] == all[from]; to++ {
		}
		if to-from < often {
			b.WriteString(string(all[from:to]))
		} else {
			fmt.Fprintf(&b, "%c…(×%d)", all[from], to-from)
		}
	}
	return b.String()
}

// Headers are those of a request that the fact is about.
func (row factRow) Headers(seen experiment.Observation) map[string]string {
	about := map[string]string{}
	if strings.HasPrefix(row.Fact.Source, "Fetch") {
		for _, name := range []string{"Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"} {
			if value := seen.Header.Get(name); value != "" {
				about[name] = value
			}
		}
	}
	return about
}

// Lines are Set-Cookie lines as they are typed, as many as anybody reads.
func (p *cookieLimits) Lines(lines []string) (typed []string) {
	const most = 4
	for i, line := range lines {
		if i == most {
			return append(typed, "…")
		}
		typed = append(typed, shorten(fold(experiment.Escape(line))))
	}
	return typed
}
