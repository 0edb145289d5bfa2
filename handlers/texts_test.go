package handlers

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/cookielab/experiment"
	"sessionlab/internal/member"
	"sessionlab/internal/prose"
	"sessionlab/internal/web"
)

func catalogue(t *testing.T, lang string) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../lessons/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(source, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// usedTexts returns the ids in templates and code; families are prefixes of ids that are composed,
// such as "error." and a status.
func usedTexts(t *testing.T) (ids map[string]bool, families []string) {
	t.Helper()
	ids = map[string]bool{}
	id := regexp.MustCompile(`"([a-z]+(?:\.[a-z0-9]+)*\.?)"`)
	files := os.DirFS("..")
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "test" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if path.Ext(file) != ".html" && path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		for _, match := range id.FindAllStringSubmatch(string(source), -1) {
			if strings.HasSuffix(match[1], ".") {
				families = append(families, match[1])
			}
			ids[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, families
}

func TestTextsInEveryLanguage(t *testing.T) {
	used, families := usedTexts(t)
	argument := regexp.MustCompile(`\{\{\.\w+\}\}`) // but not the words around a plural
	english := catalogue(t, "en")
	for _, lang := range web.Languages() {
		texts := catalogue(t, lang)
		for id, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", lang, id)
			}
			isFamily := slices.ContainsFunc(families, func(family string) bool { return strings.HasPrefix(id, family) })
			if !used[id] && !isFamily {
				t.Errorf("%s: %s is left over", lang, id)
			}
			if other, ok := english[id]; !ok {
				t.Errorf("en has no %s", id)
			} else if a, b := argument.FindAllString(text, -1), argument.FindAllString(other, -1); !slices.Equal(a, b) {
				t.Errorf("%s: %s has %v, en %v", lang, id, a, b)
			}
		}
		for id := range english {
			if _, ok := texts[id]; !ok {
				t.Errorf("%s has no %s", lang, id)
			}
		}
	}
}

// Every error that the lab can return, and every problem with a form, has its text.
func TestTextsOfFamilies(t *testing.T) {
	texts := catalogue(t, "en")
	for _, problem := range []member.Problem{member.Empty, member.TooLong, member.Characters} {
		if texts["problem.name."+string(problem)] == "" {
			t.Errorf("no words for a name: %s", problem)
		}
	}
	for _, problem := range []member.Problem{member.Empty, member.TooLong, member.TooShort, member.Characters, member.Common, member.SameAsName} {
		if texts["problem.password."+string(problem)] == "" {
			t.Errorf("no words for a password: %s", problem)
		}
	}
	for _, status := range []string{"400", "403", "404", "405", "413", "414", "421", "429", "431", "500", "503"} {
		for _, part := range []string{"title", "text"} {
			if texts["error."+status+"."+part] == "" {
				t.Errorf("no words for %s of %s", part, status)
			}
		}
	}
}

// Every lesson exists in every language with the same sections, and everything that it quotes exists.
func TestLessons(t *testing.T) {
	files := os.DirFS("..")
	lab := newTestLab(t)
	book := prose.New(files, lab.lab.site.Texts.Text, map[string]string{"engine": "db"})
	section := regexp.MustCompile(`<h2 id="([^"]+)"`)
	quoted := regexp.MustCompile(`(?m)^(?:python|js|go) .*$`)
	var names []string
	for _, stop := range tour {
		names = append(names, stop.Name+".md")
		var sections [][]string
		for _, lang := range web.Languages() {
			lesson, err := book.Lesson(lang, stop.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			page := string(lesson.At("http://localhost:7377").Text)
			if strings.Contains(page, "{{") || strings.Contains(page, "sessionlab.invalid") {
				t.Errorf("%s/%s: a placeholder is left", lang, stop.Name)
			}
			if strings.Contains(page, "[!") {
				t.Errorf("%s/%s: an unknown note", lang, stop.Name)
			}
			var ids []string
			for _, match := range section.FindAllStringSubmatch(page, -1) {
				ids = append(ids, match[1])
			}
			sections = append(sections, ids)
		}
		if len(sections) == 2 && !slices.Equal(sections[0], sections[1]) {
			t.Errorf("%s: sections %v and %v", stop.Name, sections[0], sections[1])
		}
	}
	var used []string
	for _, lang := range web.Languages() {
		found, err := fs.Glob(files, "lessons/"+lang+"/*.md")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			if !slices.Contains(names, path.Base(file)) {
				t.Errorf("%s is left over", file)
			}
			source, err := fs.ReadFile(files, file)
			if err != nil {
				t.Fatal(err)
			}
			used = append(used, quoted.FindAllString(string(source), -1)...)
		}
	}
	originals, err := fs.Glob(files, "lessons/original/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range originals {
		name := strings.TrimSuffix(path.Base(file), path.Ext(file))
		if !slices.ContainsFunc(used, func(line string) bool { return strings.HasSuffix(line, " "+name) }) {
			t.Errorf("%s is left over", file)
		}
	}
}

// The sections that have moved to pages of their own can be found at their old anchors.
func TestOldAnchors(t *testing.T) {
	v := newTestLab(t).Visitor()
	for page, anchors := range map[string][]string{
		"/session/": {"code", "race", "prepare", "engines", "operations", "expiry"},
		"/cookie/":  {"limits", "isolation", "operations", "trust"},
	} {
		body := v.Get(page).Body
		for _, anchor := range anchors {
			if !strings.Contains(body, ` id="`+anchor+`"><a href="`+page) {
				t.Errorf("%s#%s leads nowhere", page, anchor)
			}
		}
	}
}

// Every comment in the code that lessons quote has its translation, and no translation is left over.
func TestCommentsInEveryLanguage(t *testing.T) {
	files := os.DirFS("..")
	quoted := regexp.MustCompile(`(?m)^go (\S+) (\S+)$`)
	comments := map[string]bool{}
	lessons, err := fs.Glob(files, "lessons/en/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range lessons {
		source, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range quoted.FindAllStringSubmatch(string(source), -1) {
			code, err := prose.Function(files, match[1], match[2])
			if err != nil {
				t.Fatal(err)
			}
			found, err := prose.Comments(code)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range found {
				comments[text] = true
			}
		}
	}
	for _, lang := range web.Languages() {
		if lang == "en" {
			continue
		}
		translations := catalogue(t, lang+".comments")
		for text := range comments {
			if strings.TrimSpace(translations[text]) == "" {
				t.Errorf("%s: no translation of the comment %q", lang, text)
			}
		}
		for text := range translations {
			if !comments[text] {
				t.Errorf("%s: the comment %q is left over", lang, text)
			}
		}
	}
}

func TestQuotedSource(t *testing.T) {
	code, err := prose.Function(os.DirFS(".."), "handlers/cookie.go", "GetAddCookie")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(code, "func (l *counters) GetAddCookie(") || !strings.HasSuffix(code, "\n}") {
		t.Errorf("quoted:\n%s", code)
	}
	if _, err := prose.Function(os.DirFS(".."), "handlers/cookie.go", "Nothing"); err == nil {
		t.Error("a function that does not exist was quoted")
	}
}

// Every card has its texts, including one for every outcome.
func TestTextsOfCards(t *testing.T) {
	texts := catalogue(t, "en")
	for _, set := range experiment.Sets() {
		ids := []string{"card.set." + set.Name, "card.set." + set.Name + ".text"}
		for _, card := range set.Cards {
			for _, part := range append([]string{"title", "ask", "why", "home"}, saws(card.Outcomes)...) {
				ids = append(ids, "card."+card.Name+"."+part)
			}
		}
		for _, id := range ids {
			if texts[id] == "" {
				t.Errorf("no words for %s", id)
			}
		}
	}
}

func saws(outcomes []string) (parts []string) {
	for _, outcome := range outcomes {
		parts = append(parts, "saw."+outcome)
	}
	return parts
}
