package handlers

import (
	"errors"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
	"sessionlab/internal/web"
	"sessionlab/session"
)

// online answers the requests of the last chapter: register, log in, log out.
type online struct {
	site     *web.Site
	sessions session.Store
	members  *member.Members
}

// formPage is a page with a form for a name and a password.
type formPage struct {
	web.Page
	Username string            // what was typed; a password is never shown again
	ReturnTo string            // where to go after login
	Errors   map[string]string // why each field was refused
	Summary  string            // why the whole form was refused
	Welcome  string            // the user who has just registered
	Refused  bool              // the browser did not keep the session's cookie
	Left     bool              // the visitor comes from a member's page, without a login
	Member   *member.Member    // the member who is already logged in
}

// ShowRegister shows the form.
func (l *online) ShowRegister(c *gin.Context) error {
	page, err := l.site.LessonPage(c, "register")
	if err != nil {
		return err
	}
	return l.site.Render(c, http.StatusOK, "register.html", &formPage{Page: page})
}

// Register makes the user a member and continues to the login.
func (l *online) Register(c *gin.Context) error {
	form, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	username, pwd := form.Get("username"), form.Get("pwd")

	m, err := l.members.Register(c.Request.Context(), peer(c), username, pwd)
	if err != nil {
		return l.refuseForm(c, "register", username, err)
	}

	s := sessions.Default(c)
	s.AddFlash(m.Name, "registered")
	c.Redirect(http.StatusSeeOther, "/online/login/")
	return nil
}

// refuseForm shows the form again with what was typed and what is wrong with
// it. It returns errors that the user cannot correct in the form.
func (l *online) refuseForm(c *gin.Context, name, username string, err error) error {
	page, lessonErr := l.site.LessonPage(c, name)
	if lessonErr != nil {
		return lessonErr
	}
	status, fields, summary := l.formErrors(page.Lang, err)
	if status == 0 {
		return err
	}
	if web.WantsJSON(c) {
		for _, text := range fields {
			summary = text
		}
		c.JSON(status, gin.H{"error": summary})
		return nil
	}
	if wait := web.RetryAfter(err); wait > 0 {
		c.Header("Retry-After", web.Seconds(wait))
	}
	web.Personal(c)
	return l.site.Render(c, status, name+".html", &formPage{
		Page: page, Username: username, ReturnTo: web.SafeNext(c.PostForm("next"), ""), Errors: fields, Summary: summary,
	})
}

// formErrors returns what is wrong with a form, in lang: the status, the texts
// at its fields, and the text about the whole form. The status is 0 if err is
// not about the form.
func (l *online) formErrors(lang string, err error) (status int, fields map[string]string, summary string) {
	var invalid *member.Invalid
	var tooMany *member.TooMany
	switch {
	case errors.As(err, &invalid):
		fields = map[string]string{}
		if invalid.Name != "" {
			fields["username"] = l.site.Texts.Text(lang, "problem.name."+string(invalid.Name))
		}
		if invalid.Password != "" {
			fields["pwd"] = l.site.Texts.Text(lang, "problem.password."+string(invalid.Password))
		}
		return http.StatusUnprocessableEntity, fields, ""
	case errors.Is(err, member.ErrTaken):
		return http.StatusConflict, map[string]string{"username": l.site.Texts.Text(lang, "problem.taken")}, ""
	case errors.Is(err, member.ErrWrong):
		return http.StatusUnprocessableEntity, nil, l.site.Texts.Text(lang, "problem.wrong")
	case errors.As(err, &tooMany):
		return http.StatusTooManyRequests, nil, l.site.Texts.Format(lang, "problem.slow", map[string]any{"Seconds": web.Seconds(tooMany.RetryAfter)})
	}
	return 0, nil, ""
}
