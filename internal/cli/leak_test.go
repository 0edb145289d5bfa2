package cli

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	neturl "net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessionlab/session/storetest"
)

// A lab that has stopped leaves no goroutine and no open file, whatever its engine.
func TestNothingIsLeft(t *testing.T) {
	server := storetest.StartRedis(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{}, Jar: jar}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	lab := func(engine string) {
		useLab(t, &client, engine, "redis://"+server.Addr)
		if left, err := filepath.Glob(filepath.Join(temp, "sessionlab-*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left of an experiment: %v (%v)", engine, left, err)
		}
	}
	lab("db") // the first lab also makes what is made only once per process
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for _, engine := range engineNames {
		lab(engine)
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines || openFiles() > files; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				stacks := make([]byte, 1<<16)
				t.Fatalf("%s: %d goroutines, before %d; %d files, before %d\n%s", engine,
					runtime.NumGoroutine(), goroutines, openFiles(), files, stacks[:runtime.Stack(stacks, true)])
			}
		}
	}
}

// useLab starts a lab, uses a session and the experiments that hold something, and stops it. The lab answers at
// both loopback addresses, if the machine has both.
func useLab(t *testing.T, client *http.Client, engine, redis string) {
	t.Helper()
	url, stop, done := runHere(t, "-addr", "localhost:0", "-session-engine", engine, "-redis", redis)
	for _, loopback := range []string{"127.0.0.1", "[::1]"} {
		r, err := client.Get(strings.Replace(url, "localhost", loopback, 1) + "/healthz")
		if loopback == "[::1]" && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EADDRNOTAVAIL)) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: /healthz: %d", loopback, r.StatusCode)
		}
	}
	for _, path := range []string{"/session/", "/get_add_session/", "/get_add_session/"} {
		r, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	for _, path := range []string{"/session/expiry/", "/session/engines/"} {
		r, err := client.PostForm(url+path, neturl.Values{"do": {"start"}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Body.Close(); r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
	client.CloseIdleConnections()
	stop()
	if code := <-done; code != 0 {
		t.Errorf("%s: exit %d", engine, code)
	}
}

// openFiles returns the number of files that this process has open, or 0 if the system does not say.
func openFiles() int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(files)
}
