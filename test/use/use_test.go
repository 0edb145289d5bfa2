// Package use tests what the documents tell those who want the packages in a program of their own
// (README.md), and those who publish the module (CONTRIBUTING.md): the commands run as they are written.
package use

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// root is the folder of the module.
const root = "../.."

// block returns the indented block of a document that contains text.
func block(t *testing.T, document, text string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(source) + "\n.") {
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			b.WriteString(code)
		case strings.TrimSpace(line) == "":
			b.WriteByte('\n')
		case strings.Contains(b.String(), text):
			return b.String()
		default:
			b.Reset()
		}
	}
	t.Fatalf("no block of %s has %s", document, text)
	return ""
}

// run runs a program in a folder, without a network: what the lab was built from is enough.
func run(t *testing.T, folder, name string, args ...string) (out string) {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "GOFLAGS=")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return string(said)
}

// build builds the program of README.md that imports a package, in a module of its own, and returns the
// executable's path. The program listens on addr.
func build(t *testing.T, imports, addr string) string {
	t.Helper()
	lab, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program := strings.ReplaceAll(block(t, "README.md", imports), "localhost:8000", addr)
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(block(t, "README.md", "go mod init")) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "../sessionlab", lab)
		}
		run(t, folder, words[0], words[1:]...)
	}
	binary := filepath.Join(folder, "hello")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	return binary
}

func TestSession(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close() // for the program to listen there

	program := exec.Command(build(t, `"sessionlab/session"`, addr))
	program.Stderr = t.Output()
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer program.Wait()
	defer program.Process.Kill()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Jar: jar, Timeout: 10 * time.Second}
	for _, want := range []string{"1\n", "2\n"} {
		response, err := browser.Get("http://" + addr + "/")
		for end := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			response, err = browser.Get("http://" + addr + "/")
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(got) != want {
			t.Errorf("counted %q, want %q (%v)", got, want, err)
		}
	}
}

func TestCookie(t *testing.T) {
	program := build(t, `"sessionlab/cookie"`, "")
	const want = `a=b; Secure: "SecureOnly"
cart=3; SameSite=Strict: ""
"": "SameSiteStrict"
`
	if got := run(t, filepath.Dir(program), program); got != want {
		t.Errorf("printed\n%s", got)
	}
}
