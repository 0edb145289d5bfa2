package cli

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sessionlab/internal/labtest"
	"sessionlab/session/storetest"
)

// twoLabs runs a test with two labs that share their sessions, through the file or through a Redis.
func twoLabs(t *testing.T, run func(t *testing.T, bases [2]string)) {
	binary := buildLab(t)
	for _, engine := range []string{"db", "cached_db", "redis"} {
		t.Run(engine, func(t *testing.T) {
			args := []string{"-session-engine", engine}
			if engine == "redis" {
				args = append(args, "-redis", "redis://"+storetest.StartRedis(t).Addr)
			}
			db := filepath.Join(t.TempDir(), "lab.db")
			var bases [2]string
			for i := range bases {
				bases[i] = labtest.Start(t, labtest.Command(binary, db, args...)).URL
			}
			run(t, bases)
		})
	}
}

var client = http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a request with a session key. It returns the count, and the key if a new one was set.
func ask(method, url, key string) (status, count int, newKey string, err error) {
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		return 0, 0, "", err
	}
	if key != "" {
		request.Header.Set("Cookie", "sessionid="+key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, 0, "", err
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		newKey = cookie.Value
	}
	var answer struct{ Res int }
	if method == http.MethodGet {
		err = json.NewDecoder(response.Body).Decode(&answer)
	}
	return response.StatusCode, answer.Res, newKey, err
}

// newSession counts once without a cookie and returns the key of the new session.
func newSession(t *testing.T, base string) string {
	t.Helper()
	_, n, key, err := ask(http.MethodGet, base+"/get_add_session/", "")
	if err != nil || n != 1 || key == "" {
		t.Fatalf("the first count is %d, %v", n, err)
	}
	return key
}

// 50 browsers count in one session, alternating between two labs: no increment is lost.
func TestTwoLabsCount(t *testing.T) {
	twoLabs(t, func(t *testing.T, bases [2]string) {
		key := newSession(t, bases[0])
		const browsers, each = 50, 200
		var all sync.WaitGroup
		for i := range browsers {
			all.Go(func() {
				for j := range each {
					status, _, _, err := ask(http.MethodGet, bases[(i+j)%2]+"/get_add_session/", key)
					if err != nil || status != http.StatusOK {
						t.Errorf("status %d, %v", status, err)
						return
					}
				}
			})
		}
		all.Wait()
		_, n, _, err := ask(http.MethodGet, bases[1]+"/get_add_session/", key)
		if want := 1 + browsers*each + 1; n != want {
			t.Errorf("counted %d, want %d, %v", n, want, err)
		}
	})
}

// A logout in one lab while requests in both write: afterwards the key is dead in both.
func TestTwoLabsLogout(t *testing.T) {
	const races, writers = 200, 20
	twoLabs(t, func(t *testing.T, bases [2]string) {
		for race := range races {
			key := newSession(t, bases[race%2])
			var all sync.WaitGroup
			for i := range writers {
				all.Go(func() {
					status, _, _, err := ask(http.MethodGet, bases[i%2]+"/get_add_session/", key)
					if err != nil || status != http.StatusOK {
						t.Errorf("count: status %d, %v", status, err)
					}
				})
				if i == writers/2 {
					all.Go(func() {
						status, _, _, err := ask(http.MethodPost, bases[1-race%2]+"/online/logout/", key)
						if err != nil || status != http.StatusSeeOther {
							t.Errorf("logout: status %d, %v", status, err)
						}
					})
				}
			}
			all.Wait()
			for _, base := range bases {
				if _, n, newKey, err := ask(http.MethodGet, base+"/get_add_session/", key); err != nil || n != 1 || newKey == key {
					t.Fatalf("race %d: a dead session counted on to %d, %v", race, n, err)
				}
			}
		}
	})
}

// New keys sign and older ones still verify, so changing the key loses no session.
func TestSecretKeyRotation(t *testing.T) {
	binary := buildLab(t)
	for _, engine := range []string{"db", "signed_cookies"} {
		db := filepath.Join(t.TempDir(), "lab.db")
		key := ""
		for i, keys := range [][]string{{"first"}, {"second", "first"}, {"second"}, {"third", "second", "first"}} {
			args := []string{"-session-engine", engine}
			for _, secret := range keys {
				args = append(args, "-secret-key", secret)
			}
			lab := labtest.Start(t, labtest.Command(binary, db, args...))
			_, n, newKey, err := ask(http.MethodGet, lab.URL+"/get_add_session/", key)
			if err != nil || n != i+1 {
				t.Errorf("%s, keys %d: counted %d, want %d, %v", engine, i, n, i+1, err)
			}
			key = newKey
			if err := lab.Kill(); err != nil {
				t.Error(err)
			}
		}
		lab := labtest.Start(t, labtest.Command(binary, db, "-session-engine", engine, "-secret-key", "other"))
		if _, n, _, err := ask(http.MethodGet, lab.URL+"/get_add_session/", key); err != nil || n != 1 {
			t.Errorf("%s: a key of somebody else's counted on to %d, %v", engine, n, err)
		}
	}
}
