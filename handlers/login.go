package handlers

import (
	"errors"
	"net/http"
	"net/netip"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// ShowLogIn shows the form, and a welcome to users who have just registered.
func (l *online) ShowLogIn(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "login")
	if err != nil {
		return err
	}
	data := &formPage{Page: page, ReturnTo: web.SafeNext(c.Query("next"), ""), Refused: c.Query("refused") != "", Left: c.Query("left") != ""}
	if data.Member, err = visitor.Member(c); err != nil {
		return err
	}
	for _, name := range sessions.Default(c).Flashes("registered") {
		data.Welcome, _ = name.(string)
		data.Username = data.Welcome
	}
	web.Personal(c)
	return l.site.Render(c, http.StatusOK, "login.html", data)
}

// LogIn checks the password and stores the member's name in the session.
func (l *online) LogIn(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	username, pwd := form.Get("username"), form.Get("pwd")

	m, err := l.members.Authenticate(c.Request.Context(), peer(c), username, pwd)
	if err != nil {
		return l.refuseForm(c, "login", username, err)
	}

	if err := l.logIn(c, m); err != nil {
		return err
	}
	if err := session.From(c).Save(); err != nil {
		return err
	}
	// The login is certain now. Someone who knew the visitor's old name must
	// not see what the member does.
	visitor.Rename(c)
	c.Redirect(http.StatusSeeOther, web.SafeNext(form.Get("next"), "/online/index/"))
	return nil
}

// logIn turns the visitor's session into one of the member m.
func (l *online) logIn(c *gin.Context, m member.Member) error {
	s := sessions.Default(c)
	if before, ok := s.Get("username").(string); ok && before != m.Name {
		session.From(c).Flush() // this member must not get another member's data
	}
	session.From(c).Cycle() // a key that someone planted before the login is worthless after it
	s.Set("IS_LOGIN", true)
	s.Set("username", m.Name)
	s.Set("session_version", m.SessionVersion)
	if !session.CanRevoke(l.sessions) {
		return nil // a list of sessions that cannot be ended would be useless
	}
	return l.members.RememberSession(c.Request.Context(), m.ID, l.storedKey(c), c.Request.UserAgent())
}

// loggedIn returns the member whose session this is, or nil. A session from
// before the member's last change of password no longer counts.
func (l *online) loggedIn(c *gin.Context) (*member.Member, error) {
	s := sessions.Default(c)
	isLogin, _ := s.Get("IS_LOGIN").(bool)
	username, _ := s.Get("username").(string)
	if !isLogin || username == "" {
		return nil, nil
	}
	m, err := l.members.ByName(c.Request.Context(), username)
	if errors.Is(err, member.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	version, ok := s.Get("session_version").(int)
	if !ok {
		version = 1 // a login by Django, which writes no version
	}
	if version != m.SessionVersion {
		return nil, nil
	}
	return &m, nil
}

// peer returns the address at the other end of the connection. No header can
// change it.
func peer(c *gin.Context) netip.Addr {
	at, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}
