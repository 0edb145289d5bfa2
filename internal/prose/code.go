package prose

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
)

// Code holds a function of the running program as it is in its file.
type Code struct {
	File        string
	First, Last int // lines
	HTML        template.HTML
}

// Handler returns the function or method of that name in handlers/, with line numbers and with the class hl
// on the lines that use the session or a cookie. The error wraps fs.ErrNotExist if there is no such function.
func (b *Book) Handler(name string) (*Code, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if code := b.handlers[name]; code != nil {
		return code, nil
	}
	if b.functions == nil {
		functions, err := readFunctions(b.files)
		if err != nil {
			return nil, fmt.Errorf("source of the handlers: %w", err)
		}
		b.functions = functions
	}
	f := b.functions.byName[name]
	if f == nil {
		return nil, fmt.Errorf("source of %s: %w", name, fs.ErrNotExist)
	}
	source, err := highlight("go", f.source, chromahtml.WithLineNumbers(true), chromahtml.BaseLineNumber(f.first),
		chromahtml.HighlightLines(f.lit(b.functions)), chromahtml.WithPreWrapper(noWrapper{}))
	if err != nil {
		return nil, err
	}
	b.handlers[name] = &Code{File: f.file, First: f.first, Last: f.first + strings.Count(f.source, "\n"), HTML: source}
	return b.handlers[name], nil
}

// Highlight returns code with chroma's classes. If it knows no highlighting for the language, the code is only
// escaped.
func Highlight(language, code string) template.HTML {
	out, err := highlight(language, code, chromahtml.PreventSurroundingPre(true))
	if err != nil {
		return template.HTML(template.HTMLEscapeString(code))
	}
	return out
}

// highlight returns code with chroma's classes, or an error if it does not know the language.
func highlight(language, code string, options ...chromahtml.Option) (template.HTML, error) {
	lexer := lexers.Get(language)
	if lexer == nil {
		return "", fmt.Errorf("no highlighting for %q", language)
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	var out bytes.Buffer
	if err == nil {
		options = append(options, chromahtml.WithClasses(true), chromahtml.TabWidth(4))
		err = chromahtml.New(options...).Format(&out, styles.Fallback, tokens)
	}
	if err != nil {
		return "", fmt.Errorf("highlight %s: %w", language, err)
	}
	return template.HTML(strings.TrimRight(out.String(), "\n")), nil
}

// noWrapper keeps chroma's spans for lines but not its pre element.
type noWrapper struct{}

// Start implements chroma's PreWrapper.
func (noWrapper) Start(bool, string) string { return "" }

// End implements chroma's PreWrapper.
func (noWrapper) End(bool) string { return "" }
