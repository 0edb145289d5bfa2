// Package web holds what all pages of the lab share: their layout, the pages for errors, the reader's
// language, and the guards that every request passes. Start reading at [Site], then [NewRouter].
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

// Options configures a site. Hosts and Lang may be empty.
type Options struct {
	Files    fs.FS            // templates, static, lessons, and the handlers' source
	Tour     []Stop           // the pages in reading order
	Funcs    template.FuncMap // more functions for templates
	Hosts    []string         // more host names to answer to
	Lang     string           // "zh", "en", or "" for what the browser asks for
	Engine   string           // the session engine's name, which lessons mention
	InCookie bool             // that engine keeps nothing on the server
	Log      *slog.Logger     // one line per request, and what went wrong
	Now      func() time.Time

	// Note is called with the name of the Go function that answers a request.
	Note func(ctx context.Context, function string)
	// PageToken returns the token that the page of a request carries for the stage, or "".
	PageToken func(ctx context.Context) string
}

// Site is safe for concurrent use.
type Site struct {
	Texts *Texts
	Hosts *Hosts

	options   Options
	templates templates
	assets    *Assets
	book      *prose.Book
	origins   *http.CrossOriginProtection
}

// NewSite reads the templates, texts and static files. Its error names the file that cannot be read.
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

// AllowCrossOrigin lets pages of other sites send requests to the addresses that match pattern (see
// http.ServeMux); these requests must not change anything. Call it before the site is used.
func (s *Site) AllowCrossOrigin(pattern string) { s.origins.AddInsecureBypassPattern(pattern) }
