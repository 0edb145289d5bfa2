package django

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Both sides write at the same time, to sessions of their own and to shared ones. The lab answers every request with 200,
// and no count is lost, except where Django's middleware overwrites it: it reads a session at the beginning of a request
// and writes all of it at the end.
func TestTogether(t *testing.T) {
	lab, first := both(t)
	second := startDjango(t, lab.db)
	shared := ask[string](first, "create", `{"res":0,"django":0}`)      // both add to it
	overwritten := ask[string](first, "create", `{"res":0,"kept":[1]}`) // Django's middleware counts in it, too
	own := ask[string](first, "create", `{"django":0}`)                 // the lab does not touch it

	const alone = 4
	browsers := []*browser{lab.browserWith(shared), lab.browserWith(overwritten)}
	for range alone {
		browsers = append(browsers, lab.browser())
	}
	var working sync.WaitGroup
	counts := make([]int, len(browsers))
	// Two seconds, or longer if someone has not written yet: on a busy machine the other program may wait long for the
	// file.
	const enough = 3
	start := time.Now()
	var waiting atomic.Int32
	waiting.Store(int32(len(browsers)) + 2) // and Django's two
	goesOn := func() bool {
		took := time.Since(start)
		return took < 2*time.Second || took < time.Minute && waiting.Load() > 0
	}
	wrote := func(times int) {
		if times == enough {
			waiting.Add(-1)
		}
	}
	for i, b := range browsers {
		working.Go(func() {
			for goesOn() {
				told, _, err := b.tryCount()
				if err != nil {
					t.Errorf("browser %d after %d counts: %v", i, counts[i], err)
					return
				}
				counts[i]++
				wrote(counts[i])
				if i != 1 && told != counts[i] {
					t.Errorf("browser %d is told %d at its count %d", i, told, counts[i])
					return
				}
				// A person takes longer. Without a pause, Django, which looks every 0.1 s, would rarely find the file
				// unlocked.
				time.Sleep(rand.N(20 * time.Millisecond))
			}
		})
	}
	added, tries, puts, visits := 0, 0, 0, 0
	working.Go(func() {
		for goesOn() {
			var n int
			if err := first.try(&n, "add", shared, "django"); err != nil {
				t.Error(err)
				return
			}
			added, tries = added+1, tries+n
			wrote(added)
		}
	})
	working.Go(func() {
		for goesOn() {
			puts++
			if err := second.try(nil, "put", own, fmt.Sprintf(`{"django":%d}`, puts)); err != nil {
				t.Error(err)
				return
			}
			wrote(puts)
			visits++
			if err := second.try(nil, "visit", overwritten); err != nil {
				t.Error(err)
				return
			}
		}
	})
	working.Wait()
	t.Logf("counts of the lab: %v; Django added %d in %d tries, put %d and visited %d", counts, added, tries, puts, visits)

	for i, b := range browsers[2:] {
		if got, want := first.session(b.key()), fmt.Sprintf(`{"res":%d}`, counts[i+2]); got != want {
			t.Errorf("a session of the lab alone holds %s, want %s", got, want)
		}
	}
	if got, want := first.session(own), fmt.Sprintf(`{"django":%d}`, puts); got != want {
		t.Errorf("the session of Django alone holds %s, want %s", got, want)
	}
	// Exact on both sides: SQLite refuses to commit a change based on data that another program has since changed.
	if got, want := first.session(shared), fmt.Sprintf(`{"res":%d,"django":%d}`, counts[0], added); got != want {
		t.Errorf("the shared session holds %s, want %s", got, want)
	}
	var res int
	if _, err := fmt.Sscanf(first.session(overwritten), `{"res":%d,"kept":[1]}`, &res); err != nil || res < visits || res > counts[1]+visits {
		t.Errorf("the overwritten session holds %s after %d and %d counts", first.session(overwritten), counts[1], visits)
	}
	for name, n := range map[string]int{"the lab": min(counts[0], counts[2]), "Django": min(added, puts)} {
		if n < enough {
			t.Errorf("%s came to write only %d times", name, n)
		}
	}
	wantSound(t, lab.db)
}

// wantSound fails the test if SQLite finds anything wrong with the file.
func wantSound(t *testing.T, db string) {
	t.Helper()
	var found string
	if err := openFile(t, db).QueryRow("PRAGMA integrity_check").Scan(&found); err != nil || found != "ok" {
		t.Errorf("integrity: %s, %v", found, err)
	}
}
