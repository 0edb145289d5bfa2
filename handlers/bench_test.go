package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkCounter measures how the whole lab counts, without the network.
func BenchmarkCounter(b *testing.B) {
	for _, path := range []string{"/get_add_session/", "/get_add_cookie"} {
		b.Run(path, func(b *testing.B) {
			lab := newTestLab(b)
			handler := lab.Server.Config.Handler
			first := httptest.NewRecorder()
			handler.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
			cookie, _, _ := strings.Cut(first.Header().Get("Set-Cookie"), ";")
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
				r.Header.Set("Cookie", cookie)
				w := httptest.NewRecorder()
				if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
