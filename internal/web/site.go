// Package web is what all pages of the lab share: how a page looks, what an error becomes, the
// reader's language, and the guards that every request passes. Start reading at [Site], then
// [NewRouter].
package web

import (
	"context"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"sessionlab/internal/prose"
)

// Options are what a site is made of. Hosts and Lang may be empty.
type Options struct {
	Files    fs.FS            // templates, static, lessons, and the handlers' source
	Tour     []Stop           // the pages in the order in which they are read
	Funcs    template.FuncMap // further functions for templates
	Hosts    []string         // further host names to answer to
	Lang     string           // "zh", "en", or "" for what the browser asks for
	Engine   string           // the session engine's name, which lessons mention
	InCookie bool             // that engine keeps nothing on the server
	Log      *slog.Logger     // a line a request, and what went wrong
	Now      func() time.Time

	// Note is told which Go function answers a request.
	Note func(ctx context.Context, function string)
}

// Site is safe for use by many goroutines at once.
type Site struct {
	Texts *Texts
	Hosts *Hosts

	options   Options
	templates templates
	assets    *Assets
	book      *prose.Book
	origins   *http.CrossOriginProtection
}

// NewSite reads the templates, texts and static files. Its error names the one that cannot be read.
func NewSite(o Options) (*Site, error) {
	s := &Site{options: o, Hosts: newHosts(o.Hosts), origins: http.NewCrossOriginProtection()}
	var err error
	if s.Texts, err = newTexts(o.Files); err != nil {
		return nil, err
	}
	s.book = prose.New(o.Files, s.Texts.Text, map[string]string{"engine": o.Engine})
	if s.assets, err = newAssets(o.Files); err != nil {
		return nil, err
	}
	if s.templates, err = newTemplates(o.Files, s.assets, o.Funcs); err != nil {
		return nil, err
	}
	return s, nil
}

// AllowCrossOrigin lets pages of other sites send requests to a pattern of addresses (see
// http.ServeMux): those must change nothing. It is called before the site is used.
func (s *Site) AllowCrossOrigin(pattern string) { s.origins.AddInsecureBypassPattern(pattern) }
