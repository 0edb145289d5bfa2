package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Languages returns the languages of all pages and texts. The first is for readers whose browser asks
// for none of them.
func Languages() []string { return []string{"en", "zh"} }

// htmlLang returns the value of <html lang> for a language.
func htmlLang(lang string) string {
	if lang == "zh" {
		return "zh-Hans"
	}
	return lang
}

// Texts holds the catalogues of short texts, lessons/LANG.json.
type Texts struct {
	localizers map[string]*i18n.Localizer
	matcher    language.Matcher
}

func newTexts(files fs.FS) (*Texts, error) {
	bundle := i18n.NewBundle(language.English)
	t := &Texts{localizers: map[string]*i18n.Localizer{}}
	var tags []language.Tag
	for _, lang := range Languages() {
		if _, err := bundle.LoadMessageFileFS(files, "lessons/"+lang+".json"); err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
		t.localizers[lang] = i18n.NewLocalizer(bundle, lang)
		tags = append(tags, language.Make(lang))
	}
	// Readers of traditional Chinese get our Chinese rather than a second language.
	t.matcher = language.NewMatcher(append(tags, language.TraditionalChinese))
	return t, nil
}

// Text returns a text without arguments, for prose.
func (t *Texts) Text(lang, id string) string {
	return t.Format(lang, id, nil)
}

// Format returns the text id with args inserted. A missing text shows its id; a test makes sure that
// none is missing.
func (t *Texts) Format(lang, id string, args map[string]any) string {
	s, err := t.localizers[lang].Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: args})
	if err != nil {
		return id
	}
	return s
}

// Lang returns the language of a response: the reader's choice, else the lab's flag, else the
// browser's preference.
func (s *Site) Lang(c *gin.Context) string {
	c.Writer.Header().Add("Vary", "Cookie, Accept-Language")
	if chosen, err := c.Request.Cookie("lang"); err == nil && s.Texts.localizers[chosen.Value] != nil {
		return chosen.Value
	}
	if s.options.Lang != "" {
		return s.options.Lang
	}
	_, index := language.MatchStrings(s.Texts.matcher, c.GetHeader("Accept-Language"))
	if index == len(Languages()) {
		return "zh"
	}
	return Languages()[index]
}

// Say returns a text in the reader's language.
func (s *Site) Say(c *gin.Context, id string, args map[string]any) string {
	return s.Texts.Format(s.Lang(c), id, args)
}

// ChooseLanguage stores the reader's choice in a cookie and returns to the page where it was made.
func (s *Site) ChooseLanguage(c *gin.Context) error {
	form, err := ReadForm(c)
	if err != nil {
		return err
	}
	lang := form.Get("lang")
	if s.Texts.localizers[lang] == nil {
		return Refusal(http.StatusBadRequest)
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: "lang", Value: lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int((365 * 24 * time.Hour).Seconds()), Expires: s.options.Now().Add(365 * 24 * time.Hour),
	})
	c.Redirect(http.StatusSeeOther, SafeNext(form.Get("next"), "/"))
	return nil
}
