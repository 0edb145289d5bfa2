package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/session"
)

// An observer is told what was in the store before and after, as the store writes it.
func TestObserver(t *testing.T) {
	db, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var seen []string
	stored := func(r *session.Record) string {
		if r == nil {
			return "-"
		}
		payload, _, _ := strings.Cut(r.Raw, ":")
		return fmt.Sprint(r.Data, " ", payload)
	}
	handler := session.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		if r.URL.Path == "/flush" {
			s.Flush()
			return
		}
		s.Set("res", session.Int(s.Get("res"))+1)
	}), session.NewDB(db, session.Keys{"secret"}, time.Now), time.Now, func(w http.ResponseWriter, r *http.Request, err error) {
		t.Error(err)
	})
	cookie := ""
	ask := func(path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Cookie", cookie)
		seen = nil
		ctx := session.WithObserver(r.Context(), func(a session.Access) {
			seen = append(seen, a.Operation+" "+stored(a.Before)+" > "+stored(a.After))
			if a.Start.IsZero() || a.Err != nil || a.At.Before(a.Start) || a.At.After(a.Start.Add(a.Duration)) {
				t.Errorf("%+v", a)
			}
		})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(ctx))
		if set := w.Header().Get("Set-Cookie"); set != "" {
			cookie, _, _ = strings.Cut(set, ";")
		}
		return strings.Join(seen, "\n")
	}
	for _, step := range []struct{ path, want string }{
		{"/", `create - > {"res":1} eyJyZXMiOjF9`},
		{"/", `load {"res":1} eyJyZXMiOjF9 > -` + "\n" + `update {"res":1} eyJyZXMiOjF9 > {"res":2} eyJyZXMiOjJ9`},
		{"/flush", `delete - > -`},
	} {
		if got := ask(step.path); got != step.want {
			t.Errorf("%s: told\n%s\nwant\n%s", step.path, got, step.want)
		}
	}
}
