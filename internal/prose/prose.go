// Package prose turns the lessons' Markdown into HTML: one file per page and language, with notes, highlighted
// code, and functions of the running program beside the Django original. Start with [Book.Lesson].
package prose

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// baseMark represents the lab's own URL in a rendered lesson, because only a request knows that URL. The
// highlighter does not split a name under .invalid (RFC 2606).
const baseMark = "http://sessionlab.invalid"

// Text returns a short text by language and id.
type Text func(lang, id string) string

// Book renders lessons. It renders each one when it is first requested, so that starting costs nothing. It is
// safe for concurrent use.
type Book struct {
	files fs.FS
	text  Text
	facts map[string]string

	mu        sync.Mutex
	lessons   map[string]*Lesson
	functions *functions // nil until needed
	handlers  map[string]*Code
}

// New returns a book of the lessons in files: lessons/LANG/NAME.md, lessons/original/ and the source that
// lessons quote. facts hold values of this lab: {{NAME}} in a lesson is replaced by the fact of that name.
func New(files fs.FS, text Text, facts map[string]string) *Book {
	return &Book{files: files, text: text, facts: facts, lessons: map[string]*Lesson{}, handlers: map[string]*Code{}}
}

// Lesson holds the rendered text of one page. The page inserts its experiment between lead and text.
type Lesson struct {
	Title string        // from the first line, as plain text
	Lead  template.HTML // the first paragraph
	Text  template.HTML // all that follows
}

// At returns the lesson with the lab's own URL, such as http://localhost:7377, in the commands that a student
// can copy.
func (l *Lesson) At(base string) *Lesson {
	base = html.EscapeString(base)
	put := func(part template.HTML) template.HTML {
		return template.HTML(strings.ReplaceAll(string(part), baseMark, base))
	}
	return &Lesson{Title: l.Title, Lead: put(l.Lead), Text: put(l.Text)}
}

// Lesson returns the lesson of page name in lang. The error wraps fs.ErrNotExist if there is no such file; if
// the lesson cannot be rendered, it names the file.
func (b *Book) Lesson(lang, name string) (*Lesson, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	file := "lessons/" + lang + "/" + name + ".md"
	if lesson := b.lessons[file]; lesson != nil {
		return lesson, nil
	}
	source, err := fs.ReadFile(b.files, file)
	if err != nil {
		return nil, fmt.Errorf("lesson: %w", err)
	}
	lesson, err := b.render(lang, string(source))
	if err != nil {
		return nil, fmt.Errorf("lesson %s: %w", file, err)
	}
	b.lessons[file] = lesson
	return lesson, nil
}

// render turns the Markdown of one lesson into HTML.
func (b *Book) render(lang, source string) (*Lesson, error) {
	source = strings.ReplaceAll(source, "{{base}}", baseMark)
	for name, fact := range b.facts {
		source = strings.ReplaceAll(source, "{{"+name+"}}", fact)
	}
	first, rest, _ := strings.Cut(source, "\n")
	title, ok := strings.CutPrefix(first, "# ")
	if !ok {
		return nil, fmt.Errorf("the first line is no title (# …)")
	}
	lead, text, _ := strings.Cut(strings.TrimLeft(rest, "\n"), "\n\n")

	lesson := &Lesson{Title: title}
	markdown := b.markdown(lang)
	for _, part := range []struct {
		source string
		into   *template.HTML
	}{{lead, &lesson.Lead}, {text, &lesson.Text}} {
		var out bytes.Buffer
		if err := markdown.Convert([]byte(part.source), &out); err != nil {
			return nil, err
		}
		// An empty corner of a table is no heading.
		*part.into = template.HTML(strings.ReplaceAll(out.String(), "<th></th>", "<td></td>"))
	}
	// The page gives the lead its own paragraph.
	lesson.Lead = template.HTML(strings.TrimSuffix(strings.TrimPrefix(
		strings.TrimSpace(string(lesson.Lead)), "<p>"), "</p>"))
	return lesson, nil
}

// markdown returns a converter for one language. Raw HTML is escaped: a lesson can contain only what Markdown
// and this package provide.
func (b *Book) markdown(lang string) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(
			parser.WithAttribute(),
			parser.WithASTTransformers(util.Prioritized(notes{}, 100), util.Prioritized(shows{}, 100)),
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(
			util.Prioritized(&blocks{book: b, lang: lang}, 100),
		)),
	)
}
