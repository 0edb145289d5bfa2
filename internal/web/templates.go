package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sessionlab/internal/prose"
)

// templates holds one set of templates per page, by file name. Each set contains base.html.
type templates map[string]*template.Template

// newTemplates parses templates/*.html. Every page can use the files whose names end in parts.html.
func newTemplates(files fs.FS, a *Assets, funcs template.FuncMap) (templates, error) {
	own := template.FuncMap{"asset": a.url, "fields": formFields, "highlight": prose.Highlight, "time": Time}
	maps.Copy(own, funcs)
	base, err := template.New("base.html").Funcs(own).ParseFS(files, "templates/base.html", "templates/*parts.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	all := templates{}
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
		all[name] = set
	}
	return all, nil
}

// formFields returns the names of the fields that can have an error, in the order in which forms show
// them.
func formFields() []string { return []string{"username", "old", "new", "pwd"} }

// Time returns an element that shows a moment: in UTC, until static/js/times.js writes it in the
// reader's time zone.
func Time(t time.Time) template.HTML {
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format(time.DateTime) + ` UTC</time>`)
}

// execute renders a part of a page's templates completely or not at all: a template that fails yields
// an error, not half a page.
func (t templates) execute(name, part string, data any) ([]byte, error) {
	set := t[name]
	if set == nil {
		return nil, fmt.Errorf("no template %s", name)
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, part, data); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return out.Bytes(), nil
}

// Render sends a page; name is its template's file name.
func (s *Site) Render(c *gin.Context, status int, name string, data any) error {
	return s.RenderPart(c, status, name, "base.html", data)
}

// RenderPart sends a part of a page's templates, for a script that inserts it into the page.
func (s *Site) RenderPart(c *gin.Context, status int, name, part string, data any) error {
	page, err := s.templates.execute(name, part, data)
	if err != nil {
		return err
	}
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "no-cache")
	}
	c.Data(status, "text/html; charset=utf-8", page)
	return nil
}

// Personal keeps a response that concerns one visitor out of every cache.
func Personal(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if !strings.Contains(strings.Join(c.Writer.Header().Values("Vary"), ","), "Cookie") {
		c.Writer.Header().Add("Vary", "Cookie")
	}
}
