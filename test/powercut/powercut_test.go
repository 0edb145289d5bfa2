// Package powercut shows that a power cut loses no count that the lab has answered.
//
// The built lab runs under strace while browsers count (lab_test.go). From the recorded calls (trace_test.go), the test
// rebuilds the files as a power cut at any moment would leave them (disk_test.go), and opens them.
package powercut

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/labtest"
	"sessionlab/session"
)

func TestPowerCut(t *testing.T) {
	const install = "install strace on Linux (Debian: apt-get install strace)"
	labtest.Need(t, runtime.GOOS == "linux", install)
	labtest.Program(t, install, "strace")
	out, err := strace(filepath.Join(t.TempDir(), "trace"), "true").CombinedOutput()
	labtest.Need(t, err == nil, fmt.Sprintf("let strace trace other programs (ptrace), in version 5.3 or later; it says: %v, %s", err, out))

	folder := memoryFolder(t)
	r := record(t, folder)
	disk, err := replay(r.calls, folder, r.started, nil)
	if err != nil {
		t.Fatal(err)
	}
	if disk.synced[r.path()] == nil {
		t.Error("the lab runs, and the name of its new file is not on the disk")
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d; %d lines, %d calls, %d answers", seed, r.lines, len(r.calls), len(r.answers))
	random := rand.New(rand.NewPCG(seed, 0))
	cuts := []int{r.answers[0].line}
	for range 50 {
		cuts = append(cuts, random.IntN(r.lines))
	}
	for _, test := range []struct {
		name  string
		torn  bool                           // parts of the unsynced data reached the disk, too
		skip  func(cut int) func(*call) bool // the disk ignores these calls
		loses bool                           // counts must be lost, which shows that the test would notice
	}{
		{name: "only what was synced"},
		{name: "and parts of the rest", torn: true},
		{name: "without the newest sync", skip: r.newestSync, loses: true},
		{name: "without the folder's syncs", skip: r.folderSyncs, loses: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, cut := range cuts {
				var skip func(*call) bool
				if test.skip != nil {
					skip = test.skip(cut)
				}
				d, err := replay(r.calls, folder, cut, skip)
				if err != nil {
					t.Fatal(err)
				}
				if test.torn {
					d.tear(rand.New(rand.NewPCG(seed, uint64(cut))))
				}
				err = r.check(t, d, cut)
				switch {
				case err != nil && test.loses:
					return
				case err != nil:
					t.Errorf("power cut at line %d: %v", cut, err)
				}
			}
			if test.loses {
				t.Error("nothing was lost: this test would not notice")
			}
		})
	}
}

// memoryFolder returns a new folder, in memory if Linux offers that: the disk is simulated here, and real syncs would only
// take time.
func memoryFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "sessionlab")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(folder) })
		return folder
	}
	folder, err = filepath.EvalSymlinks(t.TempDir()) // strace prints paths with links resolved
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func (r *recording) path() string { return filepath.Join(r.folder, "lab.db") }

// newestSync skips the last sync that ended before the cut.
func (r *recording) newestSync(cut int) func(*call) bool {
	var newest *call
	for _, c := range r.calls {
		if c.ended <= cut && (c.name == "fsync" || c.name == "fdatasync") {
			newest = c
		}
	}
	return func(c *call) bool { return c == newest }
}

// folderSyncs skips all syncs of the folder.
func (r *recording) folderSyncs(int) func(*call) bool {
	return func(c *call) bool { return c.args[0] == r.folder }
}

// check opens what a power cut left, as the lab would, and looks for the counts that had been answered.
func (r *recording) check(t *testing.T, d *disk, cut int) error {
	folder := memoryFolder(t)
	defer os.RemoveAll(folder)
	for path, f := range d.synced {
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), f.synced, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := database.Open(t.Context(), filepath.Join(folder, filepath.Base(r.path())))
	if err != nil {
		return err
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	var integrity string
	err = db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.QueryRow("PRAGMA integrity_check").Scan(&integrity)
	})
	if err != nil || integrity != "ok" {
		return fmt.Errorf("integrity: %s, %v", integrity, err)
	}
	answered := make(map[string]int)
	for _, a := range r.answers {
		if a.line <= cut {
			answered[a.key] = max(answered[a.key], a.count)
		}
	}
	store := session.NewDB(db, session.Keys{secret}, time.Now)
	for key, want := range answered {
		record, err := store.Load(t.Context(), key)
		if err != nil {
			return fmt.Errorf("a session that had counted to %d: %w", want, err)
		}
		value, _ := record.Data.Get("res")
		if got := session.Int(value); got < want {
			return fmt.Errorf("a session that had counted to %d is at %d", want, got)
		}
	}
	return nil
}
