package powercut

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sessionlab/internal/labtest"
)

const (
	browsers = 3
	secret   = "the test's own key"
)

// lives lists how far each browser counts in each run of the lab on the same file. The second run is long enough for
// SQLite, at 1000 pages, to move the log into the file and to write the log from its beginning again.
var lives = []int{30, 220}

// strace returns a command that runs a program and records what it does to files. If its standard error is a pipe, as
// labtest makes it, the command ends only when strace has ended, too: both hold the pipe open.
func strace(trace string, program ...string) *exec.Cmd {
	options := []string{
		"-f", "--seccomp-bpf", "-e", "trace=" + traced, // all threads; only these calls are slow
		"-y", "-xx", "-s", "1000000", // paths; whole texts, in hexadecimal
		"-D", // strace is the program's child and not its parent, so that signals reach the program
		"-o", trace,
	}
	return exec.Command("strace", append(options, program...)...)
}

// recording holds what happened while browsers counted. Its time line is the lines of the trace.
type recording struct {
	folder  string
	calls   []*call
	lines   int
	started int // when the lab first printed that it is running
	answers []answer
}

// answer is a count that the lab began to send at a line of the trace.
type answer struct {
	line  int
	key   string // of the session
	count int
}

var (
	cookie = regexp.MustCompile(`\r\nSet-Cookie: sessionid=(\w+);`)
	body   = regexp.MustCompile(`\r\n\r\n{"res":(\d+)}`)
)

// record runs the lab with its data in folder while browsers count.
func record(t *testing.T, folder string) *recording {
	t.Helper()
	aside := t.TempDir()
	binary, err := labtest.Build(aside)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{folder: folder}
	clients := make([]http.Client, browsers)
	for i := range clients {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		clients[i].Jar = jar
		clients[i].Transport = &http.Transport{}
	}
	told := 0
	for life, last := range lives {
		trace := filepath.Join(aside, fmt.Sprint("trace", life))
		command := labtest.Command(binary, filepath.Join(folder, "lab.db"), "-secret-key", secret)
		lab := labtest.Start(t, strace(trace, command.Args...))
		var counting sync.WaitGroup
		for i := range clients {
			counting.Go(func() {
				defer clients[i].CloseIdleConnections()
				for n := told + 1; n <= last; n++ {
					if err := count(&clients[i], lab.URL, n); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		counting.Wait()
		if err := lab.Stop(); err != nil {
			t.Fatalf("the lab ended with %v", err)
		}
		told = last
		calls, next := readTrace(t, trace, r.lines)
		r.calls, r.lines = append(r.calls, calls...), next
	}
	for _, c := range r.calls {
		if c.name != "write" {
			continue
		}
		key, number := cookie.FindStringSubmatch(c.args[1]), body.FindStringSubmatch(c.args[1])
		if key != nil && number != nil {
			n, err := strconv.Atoi(number[1])
			if err != nil {
				t.Fatal(err)
			}
			r.answers = append(r.answers, answer{c.began, key[1], n})
		}
		if r.started == 0 && strings.Contains(c.args[1], "open    http") {
			r.started = c.began
		}
	}
	if want := browsers * told; len(r.answers) != want || r.started == 0 {
		t.Fatalf("the trace has %d answers, want %d", len(r.answers), want)
	}
	return r
}

// count counts once, and wants that number.
func count(client *http.Client, base string, want int) error {
	n, err := labtest.Count(client, base)
	if err == nil && n != want {
		err = fmt.Errorf("counted to %d, want %d", n, want)
	}
	return err
}
