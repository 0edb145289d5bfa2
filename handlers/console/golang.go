package console

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

type goName struct {
	name, op string
	none     bool // the value of a missing key is nil
}

// goNames lists the operations as Go has them. Where Django raises KeyError, Go returns false beside
// the value. Delete ignores missing keys: that is pop with a default.
var goNames = []goName{
	{"Get", "get", true}, {"Lookup", "get", false}, {"Has", "has_key", false}, {"Keys", "keys", false},
	{"Items", "items", false}, {"IsEmpty", "is_empty", false}, {"ID", "session_key", false},
	{"Set", "set", false}, {"Pop", "pop", false}, {"Delete", "pop", true}, {"SetDefault", "setdefault", false},
	{"SetAll", "update", false}, {"Clear", "clear", false}, {"Flush", "flush", false}, {"Cycle", "cycle_key", false},
	{"Save", "save", false}, {"SetExpiry", "set_expiry", false}, {"ExpiryAge", "get_expiry_age", false},
	{"ExpiryDate", "get_expiry_date", false}, {"ExpiresAtBrowserClose", "get_expire_at_browser_close", false},
	{"SetTestCookie", "set_test_cookie", false}, {"TestCookieWorked", "test_cookie_worked", false},
	{"DeleteTestCookie", "delete_test_cookie", false},
}

// A goLine is a line that go/parser has read as an expression. Only what the console knows is allowed
// in it.
type goLine struct {
	reader
	file *token.File
}

// parseGo reads a call of a session's method.
func parseGo(line string) (c Command, err error) {
	g := &goLine{reader: reader{text: line}}
	if g.tokens(); g.err != nil {
		return c, g.err
	}
	files := token.NewFileSet()
	expr, err := parser.ParseExprFrom(files, "", line, parser.SkipObjectResolution)
	if expr != nil {
		g.file = files.File(expr.Pos())
		c = g.operation(expr)
	}
	if wrong, ok := errors.AsType[scanner.ErrorList](err); ok {
		g.syntax(wrong[0])
	}
	if g.err != nil {
		return Command{}, g.err
	}
	return c, nil
}

// tokens refuses what does not show in an expression's tree: comments, trailing commas, three dots
// and line breaks. It also keeps lines that nest too deep from go/parser, which is recursive.
func (g *goLine) tokens() {
	if i := strings.IndexFunc(g.text, func(c rune) bool { return c < ' ' && c != '\t' }); i >= 0 {
		g.failAt(i, "escape", "")
	}
	file := token.NewFileSet().AddFile("", -1, len(g.text))
	var s scanner.Scanner
	s.Init(file, []byte(g.text), nil, scanner.ScanComments)
	depth, run := 0, 0 // open brackets, and tokens without a comma, of which a map takes eight
	for last := token.ILLEGAL; last != token.EOF && g.err == nil; {
		pos, tok, _ := s.Scan()
		run++
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
			if last == token.COMMA {
				g.failAt(file.Offset(pos), "value", "")
			}
		case token.COMMA:
			run = 0
		case token.COMMENT, token.ELLIPSIS:
			g.failAt(file.Offset(pos), "value", "")
		}
		if depth > maxDepth+3 || run > 10*maxDepth {
			g.failAt(file.Offset(pos), "depth", "")
		}
		last = tok
	}
}

func (g *goLine) source(n ast.Node) string {
	return g.text[g.file.Offset(n.Pos()):g.file.Offset(n.End())]
}

func (g *goLine) fail(pos token.Pos, want, token string) { g.failAt(g.file.Offset(pos), want, token) }

// failAfter fails at what follows a position and spaces.
func (g *goLine) failAfter(pos token.Pos, want, token string) {
	g.at = g.file.Offset(pos)
	g.space()
	g.failAt(g.at, want, token)
}

// syntax puts go/parser's error in the console's words.
func (g *goLine) syntax(e *scanner.Error) {
	at := e.Pos.Offset
	rest, isToken := strings.CutPrefix(e.Msg, "expected '")
	switch expected, _, _ := strings.Cut(rest, "'"); {
	case strings.Contains(e.Msg, "escape"):
		g.failAt(max(0, strings.LastIndex(g.text[:at], `\`)), "escape", "")
	case strings.HasSuffix(e.Msg, "not terminated"):
		g.failAt(len(g.text), "token", g.text[at:at+1])
	case strings.HasPrefix(e.Msg, "missing ',' in composite literal"):
		g.failAt(at, "comma", "}")
	case strings.HasPrefix(e.Msg, "missing ','"):
		g.failAt(at, "comma", ")")
	case !isToken:
		g.failAt(at, "value", "")
	case expected == "EOF":
		g.failAt(at, "end", "")
	default:
		g.failAt(at, "token", expected)
	}
}

// operation reads the call that the line begins with.
func (g *goLine) operation(expr ast.Expr) (c Command) {
	var call *ast.CallExpr
	var method *ast.SelectorExpr
	ast.Inspect(expr, func(n ast.Node) bool { // the innermost are found last
		if c, ok := n.(*ast.CallExpr); ok && n.Pos() == expr.Pos() {
			call = c
		}
		if m, ok := n.(*ast.SelectorExpr); ok && n.Pos() == expr.Pos() {
			method = m
		}
		return true
	})
	if method == nil || g.source(method.X) != "s" && g.source(method.X) != "x" {
		g.failAfter(expr.Pos()+1, "token", ".")
		return c
	}
	i := slices.IndexFunc(goNames, func(n goName) bool { return n.name == method.Sel.Name })
	switch {
	case i < 0:
		g.fail(method.Sel.Pos(), "operation.go", "")
		return c
	case call == nil || call.Fun != method:
		g.failAfter(method.End(), "token", "(")
		return c
	}
	c.Op = goNames[i].op
	if goNames[i].none {
		c.Value = nothing
	}
	g.arguments(call, &c)
	if call != expr {
		g.failAfter(call.End(), "end", "")
	}
	return c
}

// arguments reads the arguments, exactly as many as the operation takes.
func (g *goLine) arguments(call *ast.CallExpr, c *Command) {
	spec, _ := specOf(c.Op)
	args, end := call.Args, call.Lparen+1
	next := func(want, token string) (e ast.Expr, ok bool) {
		if len(args) == 0 {
			g.fail(call.Rparen, want, token)
			return nil, false
		}
		e, args = args[0], args[1:]
		end = e.End()
		return e, true
	}
	if spec.Key {
		if e, ok := next("name", ""); ok {
			c.Key = g.quoted(e, "name")
		}
	}
	if spec.Value != "" && spec.Value != "default" { // Go's have none
		want, token := "value", ""
		if spec.Key {
			want, token = "token", ","
		}
		if e, ok := next(want, token); ok {
			c.Value = g.argument(c.Op, e)
			if c.check("") != nil {
				g.fail(e.Pos(), spec.Value+".go", "")
			}
		}
	}
	if len(args) > 0 {
		g.failAfter(end, "token", ")")
	}
}
