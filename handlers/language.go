package handlers

import (
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// languages are those that every page and text exists in, the first one being
// for readers whose browser asks for none of them.
var languages = []string{"en", "zh"}

// htmlLang is what <html lang> says of a language.
func htmlLang(lang string) string {
	if lang == "zh" {
		return "zh-Hans"
	}
	return lang
}

// texts are the catalogues of short texts: lessons/LANG.json.
type texts struct {
	localizers map[string]*i18n.Localizer
	matcher    language.Matcher
}

func newTexts(files fs.FS) (*texts, error) {
	bundle := i18n.NewBundle(language.English)
	t := &texts{localizers: map[string]*i18n.Localizer{}}
	var tags []language.Tag
	for _, lang := range languages {
		if _, err := bundle.LoadMessageFileFS(files, "lessons/"+lang+".json"); err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		t.localizers[lang] = i18n.NewLocalizer(bundle, lang)
		tags = append(tags, language.Make(lang))
	}
	// Who reads traditional Chinese reads ours rather than a second language.
	t.matcher = language.NewMatcher(append(tags, language.TraditionalChinese))
	return t, nil
}

// text returns a text without arguments, for prose.
func (t *texts) text(lang, id string) string {
	return t.format(lang, id, nil)
}

// format returns the text id with args put in. A missing text shows its id:
// a test sees to it that none is.
func (t *texts) format(lang, id string, args map[string]any) string {
	s, err := t.localizers[lang].Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: args})
	if err != nil {
		return id
	}
	return s
}

// langOf is the language of an answer: what the reader chose, else the lab's
// flag, else what the browser prefers.
func (l *Lab) langOf(c *gin.Context) string {
	c.Writer.Header().Add("Vary", "Cookie, Accept-Language")
	if chosen, err := c.Request.Cookie("lang"); err == nil && l.texts.localizers[chosen.Value] != nil {
		return chosen.Value
	}
	if l.Lang != "" {
		return l.Lang
	}
	_, index := language.MatchStrings(l.texts.matcher, c.GetHeader("Accept-Language"))
	if index == len(languages) {
		return "zh"
	}
	return languages[index]
}

// ChooseLanguage remembers the reader's choice in a cookie, and goes back to
// the page it was made on.
func (l *Lab) ChooseLanguage(c *gin.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	lang := form.Get("lang")
	if l.texts.localizers[lang] == nil {
		return refusal(http.StatusBadRequest)
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: "lang", Value: lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int((365 * 24 * time.Hour).Seconds()), Expires: l.Now().Add(365 * 24 * time.Hour),
	})
	c.Redirect(http.StatusSeeOther, safeNext(form.Get("next"), "/"))
	return nil
}
