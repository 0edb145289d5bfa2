package prose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// functions are those of the handlers, by name.
type functions map[string]*function

// function is a function of the program, with what its lines call.
type function struct {
	file   string
	source string
	first  int
	calls  []call
}

// call is a call in a function.
type call struct {
	line  int
	name  string // of the function or method
	keeps bool   // it uses the session or sets a cookie
	reads bool   // it reads a cookie
}

func readFunctions(files fs.FS) (functions, error) {
	names, err := fs.Glob(files, "handlers/*.go")
	if err != nil {
		return nil, err
	}
	all := functions{}
	for _, file := range names {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := fs.ReadFile(files, file)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Body != nil {
				start, end := set.Position(f.Pos()), set.Position(f.End())
				all[f.Name.Name] = &function{file, string(source[start.Offset:end.Offset]), start.Line, calls(set, f.Body)}
			}
		}
	}
	return all, nil
}

// calls finds what a body calls, and the variables that hold a session.
func calls(set *token.FileSet, body *ast.BlockStmt) (all []call) {
	sessions := map[string]bool{}
	ast.Inspect(body, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.AssignStmt:
			if made, ok := n.Rhs[0].(*ast.CallExpr); ok && len(n.Lhs) == 1 && isSession(made) {
				if name, ok := n.Lhs[0].(*ast.Ident); ok {
					sessions[name.Name] = true
				}
			}
		case *ast.CallExpr:
			c := call{line: set.Position(n.Pos()).Line, keeps: isSession(n)}
			switch f := n.Fun.(type) {
			case *ast.Ident:
				c.name = f.Name
			case *ast.SelectorExpr:
				c.name = f.Sel.Name
				on, _ := f.X.(*ast.Ident)
				c.keeps = c.keeps || c.name == "SetCookie" || on != nil && sessions[on.Name]
				c.reads = c.name == "Cookie"
				if on == nil || on.Name != "l" {
					c.name = "" // a method of something else
				}
			}
			all = append(all, c)
		}
		return true
	})
	return all
}

// isSession tells session.From(c) and sessions.Default(c).
func isSession(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	on, ok := f.X.(*ast.Ident)
	return ok && (on.Name == "session" && f.Sel.Name == "From" || on.Name == "sessions" && f.Sel.Name == "Default")
}

// lit are the lines, as ranges for chroma, that use the session or a cookie, also by way of another
// function of the handlers.
func (f *function) lit(all functions) (ranges [][2]int) {
	var lines []int
	for _, c := range f.calls {
		if c.keeps || c.reads || all.keep(c.name, maxCalls) {
			lines = append(lines, c.line)
		}
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		ranges = append(ranges, [2]int{line, line})
	}
	return ranges
}

// maxCalls is how far calls are followed.
const maxCalls = 3

// keep tells whether the function of that name uses the session or sets a cookie.
func (all functions) keep(name string, depth int) bool {
	f := all[name]
	return f != nil && depth > 0 && slices.ContainsFunc(f.calls, func(c call) bool {
		return c.keeps || all.keep(c.name, depth-1)
	})
}
