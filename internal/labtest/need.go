// Package labtest provides what tests of several packages share: Need and Program for what may not be installed;
// Main, Build, Command and Start for running the lab as a process, and Count for its counter.
//
// Only tests import it, and storetest, which is for tests. The lab itself does not.
package labtest

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips a test that lacks something, and says what to install. If SESSIONLAB_TEST_ALL is set, as in the gate,
// the test fails instead.
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

// Program returns the path of the first of these programs that is installed. If none is, it skips the test; see
// Need.
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
