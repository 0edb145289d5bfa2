package handlers

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The program embeds the source of lessons and laboratories, which its pages quote, but no tests.
func TestEmbeddedSource(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .EmbedFiles "\n"}}`, "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	embedded := strings.Fields(string(out))
	for _, name := range embedded {
		if strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s is a test, and embedded: see embed.go", name)
		}
	}
	for _, pattern := range []string{"*.go", "*/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			name = "handlers/" + filepath.ToSlash(name)
			if !strings.HasSuffix(name, "_test.go") && !slices.Contains(embedded, name) {
				t.Errorf("%s is not embedded: embed.go has to name it", name)
			}
		}
	}
}
