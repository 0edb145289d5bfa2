package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"sessionlab/stage"
)

// functionName is the name of a handler's function, such as GetAddSession.
func functionName(h handler) string {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name() // sessionlab/handlers.(*Lab).GetAddSession-fm
	return strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "-fm")
}

// source returns what knows where a handler is to be read, in the embedded files. They are looked
// through when it is asked first.
func (l *Lab) source() func(function string) stage.Source {
	all := sync.OnceValue(func() map[string]stage.Source {
		found := map[string]stage.Source{}
		files, _ := fs.Glob(l.Files, "handlers/*.go") // the pattern is good
		for _, file := range files {
			text, err := fs.ReadFile(l.Files, file)
			if err != nil {
				continue
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
			if err != nil {
				continue
			}
			for _, declared := range parsed.Decls {
				if f, ok := declared.(*ast.FuncDecl); ok {
					found[f.Name.Name] = stage.Source{File: file, Lines: [2]int{set.Position(f.Pos()).Line, set.Position(f.End()).Line}}
				}
			}
		}
		return found
	})
	return func(function string) stage.Source { return all()[function] }
}
