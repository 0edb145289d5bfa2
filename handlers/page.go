package handlers

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/prose"
	"sessionlab/internal/stage"
	"sessionlab/session"
)

// pages are the templates, one set per page: base.html around each.
type pages struct {
	sets map[string]*template.Template
}

func newPages(files fs.FS, a *assets) (*pages, error) {
	base, err := template.New("base.html").Funcs(template.FuncMap{
		"asset": a.url, "fields": formFields,
		"highlight": prose.Highlight, "ms": stage.Milliseconds, "bytes": stage.Bytes, "lanes": stage.Lanes,
		"copies": stage.Formats, "stageScripts": stageScripts, "maxBody": func() int64 { return stage.MaxBody }, "tourSteps": tourSteps,
	}).ParseFS(files, "templates/base.html", "templates/*parts.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	p := &pages{sets: map[string]*template.Template{}}
	for _, file := range names {
		name := path.Base(file)
		if name == "base.html" || strings.HasSuffix(name, "parts.html") {
			continue
		}
		set, err := base.Clone()
		if err == nil {
			set, err = set.ParseFS(files, file)
		}
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		p.sets[name] = set
	}
	return p, nil
}

// formFields are the fields that can have an error, in the order in which they
// stand.
func formFields() []string { return []string{"username", "old", "new", "pwd"} }

// Page is what base.html needs; the data of every page embeds it.
type Page struct {
	Lang     string // zh or en
	HTMLLang string // what <html lang> says
	Title    string
	Path     string // of this page: where the language switch comes back to
	Base     string // the lab's own URL as the reader wrote it
	Chapters []Chapter
	Lesson   *prose.Lesson // nil on pages without prose
	Prev     *Link
	Next     *Link
	InCookie bool // the session engine keeps nothing on the server
	OnStage  bool // the page is of the stage itself: it has no dock

	lab *Lab
}

// T returns a short text in the page's language; args are names and values.
func (p Page) T(id string, args ...any) (string, error) {
	if len(args)%2 != 0 {
		return "", fmt.Errorf("text %s: a name without a value", id)
	}
	values := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		values[fmt.Sprint(args[i])] = args[i+1]
	}
	return p.lab.texts.format(p.Lang, id, values), nil
}

// Chapter is an entry of the table of contents.
type Chapter struct {
	Number  int
	Name    string // of its texts in the catalogue, and of its CSS
	Path    string
	Current bool
	Pages   []ChapterPage // all of them, the first too
}

// ChapterPage is a page of a chapter, in the order in which it is read.
type ChapterPage struct {
	Name    string
	Path    string
	Current bool
}

// Link leads to another page of the tutorial.
type Link struct{ Path, Text string }

// tour is the order in which the tutorial is read.
var tour = []struct {
	path, name string
	chapter    int
}{
	{"/", "home", 0},
	{"/stateless/", "stateless", 1},
	{"/cookie/", "cookie", 2},
	{"/cookie/lab/", "cookielab", 2},
	{"/cookie/sites/", "sites", 2},
	{"/cookie/limits/", "limits", 2},
	{"/session/", "session", 3},
	{"/session/console/", "console", 3},
	{"/session/expiry/", "expiry", 3},
	{"/session/engines/", "engines", 3},
	{"/session/race/", "race", 3},
	{"/online/register/", "register", 4},
	{"/online/login/", "login", 4},
	{"/online/index/", "index", 4},
	{"/online/logout/", "logout", 4},
	{"/online/account/", "account", 4},
}

// newPage makes a page's common part; name is that of its lesson, or "".
func (l *Lab) newPage(c *gin.Context, name string) Page {
	lang := l.langOf(c)
	p := Page{Lang: lang, HTMLLang: htmlLang(lang), Path: c.Request.URL.RequestURI(), Base: baseURL(c), InCookie: !session.CanRevoke(l.Sessions), lab: l}
	for i, stop := range tour {
		if stop.name != name {
			continue
		}
		if c.Request.Method == http.MethodPost {
			p.Path = stop.path // a form's own address need not have a page
		}
		link := func(at int) *Link {
			return &Link{tour[at].path, l.texts.text(lang, "page."+tour[at].name)}
		}
		if i > 0 {
			p.Prev = link(i - 1)
		}
		if i < len(tour)-1 {
			p.Next = link(i + 1)
		}
	}
	p.Chapters = chapters(name)
	return p
}

// chapters is the table of contents, with the current one marked.
func chapters(current string) (all []Chapter) {
	for _, stop := range tour {
		if stop.chapter == 0 {
			continue
		}
		if stop.chapter > len(all) {
			name := stop.name
			if stop.chapter == 4 {
				name = "online"
			}
			all = append(all, Chapter{Number: stop.chapter, Name: name, Path: stop.path})
		}
		chapter := &all[stop.chapter-1]
		chapter.Pages = append(chapter.Pages, ChapterPage{stop.name, stop.path, stop.name == current})
		chapter.Current = chapter.Current || stop.name == current
	}
	return all
}

// lessonPage is newPage with the lesson's prose.
func (l *Lab) lessonPage(c *gin.Context, name string) (Page, error) {
	p := l.newPage(c, name)
	lesson, err := l.book.Lesson(p.Lang, name)
	if err != nil {
		return p, err
	}
	p.Lesson = lesson.At(p.Base)
	p.Title = lesson.Title
	return p, nil
}

// Chapter is the number of the page's chapter, 0 on the contents page.
func (p Page) Chapter() int {
	if chapter := p.current(); chapter != nil {
		return chapter.Number
	}
	return 0
}

// Pages are those of the page's chapter, if there are more than this one.
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

// baseURL is the lab as the reader reached it; the host has passed guardHost.
func baseURL(c *gin.Context) string {
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// render sends the page, whole or not at all: a template that fails is an
// error, not half a page.
func (l *Lab) render(c *gin.Context, status int, name string, data any) error {
	return l.renderPart(c, status, name, "base.html", data)
}

// renderPart is render for a part of a page's templates.
func (l *Lab) renderPart(c *gin.Context, status int, name, part string, data any) error {
	page, err := l.executePart(name, part, data)
	if err != nil {
		return err
	}
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "no-cache")
	}
	c.Data(status, "text/html; charset=utf-8", page)
	return nil
}

func (l *Lab) execute(name string, data any) ([]byte, error) {
	return l.executePart(name, "base.html", data)
}

func (l *Lab) executePart(name, part string, data any) ([]byte, error) {
	set := l.pages.sets[name]
	if set == nil {
		return nil, fmt.Errorf("no template %s", name)
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, part, data); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return out.Bytes(), nil
}

// personal keeps an answer out of every cache: it is about one visitor.
func personal(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if !strings.Contains(strings.Join(c.Writer.Header().Values("Vary"), ","), "Cookie") {
		c.Writer.Header().Add("Vary", "Cookie")
	}
}
