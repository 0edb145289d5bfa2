package web

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/prose"
)

// Page holds what base.html needs; the data of every page embeds it.
type Page struct {
	Lang     string // zh or en
	HTMLLang string // the value of <html lang>
	Title    string
	Path     string // of this page: the language switch returns to it
	Base     string // the lab's own URL as the reader typed it
	Chapters []Chapter
	Lesson   *prose.Lesson // nil on pages without prose
	Prev     *Link
	Next     *Link
	InCookie bool   // the session engine keeps nothing on the server
	OnStage  bool   // the page belongs to the stage itself and has no dock
	Token    string // by which the stage recognizes the request that brought the page
	Refused  bool   // the reader has pressed a button (tried=1), and the browser refuses cookies

	texts *Texts
}

// T returns a short text in the page's language; args alternates names and values.
func (p Page) T(id string, args ...any) (string, error) {
	if len(args)%2 != 0 {
		return "", fmt.Errorf("text %s: a name without a value", id)
	}
	values := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return p.texts.Format(p.Lang, id, values), nil
}

// H returns a text as T does, with elements among its values, such as those of Time.
func (p Page) H(id string, args ...any) (template.HTML, error) {
	safe := make([]any, len(args))
	for i, arg := range args {
		if element, ok := arg.(template.HTML); ok {
			safe[i] = element
		} else {
			safe[i] = template.HTMLEscapeString(fmt.Sprint(arg))
		}
	}
	text, err := p.T(id, safe...)
	return template.HTML(text), err
}

// Span returns a length of time in words, with its two largest units.
func (p Page) Span(d time.Duration) (string, error) {
	var parts []string
	for _, unit := range []struct {
		id   string
		size time.Duration
	}{{"span.d", 24 * time.Hour}, {"span.h", time.Hour}, {"span.min", time.Minute}, {"span.s", time.Second}} {
		n := d / unit.size
		d -= n * unit.size
		if n == 0 && (unit.size > time.Second || len(parts) > 0) {
			continue
		}
		text, err := p.T(unit.id, "N", int64(n))
		if err != nil {
			return "", err
		}
		if parts = append(parts, text); len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " "), nil
}

// Chapter is an entry of the table of contents.
type Chapter struct {
	Number  int
	Name    string // of its texts in the catalogue, and of its CSS
	Path    string
	Current bool
	Pages   []ChapterPage // all of them, including the first, in reading order
}

// ChapterPage is a page of a chapter.
type ChapterPage struct {
	Name    string
	Path    string
	Current bool
}

// Link leads to another page of the tutorial.
type Link struct{ Path, Text string }

// Stop is a page of the tutorial, for the tour that lists them in reading order.
type Stop struct {
	Path    string
	Name    string // of its lesson, its template and its texts
	Chapter int    // 0 for the contents page
}

// NewPage returns the part that all pages share; name is its lesson's, or "".
func (s *Site) NewPage(c *gin.Context, name string) Page {
	p := s.blankPage(s.Lang(c), name)
	p.Path, p.Base = SafeNext(c.Request.URL.RequestURI(), "/"), BaseURL(c)
	p.Token = s.options.PageToken(c.Request.Context())
	p.Refused = c.Query("tried") != "" && Cookieless(c.Request)
	for i, stop := range s.options.Tour {
		if stop.Name != name {
			continue
		}
		if c.Request.Method == http.MethodPost {
			p.Path = stop.Path // a form's address may have no page of its own
		}
		link := func(at int) *Link {
			return &Link{s.options.Tour[at].Path, s.Texts.Text(p.Lang, "page."+s.options.Tour[at].Name)}
		}
		if i > 0 {
			p.Prev = link(i - 1)
		}
		if i < len(s.options.Tour)-1 {
			p.Next = link(i + 1)
		}
	}
	return p
}

// blankPage returns what a page shows regardless of the request.
func (s *Site) blankPage(lang, name string) Page {
	return Page{Lang: lang, HTMLLang: htmlLang(lang), Chapters: s.chapters(name), InCookie: s.options.InCookie, texts: s.Texts}
}

// NewPageIn returns the common part of a page outside the tour, in the given language.
func (s *Site) NewPageIn(c *gin.Context, lang string) Page {
	p := s.blankPage(lang, "")
	p.Base = BaseURL(c)
	return p
}

// chapters returns the table of contents, with the current chapter marked.
func (s *Site) chapters(current string) (all []Chapter) {
	for _, stop := range s.options.Tour {
		if stop.Chapter == 0 {
			continue
		}
		if stop.Chapter > len(all) {
			name := stop.Name
			if stop.Chapter == 4 {
				name = "online"
			}
			all = append(all, Chapter{Number: stop.Chapter, Name: name, Path: stop.Path})
		}
		chapter := &all[stop.Chapter-1]
		chapter.Pages = append(chapter.Pages, ChapterPage{stop.Name, stop.Path, stop.Name == current})
		chapter.Current = chapter.Current || stop.Name == current
	}
	return all
}

// LessonPage returns NewPage with the lesson's prose.
func (s *Site) LessonPage(c *gin.Context, name string) (Page, error) {
	p := s.NewPage(c, name)
	lesson, err := s.book.Lesson(p.Lang, name)
	if err != nil {
		return p, err
	}
	p.Lesson = lesson.At(p.Base)
	p.Title = lesson.Title
	return p, nil
}

// Chapter returns the number of the page's chapter, or 0 on the contents page.
func (p Page) Chapter() int {
	if chapter := p.current(); chapter != nil {
		return chapter.Number
	}
	return 0
}

// Pages returns the pages of the current chapter if it has more than this one.
func (p Page) Pages() []ChapterPage {
	if chapter := p.current(); chapter != nil && len(chapter.Pages) > 1 {
		return chapter.Pages
	}
	return nil
}

func (p Page) current() *Chapter {
	for i := range p.Chapters {
		if p.Chapters[i].Current {
			return &p.Chapters[i]
		}
	}
	return nil
}

// BaseURL returns the lab's URL as the reader reached it; guardHost has checked the host.
func BaseURL(c *gin.Context) string {
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}
