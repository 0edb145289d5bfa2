package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

type accountPage struct {
	web.Page
	Member   *member.Member
	Sessions []ownSession
	Errors   map[string]string // by field
	Summary  string
	Done     string // what has just been done
}

// Field returns one of the page's password fields with its error, for the
// template.
func (p accountPage) Field(name, autocomplete string) passwordField {
	return passwordField{Page: p.Page, Name: name, Autocomplete: autocomplete, Error: p.Errors[name]}
}

type passwordField struct {
	web.Page
	Name, Autocomplete, Error string
}

// ownSession is one of the member's sessions as the page shows it, without its
// key.
type ownSession struct {
	ID      int64
	Browser string
	Since   time.Time
	This    bool
}

// ShowAccount shows the member's account and sessions.
func (l *online) ShowAccount(c *gin.Context) error {
	m, err := l.mustBeLoggedIn(c)
	if m == nil {
		return err
	}
	data := &accountPage{Member: m}
	for _, done := range sessions.Default(c).Flashes("account") {
		data.Done, _ = done.(string)
	}
	return l.renderAccount(c, http.StatusOK, data)
}

func (l *online) renderAccount(c *gin.Context, status int, data *accountPage) error {
	var err error
	if data.Page, err = l.site.LessonPage(c, "account"); err != nil {
		return err
	}
	live, err := l.liveSessions(c.Request.Context(), data.Member.ID)
	if err != nil {
		return err
	}
	for _, s := range live {
		data.Sessions = append(data.Sessions, ownSession{
			ID: s.ID, Browser: web.Browser(s.UserAgent), Since: s.CreatedAt,
			This: s.Key == l.storedKey(c),
		})
	}
	web.Personal(c)
	return l.site.Render(c, status, "account.html", data)
}

// mustBeLoggedIn returns the member, or nil after redirecting to the login page
// or on an error.
func (l *online) mustBeLoggedIn(c *gin.Context) (*member.Member, error) {
	m, err := visitor.Member(c)
	if err == nil && m == nil {
		web.Personal(c)
		c.Redirect(http.StatusSeeOther, "/online/login/?next=/online/account/")
	}
	return m, err
}

// ChangePassword asks for the old password and ends the member's other
// sessions, so that anyone who knew the old password is logged out.
func (l *online) ChangePassword(c *gin.Context) error {
	m, err := l.mustBeLoggedIn(c)
	if m == nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	changed, keys, err := l.members.ChangePassword(c.Request.Context(), peer(c), m.ID, form.Get("old"), form.Get("new"))
	if err != nil {
		return l.refuseAccount(c, m, err, "old", "new")
	}
	if err := l.deleteOthers(c, keys); err != nil {
		return err
	}
	session.From(c).Renew() // hashing took a while: if the user logged out meanwhile, that stays so
	if err := l.logIn(c, changed); err != nil {
		return err
	}
	return l.accountDone(c, "password")
}

// EndSessions ends one of the member's sessions, or all but this one.
func (l *online) EndSessions(c *gin.Context) error {
	m, err := l.mustBeLoggedIn(c)
	if m == nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if form.Get("session") == "others" {
		version, keys, err := l.members.EndSessions(ctx, m.ID)
		if err != nil {
			return err
		}
		if err := l.deleteOthers(c, keys); err != nil {
			return err
		}
		m.SessionVersion = version
		session.From(c).Renew()
		if err := l.logIn(c, *m); err != nil {
			return err
		}
		return l.accountDone(c, "others")
	}
	id, err := strconv.ParseInt(form.Get("session"), 10, 64)
	if err != nil {
		return web.Refusal(http.StatusBadRequest)
	}
	list, err := l.members.Sessions(ctx, m.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(s member.ListedSession) bool { return s.ID == id })
	switch {
	case at < 0: // it has ended meanwhile
	case list[at].Key == l.storedKey(c):
		return l.LogOut(c)
	default:
		// The session first: if it cannot be ended now, it stays on the list.
		if err := l.deleteOthers(c, []string{list[at].Key}); err != nil {
			return err
		}
		if err := l.members.ForgetSessions(ctx, list[at].Key); err != nil {
			return err
		}
	}
	return l.accountDone(c, "one")
}

// DeleteAccount deletes the member and all their sessions. It asks for the
// password: finding a browser left open is not enough.
func (l *online) DeleteAccount(c *gin.Context) error {
	m, err := l.mustBeLoggedIn(c)
	if m == nil {
		return err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	if _, err := l.members.Authenticate(ctx, peer(c), m.Name, form.Get("pwd")); err != nil {
		return l.refuseAccount(c, m, err, "pwd", "pwd")
	}
	keys, err := l.members.Delete(ctx, m.ID)
	if err != nil {
		return err
	}
	if err := l.deleteOthers(c, keys); err != nil {
		return err
	}
	session.From(c).Flush()
	c.Redirect(http.StatusSeeOther, "/online/register/")
	return nil
}

// refuseAccount shows the account again with an error: at oldField if the
// password is not the member's, at newField if a new one is not acceptable.
func (l *online) refuseAccount(c *gin.Context, m *member.Member, err error, oldField, newField string) error {
	lang := l.site.Lang(c)
	status, fields, summary := l.formErrors(lang, err)
	if status == 0 {
		return err
	}
	data := &accountPage{Member: m, Errors: map[string]string{}, Summary: summary}
	if text := fields["pwd"]; text != "" {
		data.Errors[newField] = text
	}
	if errors.Is(err, member.ErrWrong) {
		data.Errors[oldField], data.Summary = l.site.Texts.Text(lang, "problem.old"), ""
	}
	if wait := web.RetryAfter(err); wait > 0 {
		c.Header("Retry-After", web.Seconds(wait))
	}
	return l.renderAccount(c, status, data)
}

func (l *online) accountDone(c *gin.Context, what string) error {
	sessions.Default(c).AddFlash(what, "account")
	c.Redirect(http.StatusSeeOther, "/online/account/")
	return nil
}

// storedKey returns the key under which the store and the member's list keep
// the request's session.
func (l *online) storedKey(c *gin.Context) string {
	return session.StoredKey(l.sessions, sessions.Default(c).ID())
}

// deleteOthers deletes sessions except the request's own, which is still
// needed.
func (l *online) deleteOthers(c *gin.Context, keys []string) error {
	own := l.storedKey(c)
	for _, key := range keys {
		if key == own {
			continue
		}
		if err := session.ByStoredKey(l.sessions).Delete(c.Request.Context(), key); err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
	}
	return nil
}

// liveSessions returns the member's sessions that the store still has, and
// removes the others from the list.
func (l *online) liveSessions(ctx context.Context, memberID int64) ([]member.ListedSession, error) {
	all, err := l.members.Sessions(ctx, memberID)
	if err != nil {
		return nil, err
	}
	var live []member.ListedSession
	var dead []string
	for _, s := range all {
		switch _, err := session.ByStoredKey(l.sessions).Load(ctx, s.Key); {
		case err == nil:
			live = append(live, s)
		case errors.Is(err, session.ErrNotFound):
			dead = append(dead, s.Key)
		default:
			return nil, err
		}
	}
	if len(dead) > 0 {
		if err := l.members.ForgetSessions(ctx, dead...); err != nil {
			return nil, err
		}
	}
	return live, nil
}
