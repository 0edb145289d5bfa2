package console

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"
	"text/template"
	"time"

	"sessionlab/session/pyjson"
)

// A step is an operation with what it returns when all are done on one session.
type step struct {
	Command
	Outcome
	Missing bool
}

// steps does the operations again, on one session in memory.
func steps(entries []Entry) (base pyjson.Value, all []step) {
	if len(entries) == 0 {
		return "{}", nil
	}
	s := detached(entries[0].Before, func() time.Time { return entries[0].At })
	for _, e := range entries {
		outcome, err := Run(s, e.Command)
		all = append(all, step{e.Command, outcome, err != nil})
	}
	return Of(entries[0].Before), all
}

// checked reports whether the operation returns something that is the same each time.
func (s step) checked() bool {
	switch s.Op {
	case "get", "has_key", "keys", "values", "items", "pop", "setdefault", "is_empty", "get_expire_at_browser_close", "test_cookie_worked":
		return true
	}
	return false
}

// PythonScript returns the history as a script for Django's shell (manage.py shell). It raises
// AssertionError where a result differs.
func PythonScript(entries []Entry) string {
	base, all := steps(entries)
	var b strings.Builder
	b.WriteString("from datetime import datetime\nfrom importlib import import_module\n\nfrom django.conf import settings\n\n")
	b.WriteString("s = import_module(settings.SESSION_ENGINE).SessionStore()\n")
	if base != "{}" {
		fmt.Fprintf(&b, "s.update(%s)\n", Python(base))
	}
	for _, step := range all {
		line := step.Command.Python("s")
		switch {
		case step.Missing:
			fmt.Fprintf(&b, "try:\n    %s\n    raise AssertionError('no KeyError')\nexcept KeyError:\n    pass\n\n", line)
		case step.Op == "keys", step.Op == "values", step.Op == "items":
			fmt.Fprintf(&b, "assert [%s for x in %s] == %s\n", map[bool]string{true: "list(x)", false: "x"}[step.Op == "items"], line, step.Outcome.Python())
		case step.Op == "has_key": // without parentheses Python would compare s with the result
			fmt.Fprintf(&b, "assert (%s) == %s\n", line, step.Outcome.Python())
		case step.checked():
			fmt.Fprintf(&b, "assert %s == %s\n", line, step.Outcome.Python())
		default:
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// GoTest returns the history as a test in Go, of the lab's package session_test.
func GoTest(entries []Entry) (string, error) {
	base, all := steps(entries)
	data := struct{ Lines []string }{}
	for _, part := range base.Parts() {
		data.Lines = append(data.Lines, "s.Set("+strconv.Quote(part.Name)+", "+Go(part.Value)+")")
	}
	for _, step := range all {
		data.Lines = append(data.Lines, step.goLines())
	}
	var b bytes.Buffer
	if err := goTest.Execute(&b, data); err != nil {
		return "", err
	}
	return tidy(b.String())
}

// tidy returns the test, formatted and without unused imports.
func tidy(source string) (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", source, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	used := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := call.X.(*ast.Ident); ok {
				used[of.Name] = true
			}
		}
		return true
	})
	for _, i := range file.Imports {
		if name := path.Base(strings.Trim(i.Path.Value, `"`)); !used[name] {
			source = strings.Replace(source, "\t"+i.Path.Value+"\n", "", 1)
		}
	}
	formatted, err := format.Source([]byte(source))
	return string(formatted), err
}

// goLines returns the step with a check of what it returns.
func (s step) goLines() string {
	key, result := strconv.Quote(s.Key), Go(s.Result)
	switch {
	case s.Missing:
		call := s.Command.Go()
		switch s.Op {
		case "del":
			call = "s.Pop(" + key + ")"
		case "delete_test_cookie":
			return "equal(" + call + ", false)"
		}
		return "if _, ok := " + call + "; ok {\nt.Error(" + key + ", \"is there\")\n}"
	case s.Op == "get" && s.Value != "" && s.Value != nothing:
		return "if v, ok := s.Lookup(" + key + "); ok {\nequal(v, " + result + ")\n}"
	case s.Op == "get" && s.Value == "", s.Op == "pop" && s.Value == "":
		return "if v, ok := " + s.Command.Go() + "; !ok {\nt.Error(" + key + ", \"is missing\")\n} else {\nequal(v, " + result + ")\n}"
	case s.Op == "pop":
		return "if v, ok := s.Pop(" + key + "); ok {\nequal(v, " + result + ")\n}"
	case s.Op == "keys": // SetAll adds in alphabetical order
		names := "[]string{"
		for _, part := range s.Result.Parts() {
			names += Go(part.Value) + ", "
		}
		return "equal(slices.Sorted(slices.Values(s.Keys())), slices.Sorted(slices.Values(" + names + "})))"
	case s.Op == "values", s.Op == "items":
		return s.goItems()
	case s.Op == "save" && s.Modified:
		return "s.Cycle() // Save creates no empty session, as Django's does"
	case s.Op == "save":
		return "if err := s.Save(); err != nil {\nt.Fatal(err)\n}"
	case s.checked():
		return "equal(" + s.Command.Go() + ", " + result + ")"
	}
	return s.Command.Go()
}

func (s step) goItems() string {
	if s.Op == "values" {
		return fmt.Sprintf("equal(len(maps.Collect(s.Items())), %d)", len(s.Result.Parts()))
	}
	var all []string
	for _, pair := range s.Result.Parts() {
		item := pair.Value.Parts()
		all = append(all, Go(item[0].Value)+": "+Go(item[1].Value))
	}
	return "equal(maps.Collect(s.Items()), map[string]any{" + strings.Join(all, ", ") + "})"
}

var goTest = template.Must(template.New("").Parse(`package session_test

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"sessionlab/session"
)

func TestConsole(t *testing.T) {
	equal := func(got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
	store := session.NewCache(session.DefaultLimits(), time.Now)
	s := session.Open(t.Context(), store, "", time.Now)
{{range .Lines}}{{.}}
{{end}}if err := s.Save(); err != nil {
		t.Fatal(err)
	}
}
`))
