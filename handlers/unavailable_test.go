package handlers

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// While another program has the file locked, requests that write get 503 and change nothing; the rest
// keeps working, and afterwards all is as before.
func TestLockedByAnotherProgram(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Member("heidi", "correct horse battery")
	v.Want(v.Get("/get_add_session/"), 200, `{"res":1}`)

	other, err := sql.Open("sqlite", "file:"+filepath.ToSlash(lab.DB.Path()))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := other.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	a := v.Get("/get_add_session/")
	v.Want(a, http.StatusServiceUnavailable, `"error"`)
	if a.Header.Get("Retry-After") == "" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("answered with %v", a.Header)
	}
	if n := strings.Count(lab.Log.String(), "level=ERROR"); n != 1 {
		t.Errorf("one failure is logged in %d lines", n)
	}
	v.Want(v.Get("/online/index/"), 200, "heidi") // reading still works: nobody is taken for a stranger
	v.Want(v.Get("/cookie/"), 200, "")
	if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	v.Want(v.Get("/get_add_session/"), 200, `{"res":2}`)
}

func TestCookieOverTLS(t *testing.T) {
	lab := newTestLab(t)
	server := httptest.NewTLSServer(lab.Server.Config.Handler)
	defer server.Close()
	client := server.Client()
	response, err := client.Get(server.URL + "/get_add_session/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	set := response.Header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "__Host-sessionid=") || !strings.Contains(set, "Secure") || !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "Path=/") {
		t.Errorf("Set-Cookie: %s", strings.SplitN(set, ";", 2)[1])
	}
	plain := lab.Visitor().Get("/get_add_session/").Header.Get("Set-Cookie")
	for _, part := range []string{"; HttpOnly", "; Path=/", "; SameSite=Lax", "xpires=", "; Max-Age=1209600"} {
		if !strings.Contains(plain, part) {
			t.Errorf("Set-Cookie has no %q", part)
		}
	}
	if strings.Contains(plain, "Secure") || !strings.HasPrefix(plain, "sessionid=") {
		t.Error("by plain http: Secure, or another name")
	}
}
