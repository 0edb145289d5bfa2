package cli

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/internal/labtest"
)

// buildLab returns the path of the built lab, which all tests run.
var buildLab func(t testing.TB) string

func TestMain(m *testing.M) { labtest.Main(m, &buildLab) }

// browser counts in a session of its own and remembers the last number it was told.
type browser struct {
	client http.Client
	told   int
}

// count counts once. It returns an error if the number is not higher than the last.
func (b *browser) count(base string) error {
	n, err := labtest.Count(&b.client, base)
	if err != nil {
		return err
	}
	if n <= b.told {
		return fmt.Errorf("told %d after %d", n, b.told)
	}
	b.told = n
	return nil
}

// Ten times, the lab is killed while eight browsers count: no number that a browser was told is lost, and the file
// is sound.
func TestKill(t *testing.T) {
	binary, db := buildLab(t), filepath.Join(t.TempDir(), "lab.db")
	browsers := make([]*browser, 8)
	for i := range browsers {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browsers[i] = &browser{client: http.Client{Jar: jar, Timeout: 20 * time.Second}}
	}
	for round := range 10 {
		lab := labtest.Start(t, labtest.Command(binary, db))
		for i, b := range browsers { // the first response after the kill
			if err := b.count(lab.URL); err != nil {
				t.Fatalf("round %d, browser %d: %v", round, i, err)
			}
		}
		var counting sync.WaitGroup
		for _, b := range browsers {
			counting.Go(func() {
				for b.count(lab.URL) == nil {
				}
			})
		}
		time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		if err := lab.Kill(); err != nil {
			t.Fatal(err)
		}
		counting.Wait()
		// The next lab may have another port, which does not matter to the cookie.
		for _, b := range browsers {
			b.client.CloseIdleConnections()
		}
	}
	raw, err := sql.Open("sqlite", "file:"+filepath.ToSlash(db))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var integrity string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&integrity); err != nil || integrity != "ok" {
		t.Errorf("integrity: %s, %v", integrity, err)
	}
	var rows int
	if err := raw.QueryRow("SELECT count(*) FROM django_session").Scan(&rows); err != nil || rows != len(browsers) {
		t.Errorf("%d sessions of %d browsers, %v", rows, len(browsers), err)
	}
}

// A lab that is asked to stop finishes its work and exits with 0, and then all data is in the one file.
func TestStop(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // has no signal that one process can send to another
	}
	binary, db := buildLab(t), filepath.Join(t.TempDir(), "lab.db")
	lab := labtest.Start(t, labtest.Command(binary, db))
	b := &browser{}
	if err := b.count(lab.URL); err != nil {
		t.Fatal(err)
	}
	if again, _, errs := command(t, "", nil, "-addr", strings.TrimPrefix(lab.URL, "http://"), "-db", db); again != 1 || !strings.Contains(errs, "another sessionlab answers") || !strings.Contains(errs, lab.URL) {
		t.Errorf("a second lab on the port: exit %d, %s", again, errs)
	}
	if err := lab.Stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if left, err := filepath.Glob(db + "-*"); err != nil || len(left) > 0 {
		t.Errorf("left beside the data: %v, %v", left, err)
	}
}
