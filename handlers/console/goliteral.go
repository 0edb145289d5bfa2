package console

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sessionlab/session/pyjson"
)

// argument reads a value or, for set_expiry, a time.
func (g *goLine) argument(op string, e ast.Expr) pyjson.Value {
	if op == "set_expiry" {
		lit, _ := e.(*ast.BasicLit)
		switch source := g.source(e); {
		case source == "session.Never":
			return pyjson.Quote("never")
		case strings.HasPrefix(source, "time.Date("):
			return pyjson.Quote(goDate(source))
		case lit != nil && lit.Kind == token.STRING: // a string is not a time in Go
			g.fail(e.Pos(), "expiry.go", "")
		}
	}
	v, err := pyjson.Parse(g.value(e, 1))
	if err != nil {
		return "" // g.err says why
	}
	return v
}

// goDate returns the time of a time.Date(…) in UTC as RFC 3339 writes it, or "".
func goDate(source string) string {
	const form = "time.Date(%d,%d,%d,%d,%d,%d,%d,time.UTC)"
	source = strings.Join(strings.Fields(source), "")
	var n [7]int
	_, err := fmt.Sscanf(source, form, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6])
	if err != nil || source != fmt.Sprintf(form, n[0], n[1], n[2], n[3], n[4], n[5], n[6]) || slices.Min(n[:]) < 0 || slices.Max(n[:]) > 999_999_999 {
		return ""
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6], time.UTC).Format(time.RFC3339Nano)
}

// value returns the JSON of a literal.
func (g *goLine) value(e ast.Expr, depth int) string {
	if depth > maxDepth {
		g.fail(e.Pos(), "depth", "")
		return ""
	}
	switch e := e.(type) {
	case *ast.BadExpr:
		return "" // go/parser says why
	case *ast.Ident:
		if e.Name == "nil" {
			return "null"
		}
		if e.Name == "true" || e.Name == "false" {
			return e.Name
		}
	case *ast.UnaryExpr:
		if e.Op == token.SUB {
			return g.number(e)
		}
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return string(pyjson.Quote(g.quoted(e, "value")))
		}
		if e.Kind != token.CHAR {
			return g.number(e)
		}
	case *ast.CompositeLit:
		if e.Type == nil {
			break
		}
		switch g.source(e.Type) {
		case "[]any":
			return g.parts(e.Elts, "[]", depth)
		case "map[string]any":
			return g.parts(e.Elts, "{}", depth)
		}
	case *ast.CallExpr:
		if g.source(e.Fun) == "json.Number" && len(e.Args) == 1 {
			return g.largeNumber(e.Args[0])
		}
	}
	g.fail(e.Pos(), "value", "")
	return ""
}

func (g *goLine) parts(elements []ast.Expr, around string, depth int) string {
	var parts []string
	for _, e := range elements {
		name := ""
		if pair, ok := e.(*ast.KeyValueExpr); ok && around == "{}" {
			name, e = string(pyjson.Quote(g.quoted(pair.Key, "quoted")))+":", pair.Value
		} else if around == "{}" {
			g.failAfter(e.End(), "token", ":")
		}
		parts = append(parts, name+g.value(e, depth+1))
	}
	return around[:1] + strings.Join(parts, ",") + around[1:]
}

// number returns a number that is written the same way in Python.
func (g *goLine) number(e ast.Expr) string {
	g.at, g.json = g.file.Offset(e.Pos()), nil
	if g.reader.number(); g.at != g.file.Offset(e.End()) {
		g.failAt(g.at, "digit", "")
	}
	text := string(g.json)
	if _, err := strconv.ParseInt(text, 10, 64); err != nil && !strings.ContainsAny(text, ".eE") {
		g.fail(e.Pos(), "int64", "") // it would not compile
	}
	return text
}

// largeNumber returns the number in json.Number("…"), as which Go keeps an integer that does not fit an
// int64.
func (g *goLine) largeNumber(e ast.Expr) string {
	r := &reader{text: g.quoted(e, "quoted")}
	r.number()
	r.end()
	if r.err != nil {
		g.fail(e.Pos()+1, "digit", "")
	}
	return string(r.json)
}

// quoted returns the value of a string literal. Bytes that are not UTF-8 have no JSON.
func (g *goLine) quoted(e ast.Expr, want string) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		g.fail(e.Pos(), want, "")
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err == nil && !utf8.ValidString(s) {
		g.failAt(g.file.Offset(e.Pos())+strings.Index(lit.Value, `\`), "escape", "")
	}
	return s // go/parser says what is wrong
}
