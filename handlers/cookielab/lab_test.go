package cookielab

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sessionlab/internal/database"
	"sessionlab/internal/web"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
	"strings"
	"testing"
	"time"
)

// A long typed line does not make an address that the lab would refuse.
func TestLongLineComesBack(t *testing.T) {
	store := func(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) }
	server, _ := webtest.Laboratory(t, store, func(site *web.Site, _ session.Store) *Lab {
		lab := New(site, "", slog.New(slog.DiscardHandler), time.Now)
		lab.Serve(http.NotFoundHandler(), func(l net.Listener) net.Listener { return l })
		t.Cleanup(lab.Close)
		return lab
	})
	v := server.Visitor()
	for typed, kept := range map[string]bool{
		"a=b; " + strings.Repeat("é", 4997):        true, // exactly as many bytes as a line may have
		"a=b; " + strings.Repeat(`\x41`, 6000):     false,
		"a=" + strings.Repeat(`\xff`, 9998):        false,
		"a=b; Path=/cookie/; Comment=\\ %s + ü \"": true,
	} {
		a := v.Post("/cookie/lab/", url.Values{"line": {typed}})
		v.Want(a, http.StatusSeeOther, "")
		for _, to := range []string{a.Header.Get("Location"), (&cookieLab{Line: typed}).Back()} {
			at, err := url.Parse(to)
			if err != nil || (at.Query().Get("line") == typed) != kept {
				t.Errorf("%.30s: %.60s (%v)", typed, to, err)
			}
			v.Want(v.Get(to), http.StatusOK, "</textarea>")
		}
	}
}
