package handlers

import (
	"errors"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"sessionlab/internal/member"
)

// formPage is a page with a form about a name and a password.
type formPage struct {
	Page
	Username string            // what was typed, kept; a password never is
	ReturnTo string            // where to go after login
	Errors   map[string]string // by field: why it was refused
	Summary  string            // why the whole form was refused
	Welcome  string            // who has just registered
	Refused  bool              // the browser did not keep the session's cookie
	Member   *member.Member    // who is logged in already
}

// ShowRegister shows the form.
func (l *Lab) ShowRegister(c *gin.Context) error {
	page, err := l.lessonPage(c, "register")
	if err != nil {
		return err
	}
	return l.render(c, http.StatusOK, "register.html", &formPage{Page: page})
}

// Register makes a member of who fills in the form, and sends them to log in.
func (l *Lab) Register(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	username, pwd := form.Get("username"), form.Get("pwd")

	m, err := l.Members.Register(c.Request.Context(), peer(c), username, pwd)
	if err != nil {
		return l.refuseForm(c, "register", username, err)
	}

	s := sessions.Default(c)
	s.AddFlash(m.Name, "registered")
	c.Redirect(http.StatusSeeOther, "/online/login/")
	return nil
}

// refuseForm shows the form again, with what was typed and what is wrong with
// it. An error that the form cannot repair is returned as it is.
func (l *Lab) refuseForm(c *gin.Context, name, username string, err error) error {
	page, lessonErr := l.lessonPage(c, name)
	if lessonErr != nil {
		return lessonErr
	}
	status, fields, summary := l.formErrors(page.Lang, err)
	if status == 0 {
		return err
	}
	if wantsJSON(c) {
		for _, text := range fields {
			summary = text
		}
		c.JSON(status, gin.H{"error": summary})
		return nil
	}
	if wait := retryAfter(err, status); wait > 0 {
		c.Header("Retry-After", seconds(wait))
	}
	personal(c)
	return l.render(c, status, name+".html", &formPage{
		Page: page, Username: username, ReturnTo: safeNext(c.PostForm("next"), ""), Errors: fields, Summary: summary,
	})
}

// formErrors says in lang what is wrong with a form: the status, the texts at
// its fields, and the text about the whole. The status is 0 for an error that
// is not the form's.
func (l *Lab) formErrors(lang string, err error) (status int, fields map[string]string, summary string) {
	var invalid *member.Invalid
	var tooMany *member.TooMany
	switch {
	case errors.As(err, &invalid):
		fields = map[string]string{}
		if invalid.Name != "" {
			fields["username"] = l.texts.text(lang, "problem.name."+string(invalid.Name))
		}
		if invalid.Password != "" {
			fields["pwd"] = l.texts.text(lang, "problem.password."+string(invalid.Password))
		}
		return http.StatusUnprocessableEntity, fields, ""
	case errors.Is(err, member.ErrTaken):
		return http.StatusConflict, map[string]string{"username": l.texts.text(lang, "problem.taken")}, ""
	case errors.Is(err, member.ErrWrong):
		return http.StatusUnprocessableEntity, nil, l.texts.text(lang, "problem.wrong")
	case errors.As(err, &tooMany):
		return http.StatusTooManyRequests, nil, l.texts.format(lang, "problem.slow", map[string]any{"Seconds": seconds(tooMany.RetryAfter)})
	}
	return 0, nil, ""
}
