package expiry

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
)

// If there is no room for another experiment, the page says so, and when to try again; an experiment
// that ends makes room.
func TestNoRoom(t *testing.T) {
	store := func(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) }
	server, _ := webtest.Laboratory(t, store, func(site *web.Site, _ session.Store) *Lab {
		lab := New(site, time.Now)
		lab.lives = visitor.NewShelf[*Expiry](1, time.Now)
		t.Cleanup(func() {
			if err := lab.Close(); err != nil {
				t.Error(err)
			}
		})
		return lab
	})
	step := func(do string) url.Values { return url.Values{"do": {do}} }
	v, other := server.Visitor(), server.Visitor()
	v.Want(v.Post("/session/expiry/", step("start")), http.StatusSeeOther, "")
	refused := other.Post("/session/expiry/", step("start"))
	other.Want(refused, http.StatusTooManyRequests, "Too many people")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	v.Want(v.Post("/session/expiry/", step("end")), http.StatusSeeOther, "")
	other.Want(other.Post("/session/expiry/", step("start")), http.StatusSeeOther, "")
	v.Want(v.Get("/session/expiry/"), http.StatusOK, `value="start"`)
}
