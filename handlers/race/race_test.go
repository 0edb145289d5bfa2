package race

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
	"sessionlab/session/storetest"
)

// testLab is the laboratory behind a server.
type testLab struct {
	*webtest.Server
	*Lab
}

func newTestLab(t *testing.T) *testLab {
	return newTestLabWith(t, table)
}

func newTestLabWith(t *testing.T, store func(*database.DB) session.Store) *testLab {
	return newTestLabAt(t, time.Now, store)
}

func newTestLabAt(t *testing.T, now func() time.Time, store func(*database.DB) session.Store) *testLab {
	server, lab := webtest.Laboratory(t, store, func(site *web.Site, sessions session.Store) *Lab { return New(site, sessions, now) })
	return &testLab{server, lab}
}

func table(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) }

// raceEngines runs a test with a lab for every engine; stored returns the number of sessions in its
// store.
func raceEngines(t *testing.T, run func(t *testing.T, lab *testLab, stored func() int)) {
	for _, engine := range []struct {
		name  string
		store func(db *database.DB) session.Store
	}{
		{"db", table},
		{"db, hashed", func(db *database.DB) session.Store { return session.Hashed(table(db)) }},
		{"cache", func(*database.DB) session.Store { return session.NewCache(session.DefaultLimits(), time.Now) }},
		{"cached_db", func(db *database.DB) session.Store {
			return session.NewCachedDB(session.NewDB(db, webtest.Keys(), time.Now), session.DefaultLimits(), time.Now)
		}},
		{"signed_cookies", func(*database.DB) session.Store { return session.NewSignedCookies(webtest.Keys(), time.Now) }},
	} {
		t.Run(engine.name, func(t *testing.T) {
			lab := newTestLabWith(t, engine.store)
			run(t, lab, func() int {
				if memory, ok := lab.races.store.(*session.Cache); ok {
					return memory.Stats().Entries
				}
				return lab.Rows("django_session")
			})
		})
	}
	t.Run("redis", func(t *testing.T) {
		client := storetest.StartRedis(t).Client()
		t.Cleanup(func() { client.Close() })
		lab := newTestLabWith(t, func(*database.DB) session.Store { return session.NewRedis(client, time.Now) })
		run(t, lab, func() int {
			n, err := client.DBSize(t.Context()).Result()
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		})
	})
}

// raced returns the results that a visitor's page shows.
func (l *testLab) raced(v *webtest.Visitor) raceView {
	l.T.Helper()
	at, err := url.Parse(v.URL)
	if err != nil {
		l.T.Fatal(err)
	}
	for _, cookie := range v.Client.Jar.Cookies(at) {
		if strings.HasPrefix(cookie.Name, "sessionlab_") {
			view, _ := l.races.views.Get(cookie.Value[:26])
			return view
		}
	}
	l.T.Fatal("nobody has experimented")
	return raceView{}
}

func raceForm(n, work int) url.Values {
	return url.Values{"n": {fmt.Sprint(n)}, "work": {fmt.Sprint(work)}}
}

// checkRace checks that nothing is missing that must not be lost, and reports whether something was
// lost that can be.
func checkRace(t *testing.T, r *raceResult, n int) (lost bool) {
	t.Helper()
	all, merge, atomic := r.Strategies[0], r.Strategies[1], r.Strategies[2]
	for _, o := range r.Strategies {
		if o.Sent != n {
			t.Errorf("%s: %d of %d sent", o.Name, o.Sent, n)
		}
	}
	if atomic.Counter != n || atomic.Marks != n {
		t.Errorf("atomic: counted %d, with %d names, of %d", atomic.Counter, atomic.Marks, n)
	}
	if merge.Marks != n {
		t.Errorf("merge: %d names of %d", merge.Marks, n)
	}
	for _, o := range []raceOutcome{all, merge} {
		if o.Picture != nil && o.Picture.Losses() == 0 {
			t.Errorf("%s: the picture shows no loss: %+v", o.Name, o.Picture)
		}
	}
	if atomic.Picture != nil && atomic.Picture.Losses() > 0 {
		t.Errorf("atomic: the picture shows a loss: %+v", atomic.Picture)
	}
	return all.LostCounter() > 0 && all.LostMarks() > 0 && merge.LostCounter() > 0 && all.Picture != nil && atomic.Picture != nil
}

