package prose

import (
	"fmt"
	"html"
	"strings"

	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// blocks renders the blocks that lessons have beyond Markdown: notes, highlighted code, and code side by
// side with the original.
type blocks struct {
	book *Book
	lang string
}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (b *blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindNote, b.note)
	r.Register(ast.KindFencedCodeBlock, b.fence)
}

// note renders a note as an aside with a title.
func (b *blocks) note(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		fmt.Fprint(w, "</aside>\n")
		return ast.WalkContinue, nil
	}
	kind := node.(*note).kind
	fmt.Fprintf(w, "<aside class=\"note note-%s\"><p class=\"note-title\">%s</p>\n",
		kind, html.EscapeString(b.book.text(b.lang, "note."+kind)))
	return ast.WalkContinue, nil
}

// fence renders a fenced code block.
func (b *blocks) fence(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	fence := node.(*ast.FencedCodeBlock)
	language := string(fence.Language(source))
	code := string(fence.Lines().Value(source))
	if language == "compare" {
		return ast.WalkSkipChildren, b.compare(w, code)
	}
	label := b.book.text(b.lang, "code.example")
	return ast.WalkSkipChildren, pre(w, language, code, label)
}

// compare renders a fence in which each line names some code: "go FILE FUNCTION" of the running program, or
// "python NAME" or "js NAME" of the original tutorial.
func (b *blocks) compare(w util.BufWriter, lines string) error {
	fmt.Fprint(w, "<figure class=\"compare\">\n")
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		var code, file, badge string
		var err error
		switch {
		case len(words) == 3 && words[0] == "go":
			file, badge = words[1], b.book.text(b.lang, "code.runs")
			code, err = b.book.function(b.lang, file, words[2])
		case len(words) == 2 && (words[0] == "python" || words[0] == "js"):
			file, badge = words[1]+"."+extensions[words[0]], b.book.text(b.lang, "code.original")
			code, err = original(b.book.files, file)
		default:
			err = fmt.Errorf("compare: %q is neither 'go FILE FUNCTION' nor 'python NAME'", line)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "<div class=\"compare-pane compare-%s\"><div class=\"compare-title\"><span class=\"compare-lang\">%s</span> <code>%s</code> <span class=\"compare-badge compare-badge-%s\">%s</span></div>",
			words[0], titles[words[0]], html.EscapeString(file), words[0], html.EscapeString(badge))
		if err := pre(w, words[0], code, badge+": "+words[len(words)-1]); err != nil {
			return err
		}
		fmt.Fprint(w, "</div>\n")
	}
	fmt.Fprint(w, "</figure>\n")
	return nil
}

var (
	extensions = map[string]string{"python": "py", "js": "js"}
	titles     = map[string]string{"go": "Go", "python": "Django", "js": "jQuery"}
)

// pre writes highlighted code. It uses classes, because the CSP allows no inline styles. A reader can scroll
// it by keyboard, so it can have the focus, and therefore needs a label.
func pre(w util.BufWriter, language, code, label string) error {
	source, err := highlight(language, code, chromahtml.PreventSurroundingPre(true))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "<pre class=\"chroma\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><code>%s</code></pre>\n",
		html.EscapeString(label), source)
	return nil
}
