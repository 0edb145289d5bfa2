// Package labtest is what the tests of several packages share: Need and Program for what may not be
// installed; Main, Build, Command and Start for the lab as a process of its own.
//
// The lab itself does not import it: only tests do, and storetest, which is for tests.
package labtest

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips a test whose need was not found, and says what to install. The gate sets
// SESSIONLAB_TEST_ALL, where a skipped test is a failed one.
func Need(t testing.TB, found bool, install string) {
	t.Helper()
	switch {
	case found:
	case os.Getenv("SESSIONLAB_TEST_ALL") != "":
		t.Fatal("needed here:", install)
	default:
		t.Skip("to run this test:", install)
	}
}

// Program needs one of the programs with these names, and returns the path of the first that is
// installed.
func Program(t testing.TB, install string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Need(t, false, install)
	return ""
}
