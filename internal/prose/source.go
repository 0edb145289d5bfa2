package prose

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
)

// Function returns the source of the function or method name in file, without its doc comment. Lessons quote
// source through it instead of containing copies, so that a page always shows the code that runs.
func Function(files fs.FS, file, name string) (string, error) {
	source, err := fs.ReadFile(files, file)
	if err != nil {
		return "", fmt.Errorf("quote %s: %w", name, err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return "", fmt.Errorf("quote %s: %w", name, err)
	}
	for _, declared := range parsed.Decls {
		if function, ok := declared.(*ast.FuncDecl); ok && function.Name.Name == name {
			return string(source[set.Position(function.Pos()).Offset:set.Position(function.End()).Offset]), nil
		}
	}
	return "", fmt.Errorf("quote %s: %s has no such function", name, file)
}

// original returns a file of the Django tutorial.
func original(files fs.FS, file string) (string, error) {
	source, err := fs.ReadFile(files, "lessons/original/"+file)
	if err != nil {
		return "", fmt.Errorf("quote the original: %w", err)
	}
	return strings.TrimRight(string(source), "\n"), nil
}
