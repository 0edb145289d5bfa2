package prose

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// functions holds the functions of the handlers and of the laboratories below them.
type functions struct {
	in     map[string]map[string]*function // by folder, then by name
	byName map[string]*function            // those of the lessons, and the exported ones of laboratories
}

// function holds a function's source and the calls in it.
type function struct {
	file   string
	source string
	first  int
	calls  []call
}

// call describes a call in a function.
type call struct {
	line  int
	name  string // of a function, or of a method of the same receiver; otherwise ""
	keeps bool   // it uses the session or sets a cookie
	reads bool   // it reads a cookie
}

// readFunctions reads all functions of the handlers, except those in tests.
func readFunctions(files fs.FS) (*functions, error) {
	all := &functions{map[string]map[string]*function{}, map[string]*function{}}
	err := fs.WalkDir(files, "handlers", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declared := range parsed.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Body != nil {
				start, end := set.Position(f.Pos()), set.Position(f.End())
				all.add(f.Name.Name, &function{file, string(source[start.Offset:end.Offset]), start.Line, calls(set, f.Body, receiver(f))})
			}
		}
		return nil
	})
	return all, err
}

// add stores a function under its name.
func (all *functions) add(name string, f *function) {
	folder := path.Dir(f.file)
	if all.in[folder] == nil {
		all.in[folder] = map[string]*function{}
	}
	all.in[folder][name] = f
	if ast.IsExported(name) || folder == "handlers" {
		all.byName[name] = f
	}
}

// receiver returns the name of a method's receiver, or "".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 || len(f.Recv.List[0].Names) == 0 {
		return ""
	}
	return f.Recv.List[0].Names[0].Name
}

// calls returns the calls in a body. It also notices method calls on a variable that holds a session.
func calls(set *token.FileSet, body *ast.BlockStmt, receiver string) (all []call) {
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
				if on == nil || on.Name != receiver {
					c.name = "" // a method of something else
				}
			}
			all = append(all, c)
		}
		return true
	})
	return all
}

// isSession reports whether a call returns the session, or the member that the session belongs to.
func isSession(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	on, ok := f.X.(*ast.Ident)
	return ok && slices.Contains([]string{"session.From", "sessions.Default", "visitor.Member"}, on.Name+"."+f.Sel.Name)
}

// lit returns the lines that use the session or a cookie, directly or through another function in the same
// folder, as ranges for chroma.
func (f *function) lit(all *functions) (ranges [][2]int) {
	var lines []int
	for _, c := range f.calls {
		if c.keeps || c.reads || all.keep(path.Dir(f.file), c.name, maxCalls) {
			lines = append(lines, c.line)
		}
	}
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		ranges = append(ranges, [2]int{line, line})
	}
	return ranges
}

// maxCalls bounds how deep calls are followed.
const maxCalls = 3

// keep reports whether the function of that name in a folder uses the session or sets a cookie.
func (all *functions) keep(folder, name string, depth int) bool {
	f := all.in[folder][name]
	return f != nil && depth > 0 && slices.ContainsFunc(f.calls, func(c call) bool {
		return c.keeps || all.keep(folder, c.name, depth-1)
	})
}
