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

// cookieLimits shows the passport of the reader's browser, beside another browser's if there is a
// file.
type cookieLimits struct {
	labPage
	Seen observations // what the browser did; Result is nil before the first time

	Groups   []factGroup
	Measured int
	Found    []factRow // the facts in which the browser differs from the rule

	Other       *experiment.PassportFile // nil if none is shown
	Differences int
	Problem     string // why the file is not shown
}

// factGroup holds the facts under one heading.
type factGroup struct {
	Name string
	Rows []factRow
}

// factRow is a fact about this browser and another one.
type factRow struct {
	experiment.Measured
	Other   experiment.StatedFact
	Differs bool // the other browser behaves differently
}

// ShowCookieLimits shows the passport, or how to make one.
func (l *Lab) ShowCookieLimits(c *gin.Context) error {
	return l.showCookieLimits(c, http.StatusOK, nil, "")
}

// ComparePassport shows another browser's file beside the passport. The file appears only in the
// response and is not stored.
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

// SavePassport sends the passport as a file.
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
	data := &cookieLimits{labPage: page, Other: other}
	if problem != "" {
		data.Problem = l.site.Say(c, problem, nil)
	}
	data.Seen = observations{page, l.runs.last(c, experiment.PassportName)}
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

// Facts returns the number of facts to measure.
func (p *cookieLimits) Facts() int { return len(experiment.Facts()) }

// Word translates known values into the page's language and returns others, such as numbers,
// unchanged.
func (p *cookieLimits) Word(value string) (string, error) {
	if !slices.Contains(experiment.Words(), value) {
		return shorten(value), nil
	}
	return p.T("cookie.limits.value." + value)
}

// maxSteps bounds the requests shown for a fact: if there are more, the rest show the same.
const maxSteps = 4

// Steps returns the requests that measured a fact, up to maxSteps.
func (p *cookieLimits) Steps(m factRow) []experiment.Observation {
	if p.Seen.Result == nil {
		return nil
	}
	seen := m.Seen(p.Seen.Result)
	return seen[:min(len(seen), maxSteps)]
}

// MoreSteps returns the number of requests that are not shown.
func (p *cookieLimits) MoreSteps(m factRow) int {
	if p.Seen.Result == nil {
		return 0
	}
	return max(0, len(m.Seen(p.Seen.Result))-maxSteps)
}

// Came returns the cookies of a request that the fact is about.
func (row factRow) Came(seen experiment.Observation) string {
	const longest = 300
	came := fold(experiment.Escape(strings.Join(row.About(seen), "; ")))
	if runes := []rune(came); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return came
}

// fold replaces a long run of one character by that character and the length of the run.
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

// Headers returns the headers of a request that the fact is about.
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

// Lines returns Set-Cookie lines as they are typed, up to a readable number.
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
