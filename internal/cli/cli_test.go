package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionlab/internal/labtest"
)

// command runs the program with these arguments, as a shell would.
func command(t *testing.T, stdin string, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, process{os.DirFS("../.."), func(name string) string { return env[name] }, strings.NewReader(stdin), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

// runHere runs a lab with a new file and a free port in this process, until stop is called. Then done receives its exit
// status.
func runHere(t *testing.T, args ...string) (base string, stop func(), done <-chan int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	args = append([]string{"-addr", "127.0.0.1:0", "-db", filepath.Join(t.TempDir(), "lab.db"), "-log", "off"}, args...)
	in, out := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- run(ctx, args, process{os.DirFS("../.."), func(string) string { return "" }, strings.NewReader(""), out, os.Stderr})
		out.Close()
	}()
	base, err := labtest.URL(in)
	if err != nil {
		t.Fatal(err)
	}
	return base, stop, ended
}

// Both loopback addresses answer by plain http, whichever is served first.
func TestLocalhost(t *testing.T) {
	base, stop, done := runHere(t, "-addr", "localhost:0")
	port := base[strings.LastIndexByte(base, ':'):]
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if conn, err := net.Dial("tcp", host+port); err != nil {
			continue // a machine without IPv6
		} else {
			conn.Close()
		}
		response, err := http.Get("http://" + host + port + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", host, response.Status)
		}
	}
	stop()
	<-done
}

func TestUsage(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  map[string]string
		code int
		says string // part of standard error
	}{
		{"unknown command", []string{"fly"}, nil, 2, "fly"},
		{"unknown flag", []string{"serve", "-fly"}, nil, 2, "fly"},
		{"an argument too many", []string{"serve", "x"}, nil, 2, "arguments"},
		{"wrong engine", []string{"-session-engine", "floppy"}, nil, 2, "floppy"},
		{"wrong engine in the environment", nil, map[string]string{"SESSIONLAB_SESSION_ENGINE": "floppy"}, 2, "floppy"},
		{"empty secret key", []string{"-secret-key", ""}, nil, 2, "empty"},
		{"wrong language", []string{"-lang", "xx"}, nil, 2, "xx"},
		{"wrong log", []string{"-log", "loud"}, nil, 2, "loud"},
		{"wrong switch in the environment", nil, map[string]string{"SESSIONLAB_OPEN": "perhaps"}, 2, "SESSIONLAB_OPEN"},
		{"no port", []string{"-addr", "localhost"}, nil, 2, "localhost"},
		{"half a certificate", []string{"-tls-cert", "x.pem"}, nil, 2, "-tls-key"},
		{"backup to nowhere", []string{"backup"}, nil, 2, "backup"},
		{"members of what", []string{"members", "dance"}, nil, 2, "dance"},
		{"member without name", []string{"members", "add"}, nil, 2, "add"},
		{"no data file", []string{"members", "-db", "/nowhere/lab.db"}, nil, 1, "/nowhere/lab.db"},
		{"no folder", []string{"serve", "-addr", "localhost:0", "-db", "/nowhere/lab.db"}, nil, 1, "/nowhere/lab.db"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, _, errs := command(t, "", test.env, test.args...)
			if code != test.code || !strings.Contains(errs, test.says) {
				t.Errorf("exit %d, want %d: %s", code, test.code, errs)
			}
			if test.code == 1 && strings.Count(errs, "\n") != 1 {
				t.Errorf("more than one line:\n%s", errs)
			}
		})
	}
}

func TestHelpNamesFlagsAndEnvironment(t *testing.T) {
	for command, flags := range map[string][]string{
		"serve":         {"addr", "db", "session-engine", "secret-key", "tls-cert", "tls-key", "tls-self-signed", "host", "lang", "log", "open"},
		"clearsessions": {"db"}, "members": {"db"}, "backup": {"db"}, "doctor": {"addr", "db"}, "version": {"json"},
	} {
		code, out, errs := run3(t, command, "-h")
		if code != 0 || errs != "" {
			t.Errorf("%s -h: exit %d, %s", command, code, errs)
		}
		for _, name := range flags {
			if !strings.Contains(out, "-"+name) || !strings.Contains(out, envName(name)) {
				t.Errorf("%s -h does not name -%s and %s:\n%s", command, name, envName(name), out)
			}
		}
	}
}

