package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"
)

// ReadForm returns the fields of a POST. Its error is 413 if the form is too large and 400 if it
// cannot be parsed.
func ReadForm(c *gin.Context) (url.Values, error) {
	// ParseMultipartForm alone would lose the error of a plain form.
	err := c.Request.ParseForm()
	if err == nil {
		err = c.Request.ParseMultipartForm(MaxForm)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil, errors.Is(err, http.ErrNotMultipart):
		return c.Request.PostForm, nil
	case errors.As(err, &tooLarge):
		return nil, err
	}
	return nil, Refusal(http.StatusBadRequest)
}

// SafeNext returns next if it is a path of this site, else fallback. It
// accepts less than Django's url_has_allowed_host_and_scheme: no absolute
// URL, even to ourselves. Browsers read "\" as "/" and skip tabs and line
// breaks, so "/\evil.example" and "/<tab>/evil.example" would leave the site; and
// since http.Redirect cleans paths, "/./\evil.example" becomes the former.
func SafeNext(next, fallback string) string {
	next = strings.TrimSpace(next)
	if len(next) > 2048 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsRune(next, '\\') || strings.ContainsFunc(next, unicode.IsControl) {
		return fallback
	}
	if _, err := url.Parse(next); err != nil {
		return fallback
	}
	return next
}
