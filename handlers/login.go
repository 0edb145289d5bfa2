package handlers

import (
	"net/http"
	"net/netip"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/session"
)

// ShowLogIn shows the form, and to one who has just registered, a welcome.
func (l *Lab) ShowLogIn(c *gin.Context) error {
	page, err := l.lessonPage(c, "login")
	if err != nil {
		return err
	}
	data := &formPage{Page: page, ReturnTo: safeNext(c.Query("next"), ""), Refused: c.Query("refused") != ""}
	if data.Member, err = l.loggedIn(c); err != nil {
		return err
	}
	for _, name := range sessions.Default(c).Flashes("registered") {
		data.Welcome, _ = name.(string)
		data.Username = data.Welcome
	}
	personal(c)
	return l.render(c, http.StatusOK, "login.html", data)
}

// LogIn checks the password and writes into the session who it is.
func (l *Lab) LogIn(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	username, pwd := form.Get("username"), form.Get("pwd")

	m, err := l.Members.Authenticate(c.Request.Context(), peer(c), username, pwd)
	if err != nil {
		return l.refuseForm(c, "login", username, err)
	}

	if err := l.logIn(c, m); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, safeNext(form.Get("next"), "/online/index/"))
	return nil
}

// logIn makes the visitor's session one of the member m.
func (l *Lab) logIn(c *gin.Context, m member.Member) error {
	s := sessions.Default(c)
	if before, ok := s.Get("username").(string); ok && before != m.Name {
		session.From(c).Flush() // another member's data is not for this one
	}
	session.From(c).Cycle() // a key that somebody planted before the login is worth nothing after it
	s.Set("IS_LOGIN", true)
	s.Set("username", m.Name)
	s.Set("session_version", m.SessionVersion)
	if !session.CanRevoke(l.Sessions) {
		return nil // a list of what cannot be ended would be of no use
	}
	return l.Members.RememberSession(c.Request.Context(), m.ID, l.storedKey(c), c.Request.UserAgent())
}

// loggedIn returns the member whose session this is, or nil. A session older
// than the member's last change of password counts no more.
func (l *Lab) loggedIn(c *gin.Context) (*member.Member, error) {
	s := sessions.Default(c)
	isLogin, _ := s.Get("IS_LOGIN").(bool)
	username, _ := s.Get("username").(string)
	if !isLogin || username == "" {
		return nil, nil
	}
	m, err := l.Members.ByName(c.Request.Context(), username)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	version, ok := s.Get("session_version").(int)
	if !ok {
		version = 1 // a login by Django, which writes none
	}
	if version != m.SessionVersion {
		return nil, nil
	}
	return &m, nil
}

// peer is the address at the other end of the connection. No header can
// change it.
func peer(c *gin.Context) netip.Addr {
	at, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}
