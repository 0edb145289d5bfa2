package web

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// served returns the text of a static file as it is served.
func (a *Assets) served(t *testing.T, name string) string {
	t.Helper()
	url, err := a.url(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(a.byURL[strings.TrimPrefix(url, "/static/")].content)
}

func scripts(texts map[string]string) fs.FS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files["static/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// Scripts refer to each other by the names under which they are served, in whichever way they do it.
func TestAssetsLinkScripts(t *testing.T) {
	a, err := newAssets(scripts(map[string]string{
		"js/page.js":   "import { a } from './part.js';\nimport \"./side.js\";\nnew Worker(new URL(\"./worker.js\", import.meta.url));\nconst same = \"other.js\";\n",
		"js/part.js":   "export const a = 1;\n",
		"js/side.js":   "import \"./part.js\";\n",
		"js/worker.js": "\n",
		"js/other.js":  "\n",
		"css/page.css": `a { content: "./part.js" }`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	page := a.served(t, "js/page.js")
	for _, other := range []string{"js/part.js", "js/side.js", "js/worker.js"} {
		if want := `"./` + strings.TrimPrefix(a.hashed[other], "js/") + `"`; !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if !strings.Contains(page, `"other.js"`) {
		t.Errorf("a text that names no module was changed:\n%s", page)
	}
	if got := a.served(t, "css/page.css"); !strings.Contains(got, `"./part.js"`) {
		t.Errorf("a stylesheet was changed: %s", got)
	}
}

// A script's name changes with every script that it imports, directly or not: browsers keep it for a
// year.
func TestAssetsHashImports(t *testing.T) {
	files := map[string]string{"js/a.js": `import "./b.js";`, "js/b.js": `import "./c.js";`, "js/c.js": "1", "js/d.js": "1"}
	before, err := newAssets(scripts(files))
	if err != nil {
		t.Fatal(err)
	}
	files["js/c.js"] = "2"
	after, err := newAssets(scripts(files))
	if err != nil {
		t.Fatal(err)
	}
	for name, changes := range map[string]bool{"js/a.js": true, "js/b.js": true, "js/c.js": true, "js/d.js": false} {
		if changed := before.hashed[name] != after.hashed[name]; changed != changes {
			t.Errorf("%s: %s, then %s", name, before.hashed[name], after.hashed[name])
		}
	}
}

func TestAssetsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"circle":  {map[string]string{"js/a.js": `import "./b.js";`, "js/b.js": `import "./a.js";`}, "js/a.js, js/b.js, js/a.js"},
		"itself":  {map[string]string{"js/a.js": `import "./a.js";`}, "js/a.js, js/a.js"},
		"missing": {map[string]string{"js/a.js": `import "./b.js";`}, "js/a.js: open js/b.js"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newAssets(scripts(test.files)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// Every static file is named by a template or a script, and every file that a script names is served.
func TestAssetsOfTheLab(t *testing.T) {
	files := os.DirFS("../..")
	a, err := newAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	templates, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`asset "([^"]+)"`)
	for _, file := range templates {
		source, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllSubmatch(source, -1) {
			used[string(match[1])] = true
		}
	}
	imported := regexp.MustCompile(`(?:from|import|new URL\() ?["']([^"']+)["']`)
	for name := range a.hashed {
		if !strings.HasPrefix(name, "js/") {
			continue
		}
		for _, match := range imported.FindAllStringSubmatch(a.served(t, name), -1) {
			other, ok := a.byURL["js/"+strings.TrimPrefix(match[1], "./")]
			if !ok {
				t.Errorf("%s names %s, which is not served", name, match[1])
			}
			used[other.name] = true
		}
	}
	for name := range a.hashed {
		if !used[name] {
			t.Errorf("%s is left over", name)
		}
	}
}
