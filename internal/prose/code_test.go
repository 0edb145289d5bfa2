package prose

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

func testBook() *Book {
	return New(os.DirFS("../.."), func(_, id string) string { return id }, nil)
}

// The lines that use the session or a cookie are highlighted, and no others.
func TestHandler(t *testing.T) {
	tests := []struct {
		name     string
		lit, dim []string
	}{
		{"GetAddCookie", []string{"Request", "setCounter"}, []string{"personal", "JSON"}},
		{"GetAddSession", []string{"Update"}, []string{"personal", "JSON"}},
		{"LogIn", []string{"logIn"}, []string{"SafeNext", "ReadForm"}},
		{"logIn", []string{"Cycle", "Flush", "IS_LOGIN", "username"}, []string{"CanRevoke"}},
		{"IndexView", []string{"Member"}, []string{"LessonPage", "Render"}},
	}
	line := regexp.MustCompile(`(?s)<span class="line( hl)?">(.*?)(\n|$)`)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, err := testBook().Handler(test.name)
			if err != nil {
				t.Fatal(err)
			}
			lines := line.FindAllStringSubmatch(string(code.HTML), -1)
			if len(lines) != code.Last-code.First+1 {
				t.Errorf("%d lines from %d to %d", len(lines), code.First, code.Last)
			}
			isLit := func(word string) bool {
				for _, l := range lines[1:] {
					if strings.Contains(l[2], word) && l[1] != "" {
						return true
					}
				}
				return false
			}
			for _, word := range test.lit {
				if !isLit(word) {
					t.Errorf("the line with %s is not lit:\n%s", word, code.HTML)
				}
			}
			for _, word := range test.dim {
				if isLit(word) {
					t.Errorf("the line with %s is lit", word)
				}
			}
		})
	}
	if _, err := testBook().Handler("Nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unknown function: %v", err)
	}
}

func TestShowMe(t *testing.T) {
	lesson, err := testBook().render("en", "# T\n\nLead\n\n[a](stage:/get_add_cookie#response) [b](<stage:POST /online/login/#session> \"log-in\") [c](/cookie/)\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<a href="/stage/" class="show-me" data-show="GET /get_add_cookie" data-step="response">a</a>`,
		`<a href="/stage/" class="show-me" data-show="POST /online/login/" data-step="session" data-press="#log-in">b</a>`,
		`<a href="/cookie/">c</a>`,
	} {
		if !strings.Contains(string(lesson.Text), want) {
			t.Errorf("no %s in\n%s", want, lesson.Text)
		}
	}
}

func TestTranslatedComments(t *testing.T) {
	const code = "func f() {\n\ta := 1 // one\n\t// two\n\t// lines\n\treturn // not known\n}"
	got, err := translate(code, map[string]string{"one": "一", "two lines": "两行"})
	if want := "func f() {\n\ta := 1 // 一\n\t// 两行\n\treturn // not known\n}"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHighlightEscapes(t *testing.T) {
	for _, language := range []string{"sql", "json", "no such language"} {
		if got := string(Highlight(language, `SELECT '<script>alert(1)</script>'`)); strings.Contains(got, "<script") {
			t.Errorf("%s: %s", language, got)
		}
	}
}
