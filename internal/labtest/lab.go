package labtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
)

// Build builds the lab in a folder and returns the path of the executable.
func Build(folder string) (binary string, err error) {
	binary = filepath.Join(folder, "sessionlab")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	test, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("build the lab: the test does not know its module")
	}
	if out, err := exec.Command("go", "build", "-o", binary, test.Main.Path).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the lab: %w\n%s", err, out)
	}
	return binary, nil
}

// Main implements TestMain: it sets build to a function that returns the path of one lab for all tests
// of a package. The first test that asks builds it, so that none is built where all skip.
func Main(m *testing.M, build *func(t testing.TB) string) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "labtest")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		once := sync.OnceValues(func() (string, error) { return Build(folder) })
		*build = func(t testing.TB) string {
			t.Helper()
			binary, err := once()
			if err != nil {
				t.Fatal(err)
			}
			return binary
		}
		return m.Run()
	}())
}

// Command returns the command that starts a built lab with this data file on a free port. It logs nothing unless
// args say otherwise.
func Command(binary, db string, args ...string) *exec.Cmd {
	return exec.Command(binary, append([]string{"-addr", "localhost:0", "-db", db, "-log", "off"}, args...)...)
}

// Lab represents a running lab.
type Lab struct {
	URL string // without a slash at the end

	process *exec.Cmd
}

// Start runs the command of a lab and waits until the lab prints its URL. Standard error goes to the test's log
// unless the command sets it. If the lab still runs at the end of the test, it is stopped and must exit with 0.
func Start(t testing.TB, command *exec.Cmd) *Lab {
	t.Helper()
	if command.Stderr == nil {
		command.Stderr = t.Output()
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lab := &Lab{process: command}
	t.Cleanup(func() {
		if command.ProcessState != nil {
			return // the test has already ended it
		}
		if err := lab.Stop(); err != nil {
			t.Errorf("the lab ended with %v", err)
		}
	})
	if lab.URL, err = URL(out); err != nil {
		t.Fatal(err)
	}
	return lab
}

// URL reads a lab's output up to its URL, and returns that without the slash at the end. It keeps reading in the
// background, so that the lab can print more.
func URL(out io.Reader) (string, error) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, found := strings.Cut(lines.Text(), "open    "); found {
			go io.Copy(io.Discard, out)
			return strings.TrimSuffix(url, "/"), nil
		}
	}
	return "", errors.New("the lab printed no URL")
}

// Stop stops the lab like Ctrl-C and waits for it to end; nil means exit status 0. On Windows, which has no such
// signal, it kills the lab.
func (l *Lab) Stop() error {
	if runtime.GOOS == "windows" {
		return l.Kill()
	}
	return errors.Join(l.process.Process.Signal(os.Interrupt), l.process.Wait())
}

// Kill ends the lab at once, like kill -9. It returns an error if the lab had already ended on its own.
func (l *Lab) Kill() error {
	if err := l.process.Process.Kill(); err != nil {
		return err
	}
	err := l.process.Wait()
	if l.process.ProcessState.Exited() && runtime.GOOS != "windows" { // Windows does not say which it was
		return fmt.Errorf("it had ended by itself: %v", err)
	}
	return nil
}
