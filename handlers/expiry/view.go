package expiry

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"sessionlab/internal/web"
)

// expiryPage shows an expiry experiment, or that there is none.
type expiryPage struct {
	web.Page
	None  bool      // a step was tried without an experiment
	Kept  []string  // without an experiment: the sessions whose keys the browser still sends
	Clock time.Time // of the experiment
	Ahead time.Duration
	Step  Event
	Lives []lifeView
}

// lifeView shows one session, in words and as bars that end where it ends.
type lifeView struct {
	*Life
	page *expiryPage
	now  time.Time
	sent string // the key that the browser sends now
}

func (p *expiryPage) show(e *Expiry, sent func(id string) string) {
	p.Clock, p.Ahead, p.Step = e.Now(), e.Ahead(), e.Last
	for _, life := range e.Lives {
		copied := *life // the experiment continues while the page is written
		p.Lives = append(p.Lives, lifeView{&copied, p, e.Now(), sent(life.ID)})
	}
}

// Running reports whether there is an experiment.
func (p *expiryPage) Running() bool { return len(p.Lives) > 0 }

// Jumps returns the names of the jumps.
func (p *expiryPage) Jumps() (ids []string) {
	for _, jump := range jumps {
		ids = append(ids, jump.ID)
	}
	return ids
}

// Tick is a mark on the time line.
type Tick struct{ At, ID string }

// Ticks returns the marks, which show how far the bar of a new session of 30 minutes, of a day and so
// on reaches.
func (p *expiryPage) Ticks() (ticks []Tick) {
	for _, jump := range jumps {
		switch jump.ID {
		case "29min":
			ticks = append(ticks, Tick{place(30 * time.Minute), "30min"})
		case "next":
		default:
			ticks = append(ticks, Tick{place(jump.by), jump.ID})
		}
	}
	return ticks
}

// place returns the position on the time line of a moment that is d from now. The line is
// logarithmic; otherwise half a minute could not be seen beside 400 days.
func place(d time.Duration) string {
	const nearest, farthest, room = 30 * time.Second, 400 * 24 * time.Hour, 90
	at := room * math.Log1p(float64(max(d, 0))/float64(nearest)) / math.Log1p(float64(farthest)/float64(nearest))
	return fmt.Sprintf("%.1f%%", min(at, 100))
}

// Call returns the expiry as the session's handler sets it.
func (v lifeView) Call() string {
	return map[string]string{"seconds": "1800", "date": "24 * time.Hour", "none": "nil", "close": "0", "never": "session.Never"}[v.ID]
}

// ends says when something ends or, with the text past, how long ago it ended.
func (v lifeView) ends(at time.Time, id, past string) (template.HTML, error) {
	left := at.Sub(v.now)
	if left <= 0 {
		id, left = past, -left
	}
	span, err := v.page.Span(left)
	if err != nil {
		return "", err
	}
	return v.page.H(id, "Span", span, "At", web.Time(at))
}

// CookieText says when the cookie expires, or that it is gone.
func (v lifeView) CookieText() (template.HTML, error) {
	switch {
	case v.Cookie.Key == "":
		return v.page.H("expiry.cookie.gone")
	case v.Cookie.AtClose:
		return v.page.H("expiry.cookie.close")
	}
	return v.ends(v.Cookie.Ends, "expiry.cookie", "expiry.cookie.past")
}

// RowText says when the row expires, or that it is gone.
func (v lifeView) RowText() (template.HTML, error) {
	switch {
	case v.Row.Swept:
		return v.page.H("expiry.row.swept")
	case v.Row.NoEnds:
		return v.page.H("expiry.row.never", "Text", v.Row.Text)
	}
	return v.ends(v.Row.Ends, "expiry.row", "expiry.row.past")
}

// Dead reports whether the session has expired or was deleted, and Stubborn whether the browser sends
// its key all the same.
func (v lifeView) Dead() bool     { return v.Row.Swept || !v.Row.Ends.After(v.now) }
func (v lifeView) Stubborn() bool { return v.sent != "" && v.Dead() }

// Absent reports whether the browser fails to send a key that it was given and not told to forget.
func (v lifeView) Absent() bool { return v.sent == "" && v.Cookie.Key != "" }

// LastText says what the last request did with the session; it is "" if the last step was no request.
func (v lifeView) LastText() (string, error) {
	x, id := v.Last, "expiry.last."+v.page.Step.Name
	switch v.page.Step.Name {
	case "start":
	case "read", "save":
		switch {
		case x.Sent == "":
			id += ".stranger"
		case !x.Found:
			id += ".dead"
		case v.page.Step.Name == "save" && v.Row.Ends.Equal(v.Before.Ends):
			id += ".fixed"
		}
	default:
		return "", nil
	}
	moved, err := v.page.Span(max(0, v.Row.Ends.Sub(v.Before.Ends)))
	if err != nil {
		return "", err
	}
	return v.page.T(id, "Sent", head(x.Sent), "Key", head(x.Key), "Span", moved)
}

func head(key string) string { return key[:min(len(key), 6)] + "…" }

// CookieBar returns the length of the cookie's bar.
func (v lifeView) CookieBar() string {
	switch {
	case v.Cookie.Key == "":
		return "0"
	case v.Cookie.AtClose:
		return "100%"
	}
	return place(v.Cookie.Ends.Sub(v.now))
}

// RowBar returns the length of the row's bar.
func (v lifeView) RowBar() string {
	if v.Row.Swept {
		return "0"
	}
	return place(v.Row.Ends.Sub(v.now))
}

// WasBar returns where the row's bar ended before the last step, or "" if it did not move.
func (v lifeView) WasBar() string {
	if v.page.Step.Name != "save" || v.Row.Swept || v.Before.Ends.IsZero() || v.Before.Ends.Equal(v.Row.Ends) {
		return ""
	}
	return place(v.Before.Ends.Sub(v.now))
}