func run3(t *testing.T, args ...string) (int, string, string) {
	t.Helper()
	return command(t, "", nil, args...)
}

func TestFlagWinsOverEnvironment(t *testing.T) {
	env := map[string]string{"SESSIONLAB_HOST": "one two", "SESSIONLAB_LANG": "en", "SESSIONLAB_DB": "env.db"}
	var o options
	f := serveFlags(&o, process{getenv: func(name string) string { return env[name] }, out: &bytes.Buffer{}, err: &bytes.Buffer{}})
	if _, err := f.parse([]string{"-lang", "zh", "-host", "three", "-host", "four"}, 0, 0); err != nil {
		t.Fatal(err)
	}
	if o.lang != "zh" || o.db != "env.db" || o.addr != defaultAddr || fmt.Sprint(o.hosts.values) != "[three four]" {
		t.Errorf("%+v", o)
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := run3(t, "version", "-json")
	var b build
	if err := json.Unmarshal([]byte(out), &b); err != nil || code != 0 || b.Go == "" || b.OS == "" || b.Commit == "" {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

func TestMembersAndBackup(t *testing.T) {
	folder := t.TempDir()
	db := filepath.Join(folder, "lab 100%#?.db")
	steps := []struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		{"correct horse battery\n", []string{"members", "-db", db, "add", "小明"}, 0, "小明"},
		{"correct horse battery\n", []string{"members", "-db", db, "add", "小明"}, 1, "taken"},
		{"short\n", []string{"members", "-db", db, "add", "bob"}, 1, "too short"},
		{"", []string{"members", "-db", db, "add", "bob"}, 1, "Password"},
		{"", []string{"members", "-db", db}, 0, "小明"},
		{"another password\n", []string{"members", "passwd", "小明", "-db", db}, 0, "小明"},
		{"another password\n", []string{"members", "passwd", "nobody", "-db", db}, 1, "no member"},
		{"", []string{"clearsessions", "-db", db}, 0, "0 expired"},
		{"", []string{"backup", "-db", db, filepath.Join(folder, "copy.db")}, 0, "copy.db"},
		{"", []string{"backup", "-db", db, filepath.Join(folder, "copy.db")}, 1, "copy.db"},
		{"", []string{"members", "-db", filepath.Join(folder, "copy.db")}, 0, "小明"},
		{"no\n", []string{"members", "-db", db, "rm", "小明"}, 1, "nothing deleted"},
		{"小明\n", []string{"members", "-db", db, "rm", "小明"}, 0, "deleted"},
		{"小明\n", []string{"members", "-db", db, "rm", "小明"}, 1, "no member"},
	}
	for _, step := range steps {
		code, out, errs := command(t, step.stdin, nil, step.args...)
		if code != step.code || !strings.Contains(out+errs, step.says) {
			t.Errorf("%v: exit %d, want %d: %s%s", step.args[:2], code, step.code, out, errs)
		}
		if strings.Contains(out+errs, "correct horse") || strings.Contains(out+errs, "another password") {
			t.Errorf("%v shows a password", step.args[:2])
		}
	}
	for _, name := range []string{"lab 100%#?.db", "copy.db"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestDoctor(t *testing.T) {
	db := filepath.Join(t.TempDir(), "lab.db")
	code, out, errs := run3(t, "doctor", "-db", db, "-addr", "127.0.0.1:0")
	if code != 0 || !strings.Contains(out, "OK") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("doctor made a data file")
	}
	if err := os.WriteFile(db, []byte("this is no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := run3(t, "doctor", "-db", db, "-addr", "127.0.0.1:0"); code != 1 || !strings.Contains(out, "FAIL") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestBusyPort(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	go func() { // answers nothing, so that nobody waits
		for {
			conn, err := busy.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	db := filepath.Join(t.TempDir(), "lab.db")
	code, _, errs := run3(t, "-addr", "localhost:"+port, "-db", db)
	if code != 1 || !strings.Contains(errs, "port "+port) || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Stat(db); err == nil {
		t.Error("a lab that cannot listen made a data file")
	}
}
