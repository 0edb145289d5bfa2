package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// Lab answers the requests of /session/console/. It is safe for use by many goroutines at once.
type Lab struct {
	site     *web.Site
	sessions session.Store
	engine   string // its name, as -session-engine has it
	members  *member.Members
	consoles *Histories
	now      func() time.Time
}

// New returns the laboratory of a site whose sessions the store of that engine keeps.
func New(site *web.Site, sessions session.Store, engine string, members *member.Members, now func() time.Time) *Lab {
	return &Lab{site, sessions, engine, members, NewHistories(now), now}
}

// Routes adds the laboratory's pages.
func (l *Lab) Routes(r *web.Router) {
	r.Page("/session/console/", l.ShowConsole)
	r.POST("/session/console/", l.UseConsole)
	r.Script(http.MethodPost, "/session/console/:op", l.OperateConsole)
	r.GET("/session/console/copy", l.CopyConsole)
}

// Rename hands what was done before a login to the visitor's new name.
func (l *Lab) Rename(old, id string) { l.consoles.Rename(old, id) }

// ShowConsole shows the visitor's own session and what can be done with it. It
// only reads: that makes no session.
func (l *Lab) ShowConsole(c *gin.Context) error {
	return l.renderConsole(c, http.StatusOK, &consolePage{Done: c.Query("done")})
}

// UseConsole does what a form of the page asks for, and comes back to the page.
func (l *Lab) UseConsole(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	m, err := visitor.Member(c)
	if err != nil {
		return err
	}
	s, of := session.From(c), historyOf(visitor.ID(c), m)
	switch form.Get("do") {
	case "undo":
		last, ok := l.consoles.Pop(of)
		if !ok {
			return consoleDone(c, "nothing")
		}
		if err = Undo(s, last); err == nil {
			err = s.Save()
		}
		if err != nil {
			l.consoles.PutBack(of, last)
			return l.refuseConsole(c, &consolePage{}, err)
		}
		return consoleDone(c, "undo")
	case "afresh":
		l.consoles.Forget(of)
		if m == nil {
			s.Flush()
		} else {
			Afresh(s) // whoever is logged in stays so
		}
		return consoleDone(c, "afresh")
	}

	typed := &consolePage{Line: form.Get("line"), Op: form.Get("op"), Key: form.Get("key"), Value: form.Get("value")}
	var command Command
	if typed.Op == "" {
		command, err = ParseLine(typed.Line)
	} else {
		command, err = formCommand(typed)
	}
	if err == nil {
		err = l.runConsole(c, m, typed, command)
	}
	if err != nil {
		return l.refuseConsole(c, typed, err)
	}
	return nil
}

// consoleDone comes back to the page, at the result.
func consoleDone(c *gin.Context, what string) error {
	to := "/session/console/?tried=1"
	if what != "" {
		to += "&done=" + what
	}
	c.Redirect(http.StatusSeeOther, to+"#result")
	return nil
}

// runConsole does the operation, comes back to the page, and remembers what
// came of it, with the cookie that went out.
func (l *Lab) runConsole(c *gin.Context, m *member.Member, typed *consolePage, command Command) error {
	entry, err := l.operate(c, command)
	if err != nil {
		return err
	}
	if entry.Line = strings.TrimSpace(typed.Line); typed.Op != "" {
		entry.Line = command.Python("request.session")
	}
	still, err := visitor.Member(c)
	if err != nil {
		return err
	}
	if (still == nil) != (m == nil) {
		entry.Before = session.Data{} // what a member had is nobody else's to bring back
	}
	if err := consoleDone(c, ""); err != nil {
		return err
	}
	c.Writer.WriteHeaderNow() // the session decides about its cookie
	if session.From(c).Err() != nil {
		return nil // and has answered with why it could not
	}
	for _, line := range c.Writer.Header().Values("Set-Cookie") {
		if strings.HasPrefix(line, session.CookieName(c.Request.TLS != nil)+"=") {
			entry.Cookie = shortCookie(line)
		}
	}
	l.consoles.Add(historyOf(visitor.ID(c), still), entry)
	return nil
}

// operate does one operation on the visitor's own session, and saves it. Its
// errors are also those of Run, except that a KeyError is no failure:
// the entry says so.
func (l *Lab) operate(c *gin.Context, command Command) (Entry, error) {
	for _, name := range command.Writes() {
		if Reserved(name) {
			return Entry{}, web.Explain(http.StatusForbidden, "console.error.reserved", map[string]any{"Name": name})
		}
	}
	m, err := visitor.Member(c)
	if err != nil {
		return Entry{}, err
	}
	s := session.From(c)
	old := session.StoredKey(l.sessions, session.From(c).ID())
	entry := Entry{Command: command, At: l.now(), Before: Own(s.Data()), From: shortKey(s.ID())}
	var missing *KeyError
	switch entry.Outcome, err = Run(s, command); {
	case errors.Is(err, ErrTooLarge):
		return entry, err
	case errors.As(err, &missing):
		entry.Missing = true
	}
	if err := l.saveListed(c, m, old); err != nil {
		return entry, err
	}
	entry.To = shortKey(s.ID())
	return entry, nil
}

// saveListed saves the session. If that gives it another key, or ends the login of the member m, the
// member's list follows. It has the new key before and the old one after: a session that is on no list
// could not be ended from elsewhere.
func (l *Lab) saveListed(c *gin.Context, m *member.Member, old string) error {
	s := session.From(c)
	if m == nil || !session.CanRevoke(l.sessions) {
		return s.Save()
	}
	still, err := visitor.Member(c)
	if err != nil {
		return err
	}
	key := session.StoredKey(l.sessions, session.From(c).ID())
	if still != nil && key != old {
		if err := l.members.RememberSession(c.Request.Context(), m.ID, key, c.Request.UserAgent()); err != nil {
			return err
		}
	}
	if err := s.Save(); err != nil {
		return err
	}
	if still == nil || key != old {
		return l.members.ForgetSessions(c.Request.Context(), old)
	}
	return nil
}

// historyOf returns the name under which a visitor's operations are kept: after a login or logout those from
// before are out of sight.
func historyOf(id string, m *member.Member) string {
	if m != nil {
		id += " " + m.Name
	}
	return id
}

// CopyConsole writes the visitor's operations as a program.
func (l *Lab) CopyConsole(c *gin.Context) error {
	m, err := visitor.Member(c)
	if err != nil {
		return err
	}
	entries := l.consoles.Entries(historyOf(visitor.Known(c), m))
	var text string
	switch c.Query("as") {
	case "python":
		text = PythonScript(entries)
	case "go":
		if text, err = GoTest(entries); err != nil {
			return err
		}
	default:
		return web.Explain(http.StatusBadRequest, "console.error.format", nil)
	}
	web.Personal(c)
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
	return nil
}

// shortKey returns as much of a session key as a projector may show.
func shortKey(key string) string {
	if len(key) <= 8 {
		return key
	}
	return key[:8] + "…"
}

// shortCookie returns a Set-Cookie line with its value shortened.
func shortCookie(line string) string {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	return name + "=" + shortKey(value) + ";" + attributes
}
