package prose

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// note is a node for a block quote that began with a marker such as [!TRY].
type note struct {
	ast.BaseBlock
	kind string // try, look, why, correction
}

// kindNote identifies notes to goldmark.
var kindNote = ast.NewNodeKind("Note")

// Kind implements goldmark's ast.Node.
func (n *note) Kind() ast.NodeKind { return kindNote }

// Dump implements goldmark's ast.Node.
func (n *note) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// noteMarker matches the first line of a note.
var noteMarker = regexp.MustCompile(`^\[!(TRY|LOOK|WHY|CORRECTION)\]\s*$`)

// notes turns marked block quotes into notes.
type notes struct{}

// Transform implements goldmark's parser.ASTTransformer.
func (notes) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	source := reader.Source()
	for child := document.FirstChild(); child != nil; {
		next := child.NextSibling()
		if quote, ok := child.(*ast.Blockquote); ok {
			transformQuote(document, quote, source)
		}
		child = next
	}
}

// transformQuote replaces a block quote by a note if it begins with a marker.
func transformQuote(document *ast.Document, quote *ast.Blockquote, source []byte) {
	paragraph, ok := quote.FirstChild().(*ast.Paragraph)
	if !ok || paragraph.Lines().Len() == 0 {
		return
	}
	first := paragraph.Lines().At(0)
	match := noteMarker.FindSubmatch(first.Value(source))
	if match == nil {
		return
	}
	// The marker is the whole first line: drop its inline nodes.
	for node := paragraph.FirstChild(); node != nil; {
		next := node.NextSibling()
		if t, ok := node.(*ast.Text); !ok || t.Segment.Start >= first.Stop {
			break
		}
		paragraph.RemoveChild(paragraph, node)
		node = next
	}
	if paragraph.ChildCount() == 0 {
		quote.RemoveChild(quote, paragraph)
	}
	n := &note{kind: strings.ToLower(string(match[1]))}
	for node := quote.FirstChild(); node != nil; {
		next := node.NextSibling()
		n.AppendChild(n, node)
		node = next
	}
	document.ReplaceChild(document, quote, n)
}
