package engines

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

// If there is no room for another experiment, the page says so, and when to try again.
func TestNoRoom(t *testing.T) {
	store := func(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) }
	server, _ := webtest.Laboratory(t, store, func(site *web.Site, _ session.Store) *Lab {
		lab := New(site, nil, time.Now)
		lab.engines = visitor.NewShelf[*Engines](1, time.Now)
		t.Cleanup(func() {
			if err := lab.Close(); err != nil {
				t.Error(err)
			}
		})
		return lab
	})
	start := url.Values{"do": {"start"}}
	first, other := server.Visitor(), server.Visitor()
	first.Want(first.Post("/session/engines/", start), http.StatusSeeOther, "")
	refused := other.Post("/session/engines/", start)
	other.Want(refused, http.StatusTooManyRequests, "Too many people")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
