package use

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sessionlab/internal/labtest"
)

// The command of CONTRIBUTING.md renames the module wherever it is named, in a copy.
func TestRename(t *testing.T) {
	for _, tool := range []string{"sh", "find", "sed"} {
		labtest.Program(t, "install the tools of a POSIX shell ("+tool+")", tool)
	}
	folder := copied(t)
	command := block(t, "CONTRIBUTING.md", "find . ")
	found := regexp.MustCompile(`new=(\S+)`).FindStringSubmatch(command)
	if found == nil {
		t.Fatalf("to which path does it rename?\n%s", command)
	}
	run(t, folder, "sh", "-e", "-c", command)
	for _, module := range []struct{ folder, path string }{
		{"", found[1]}, {"test/bench", found[1] + "/test/bench"},
	} {
		if path := strings.TrimSpace(run(t, filepath.Join(folder, module.folder), "go", "list", "-m")); path != module.path {
			t.Errorf("the module in /%s is %s, want %s", module.folder, path, module.path)
		}
	}
	run(t, folder, "go", "list", "-deps", "-test", "./...") // fails if an import is not found
	t.Run("compiled", func(t *testing.T) {
		labtest.Need(t, os.Getenv("SESSIONLAB_TEST_ALL") != "", "set SESSIONLAB_TEST_ALL=1 and have time: it compiles the lab anew")
		unoptimized := "-gcflags=" + found[1] + "/...=-N -l" // nobody runs it
		run(t, folder, "go", "build", unoptimized, "./...")
		run(t, folder, "go", "vet", unoptimized, "./session", "./cookie", "./handlers")
	})
}

// copied returns a folder with a copy of the module's files.
func copied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(folder, path), 0o700)
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := fs.ReadFile(module, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, path), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}
