package prose

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// shows turns links to the stage into links that static/js/stage.js handles. For example
//
//	[show me](<stage:POST /online/login/#session> "log-in")
//
// opens the step session of the last POST to /online/login/. If there was none yet, it offers the button with
// the id log-in. Without JavaScript the link leads to the stage.
type shows struct{}

// Transform implements goldmark's parser.ASTTransformer.
func (shows) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // the walker returns no error
		link, ok := node.(*ast.Link)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		target, ok := strings.CutPrefix(string(link.Destination), "stage:")
		if !ok {
			return ast.WalkContinue, nil
		}
		request, step, _ := strings.Cut(target, "#")
		if strings.HasPrefix(request, "/") {
			request = "GET " + request
		}
		link.Destination = []byte("/stage/")
		link.SetAttributeString("class", []byte("show-me"))
		link.SetAttributeString("data-show", []byte(request))
		link.SetAttributeString("data-step", []byte(step))
		if len(link.Title) > 0 {
			link.SetAttributeString("data-press", []byte("#"+string(link.Title)))
			link.Title = nil
		}
		return ast.WalkContinue, nil
	})
}
