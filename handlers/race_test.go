package handlers

import (
	"net/http"
	"net/url"
	"sessionlab/internal/database"
	"sessionlab/internal/web/webtest"
	"sync"
	"testing"
)

// The experiments do not touch a login, another session, or a cookie.
func TestRaceDisturbsNobody(t *testing.T) {
	lab := newTestLab(t)
	v, other := lab.Visitor(), lab.Visitor()
	v.Member("judy", "correct horse battery")
	other.Get("/get_add_session/")
	table := func() (all string) {
		err := lab.DB.Read(t.Context(), func(tx *database.Tx) error {
			return tx.QueryRow(`SELECT group_concat(session_key || session_data || CAST(expire_date AS TEXT)) FROM django_session`).Scan(&all)
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before, key := table(), v.Cookie("sessionid")
	var wg sync.WaitGroup
	for _, who := range []*webtest.Visitor{v, other} {
		who.Get("/stage/") // for the name
		wg.Go(func() {
			for _, path := range []string{"/session/race/", "/session/race/logout"} {
				a := who.Post(path, url.Values{"n": {"50"}, "work": {"1"}})
				if set := a.Header.Values("Set-Cookie"); a.StatusCode != http.StatusSeeOther || len(set) > 0 {
					t.Errorf("%s: %d, sets %v", path, a.StatusCode, set)
				}
			}
		})
	}
	wg.Wait()
	if v.Cookie("sessionid") != key || table() != before {
		t.Error("sessions of others have changed")
	}
	v.Want(v.Get("/online/index/"), 200, "judy")
	other.Want(other.Get("/get_add_session/"), 200, `{"res":2}`)
}
