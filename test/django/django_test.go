// Package django runs the lab and a real Django on the same SQLite file at the same time, and checks what each makes of
// the other's sessions and members.
//
// The Django side is in testdata: the tutorial's project, and helper.py, which carries out commands.
package django

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	_ "modernc.org/sqlite"

	"sessionlab/internal/labtest"
)

// secretKey is shared by both sides: they sign with it.
const secretKey = "the lab and Django know this one"

// python looks for a Python that has Django, once: the first in the PATH often has none.
var python = sync.OnceValue(func() string {
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		program := filepath.Join(folder, "python3")
		if exec.Command(program, "-B", "-c", "import django, argon2, bcrypt").Run() == nil {
			return program
		}
	}
	return ""
})

// findPython returns a Python that has Django, or skips the test.
func findPython(t *testing.T) string {
	t.Helper()
	labtest.Need(t, python() != "", "install Django (Debian: apt-get install python3-django python3-argon2 python3-bcrypt)")
	return python()
}

// django represents a Django process. It is safe for concurrent use; the process runs one command at a time.
type django struct {
	t       *testing.T
	mu      sync.Mutex
	in      io.Writer
	answers *json.Decoder
}

// startDjango starts Django on a file. Django opens the file at the first command that needs it.
func startDjango(t *testing.T, db string) *django {
	t.Helper()
	process := exec.Command(findPython(t), "-B", "helper.py")
	process.Dir = "testdata"
	process.Env = append(os.Environ(), "PROJECT_DB="+db, "PROJECT_SECRET_KEY="+secretKey)
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // asks it to end
		if err := process.Wait(); err != nil {
			t.Errorf("Django ended with %v", err)
		}
	})
	return &django{t: t, in: in, answers: json.NewDecoder(bufio.NewReader(out))}
}

// try runs a command in Django and decodes the answer into a pointer, unless that is nil.
func (d *django) try(answer any, name string, args ...any) error {
	line, err := json.Marshal(append([]any{name}, args...))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("tell Django to %s: %w", name, err)
	}
	var got struct {
		Answer json.RawMessage
		Error  string
	}
	if err := d.answers.Decode(&got); err != nil {
		return fmt.Errorf("Django's answer to %s: %w", name, err)
	}
	if got.Error != "" {
		return fmt.Errorf("Django could not %s: %s", name, got.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(got.Answer, answer)
}

// do runs a command that has no answer and must not fail.
func (d *django) do(name string, args ...any) {
	d.t.Helper()
	if err := d.try(nil, name, args...); err != nil {
		d.t.Fatal(err)
	}
}

// ask runs a command that must not fail, and returns its answer.
func ask[T any](d *django, name string, args ...any) T {
	d.t.Helper()
	var answer T
	if err := d.try(&answer, name, args...); err != nil {
		d.t.Fatal(err)
	}
	return answer
}

// session returns a session's data as Django sees it, in JSON, or "" if Django sees no session.
func (d *django) session(key string) string {
	d.t.Helper()
	return d.data("read", key)
}

// data runs a command that returns a session's data or None, for which data returns "".
func (d *django) data(command, argument string) string {
	d.t.Helper()
	data := ask[*string](d, command, argument)
	if data == nil {
		return ""
	}
	return *data
}

// both starts the lab and Django on a new file, which the lab makes.
func both(t *testing.T) (*lab, *django) {
	t.Helper()
	findPython(t)
	db := filepath.Join(t.TempDir(), "lab.db")
	return startLab(t, db), startDjango(t, db)
}

// openFile opens the file directly, to check what neither side shows.
func openFile(t *testing.T, db string) *sql.DB {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+filepath.ToSlash(db)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}
