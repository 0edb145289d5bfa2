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
	"strings"
	"testing"
)

// Build builds the lab in a folder, and returns the path of the executable.
func Build(folder string) (binary string, err error) {
	binary = filepath.Join(folder, "sessionlab")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, "sessionlab").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the lab: %w\n%s", err, out)
	}
	return binary, nil
}

// Main is a TestMain that builds one lab for all tests of its package, and sets binary to its path.
func Main(m *testing.M, binary *string) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "labtest")
		if err == nil {
			defer os.RemoveAll(folder)
			*binary, err = Build(folder)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// Command is the command that starts a built lab on a file and a free port, without a log unless
// args say otherwise.
func Command(binary, db string, args ...string) *exec.Cmd {
	return exec.Command(binary, append([]string{"-addr", "localhost:0", "-db", db, "-log", "off"}, args...)...)
}

// Lab is a running lab.
type Lab struct {
	URL string // without the last slash

	process *exec.Cmd
}

// Start runs the command of a lab, and waits until it says its URL. Its standard error goes to the
// test's log if the command does not say where. When the test ends, a lab that still runs is
// stopped, and must end well.
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
			return // the test has seen its end
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

// URL reads what a lab prints until it says its URL, without the last slash. It goes on to read, so
// that the lab can print more.
func URL(out io.Reader) (string, error) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, url, found := strings.Cut(lines.Text(), "open    "); found {
			go io.Copy(io.Discard, out)
			return strings.TrimSuffix(url, "/"), nil
		}
	}
	return "", errors.New("the lab printed no URL")
}

// Stop stops the lab as Ctrl-C does, and waits for its end: nil is exit status 0. Windows has no
// such signal; there the lab is killed.
func (l *Lab) Stop() error {
	if runtime.GOOS == "windows" {
		return l.Kill()
	}
	return errors.Join(l.process.Process.Signal(os.Interrupt), l.process.Wait())
}

// Kill ends the lab at once, as kill -9 does. It is an error if the lab had ended by itself.
func (l *Lab) Kill() error {
	if err := l.process.Process.Kill(); err != nil {
		return err
	}
	err := l.process.Wait()
	if l.process.ProcessState.Exited() && runtime.GOOS != "windows" { // which does not tell
		return fmt.Errorf("it had ended by itself: %v", err)
	}
	return nil
}