// The atomic update loses nothing, merging loses no names, and saving everything loses both. No
// session is left.
func TestRaceInEveryEngine(t *testing.T) {
	const n = 200 // the page's maximum takes longer than its time limit under the race detector on a slow machine
	raceEngines(t, func(t *testing.T, lab *testLab, stored func() int) {
		v := lab.Visitor()
		v.Want(v.Get("/session/race/"), 200, `id="n"`)
		for try := 1; ; try++ {
			v.Want(v.Post("/session/race/", raceForm(n, try%2)), http.StatusSeeOther, "")
			if checkRace(t, lab.raced(v).Race, n) {
				break
			}
			if try == 10 {
				t.Fatalf("nothing was lost, or no picture: %+v", lab.raced(v).Race)
			}
		}
		v.Want(v.Get("/session/race/"), 200, fmt.Sprintf("%d of %[1]d kept", n))

		// The atomic update with the page's maximum; there is no time limit here.
		run, err := lab.races.begin(t.Context(), "another visitor", len(raceStrategies), maxIncrements, raceCounter, 0)
		if err != nil {
			t.Fatal(err)
		}
		const atomic = 2
		sent := run.all(t.Context(), atomic)
		all, err := run.outcomes(t.Context())
		if sent != nil || err != nil {
			t.Fatal(sent, err)
		}
		if o := all[atomic]; o.Name != "atomic" || o.Sent != maxIncrements || o.LostCounter() != 0 || o.LostMarks() != 0 {
			t.Errorf("of %d: %+v", maxIncrements, o)
		}
		if n := stored(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// Only the weak strategy lets a slow request bring a session back.
func TestRaceLogout(t *testing.T) {
	raceEngines(t, func(t *testing.T, lab *testLab, stored func() int) {
		v := lab.Visitor()
		v.Get("/session/race/")
		v.Want(v.Post("/session/race/logout", nil), http.StatusSeeOther, "")
		for i, want := range []raceLogout{{Name: "all", Status: 200, IsAlive: true}, {Name: "merge", Status: 400}} {
			got := lab.raced(v).Logout[i]
			kinds := ""
			for _, step := range got.Picture.Steps {
				kinds += step.Kind + " "
			}
			if wantKinds := []string{"read delete gone insert ", "read delete gone "}[i]; kinds != wantKinds {
				t.Errorf("%s: drawn %s, want %s", want.Name, kinds, wantKinds)
			}
			got.Picture = nil
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		v.Want(v.Get("/session/race/"), 200, "stays dead")
		if n := stored(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

// openRace opens an experiment of the browser's and returns its form.
func openRace(v *webtest.Visitor, n, work int) url.Values {
	v.T.Helper()
	return opened(v, v.Post("/session/race/open", raceForm(n, work)), 3)
}

func opened(v *webtest.Visitor, a webtest.Answer, strategies int) url.Values {
	v.T.Helper()
	v.Want(a, 200, "run")
	var opened struct {
		Run        string
		Strategies int
	}
	if err := json.Unmarshal([]byte(a.Body), &opened); err != nil || opened.Strategies != strategies {
		v.T.Fatalf("opened %s: %v", a.Body, err)
	}
	return url.Values{"run": {opened.Run}}
}

func TestRaceByRequests(t *testing.T) {
	lab := newTestLab(t)
	v, other := lab.Visitor(), lab.Visitor()
	v.Get("/session/race/")
	other.Post("/session/race/", url.Values{"n": {"50"}, "work": {"1"}}) // for the name
	const n = 40
	for try := 1; ; try++ {
		form := openRace(v, n, 5)
		for strategy := range 3 {
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					a := v.Post("/session/race/increment", url.Values{"run": form["run"], "strategy": {fmt.Sprint(strategy)}})
					if a.StatusCode != http.StatusOK {
						t.Errorf("%d: %s", a.StatusCode, a.Body)
					}
				})
			}
			wg.Wait()
		}
		one := url.Values{"run": form["run"], "strategy": {"0"}}
		v.Want(v.Post("/session/race/increment", one), 404, "over")
		other.Want(other.Post("/session/race/increment", one), 404, "over")
		other.Want(other.Post("/session/race/close", one), 404, "over")
		v.Want(v.Post("/session/race/close", form), http.StatusOK, "")
		v.Want(v.Post("/session/race/increment", one), 404, "over")
		v.Want(v.Post("/session/race/close", form), 404, "over")
		if checkRace(t, lab.raced(v).Race, n) {
			break
		}
		if try == 10 {
			t.Fatalf("nothing was lost: %+v", lab.raced(v).Race)
		}
	}
	v.Want(v.Get("/session/race/"), 200, "40 requests from your browser")
	if rows := lab.Rows("django_session"); rows != 0 {
		t.Errorf("%d rows are left", rows)
	}
}

// The logout with real requests: the slow one gets the status of its strategy, and each of the two is
// accepted once.
func TestRaceLogoutByRequests(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Get("/session/race/")
	form := opened(v, v.Post("/session/race/logout/open", nil), 2)
	one := func(strategy int) url.Values {
		return url.Values{"run": form["run"], "strategy": {fmt.Sprint(strategy)}}
	}
	for strategy, status := range []int{http.StatusOK, http.StatusBadRequest} {
		var slow webtest.Answer
		var wg sync.WaitGroup
		wg.Go(func() { slow = v.Post("/session/race/logout/slow", one(strategy)) })
		v.Want(v.Post("/session/race/logout/out", one(strategy)), http.StatusOK, "")
		wg.Wait()
		v.Want(slow, status, "")
		v.Want(v.Post("/session/race/logout/slow", one(strategy)), 404, "over")
		v.Want(v.Post("/session/race/logout/out", one(strategy)), 404, "over")
	}
	v.Want(v.Post("/session/race/logout/slow", one(2)), 404, "over")
	v.Want(v.Post("/session/race/logout/out", one(2)), 404, "over")
	v.Want(v.Post("/session/race/increment", one(0)), 404, "over") // of the other kind
	v.Want(v.Post("/session/race/close", form), 404, "over")
	v.Want(v.Post("/session/race/logout/close", form), http.StatusOK, "")
	v.Want(v.Post("/session/race/logout/close", form), 404, "over")
	v.Want(v.Get("/session/race/"), 200, "and the session is back")

	counter := openRace(v, 2, 0)
	for _, path := range []string{"slow", "out", "close"} {
		v.Want(v.Post("/session/race/logout/"+path, url.Values{"run": counter["run"], "strategy": {"0"}}), 404, "over")
	}
	v.Want(v.Post("/session/race/close", counter), http.StatusOK, "")

	// Closed before either request has arrived, and without a logout.
	v.Want(v.Post("/session/race/logout/close", opened(v, v.Post("/session/race/logout/open", nil), 2)), 404, "over")
	if rows, runs := lab.Rows("django_session"), len(lab.races.runs); rows != 0 || runs != 0 {
		t.Errorf("%d rows and %d runs are left", rows, runs)
	}
}

func TestRaceBadInput(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Get("/session/race/")
	form := openRace(v, 2, 0)
	for _, tt := range []struct {
		name, path, form string
		status           int
		says             string
	}{
		{"no number", "", "work=0", 400, "from 2 to 500"},
		{"too few", "", "n=1&work=0", 400, "from 2 to 500"},
		{"too many", "", "n=501&work=0", 400, "from 2 to 500"},
		{"no whole number", "open", "n=2.5&work=0", 400, "from 2 to 500"},
		{"work of its own", "", "n=2&work=3000", 400, "from the list"},
		{"no run", "increment", "strategy=0", 404, "over"},
		{"no strategy", "increment", form.Encode(), 400, ""},
		{"a strategy too many", "increment", form.Encode() + "&strategy=3", 400, ""},
		{"a strategy too few", "increment", form.Encode() + "&strategy=-1", 400, ""},
		{"close no run", "close", "run=x", 404, "over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values, err := url.ParseQuery(tt.form)
			if err != nil {
				t.Fatal(err)
			}
			v.Want(v.Post("/session/race/"+tt.path, values), tt.status, tt.says)
		})
	}
	v.Want(v.Get("/session/race/open"), 405, "")
	v.Want(v.Do(v.Request(http.MethodPost, "/session/race/", raceForm(2, 0).Encode(), "Sec-Fetch-Site", "cross-site")), 403, "")
}

// Beyond the bounds the response is 429; a run that nobody ends is ended when it is overdue.
func TestRaceLimits(t *testing.T) {
	var late time.Duration
	lab := newTestLabAt(t, func() time.Time { return time.Now().Add(late) }, table)
	full := func(v *webtest.Visitor, text string) {
		t.Helper()
		for _, path := range []string{"", "open", "logout"} {
			a := v.Post("/session/race/"+path, raceForm(2, 0))
			v.Want(a, http.StatusTooManyRequests, text)
			if a.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	first := lab.Visitor()
	first.Get("/session/race/")
	form := openRace(first, 2, 0)
	openRace(first, 2, 0)
	full(first, "2 of your experiments")
	for range maxRaces/maxVisitorRaces - 1 {
		v := lab.Visitor()
		v.Get("/session/race/")
		openRace(v, 2, 0)
		openRace(v, 2, 0)
	}
	last := lab.Visitor()
	last.Get("/session/race/")
	full(last, "16 experiments are running")
	if rows := lab.Rows("django_session"); rows != 3*maxRaces {
		t.Errorf("%d rows", rows)
	}

	late = raceTime + time.Second
	first.Want(first.Post("/session/race/increment", url.Values{"run": form["run"], "strategy": {"0"}}), 404, "over")
	last.Want(last.Post("/session/race/", raceForm(2, 0)), http.StatusSeeOther, "")
	if rows, runs := lab.Rows("django_session"), len(lab.races.runs); rows != 0 || runs != 0 {
		t.Errorf("%d rows and %d runs are left", rows, runs)
	}

	for i := range maxRaceViews + 10 {
		lab.races.show(fmt.Sprint(i), func(*raceView) {})
	}
	if n := lab.races.views.Len(); n != maxRaceViews {
		t.Errorf("%d views are kept", n)
	}
	late += raceViewTime + time.Second
	lab.races.show("new", func(*raceView) {})
	if n := lab.races.views.Len(); n != 1 {
		t.Errorf("%d views are kept after an hour", n)
	}
}

// A row that a killed lab leaves behind expires soon, even after a strategy has saved it.
func TestRaceRowsExpire(t *testing.T) {
	lab := newTestLab(t)
	run, err := lab.races.begin(t.Context(), "somebody", 3, 1, "n", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range run.rows {
		if err := run.all(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		r, err := lab.races.store.Load(t.Context(), run.rows[i].key)
		if left := time.Until(r.Expires); err != nil || left <= 0 || left > 2*raceTime {
			t.Errorf("%s: the session lives for %s: %v", raceStrategies[i].Name, left, err)
		}
	}
}

// failingStore fails every update.
type failingStore struct {
	session.Store
	err error
}

func (s failingStore) Update(ctx context.Context, key string, change func(*session.Record) error) (session.Record, error) {
	return session.Record{}, s.err
}

// If the store fails, the response is 503, and what was opened is deleted.
func TestRaceUnavailable(t *testing.T) {
	for _, err := range []error{session.ErrUnavailable, context.DeadlineExceeded} {
		t.Run(err.Error(), func(t *testing.T) {
			lab := newTestLabWith(t, func(db *database.DB) session.Store {
				return failingStore{session.NewDB(db, webtest.Keys(), time.Now), err}
			})
			v := lab.Visitor()
			v.Get("/session/race/")
			v.Want(v.Post("/session/race/", raceForm(5, 0)), http.StatusServiceUnavailable, "")
			v.Want(v.Post("/session/race/logout", nil), http.StatusServiceUnavailable, "")
			if rows, runs := lab.Rows("django_session"), len(lab.races.runs); rows != 0 || runs != 0 {
				t.Errorf("%d rows and %d runs are left", rows, runs)
			}
		})
	}
}

// stuckStore cannot delete sessions while stuck is true.
type stuckStore struct {
	session.Store
	stuck *bool
}

func (s stuckStore) Delete(ctx context.Context, key string) error {
	if *s.stuck {
		return session.ErrUnavailable
	}
	return s.Store.Delete(ctx, key)
}

// What another visitor's tab left behind and cannot be deleted takes no place from later visitors.
func TestRaceLeftBehind(t *testing.T) {
	var stuck bool
	var late time.Duration
	lab := newTestLabAt(t, func() time.Time { return time.Now().Add(late) }, func(db *database.DB) session.Store {
		return stuckStore{table(db), &stuck}
	})
	first, next := lab.Visitor(), lab.Visitor()
	first.Get("/session/race/")
	openRace(first, 2, 0)
	late, stuck = raceTime+time.Second, true
	next.Get("/session/race/")
	form := openRace(next, 2, 0)
	stuck = false
	next.Want(next.Post("/session/race/close", form), 200, "")
	if runs := len(lab.races.runs); runs != 0 {
		t.Errorf("%d runs are left", runs)
	}
}
