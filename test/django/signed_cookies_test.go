package django

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const day = 24 * 60 * 60 // seconds

// bothSigned starts the lab and Django with the engine signed_cookies.
func bothSigned(t *testing.T) (*lab, *django) {
	t.Helper()
	findPython(t)
	db := filepath.Join(t.TempDir(), "lab.db")
	return startLab(t, db, "-session-engine", "signed_cookies"), startDjango(t, db)
}

// cookieData returns the data in a cookie as Django reads it, in JSON, or "" if Django rejects the cookie.
func (d *django) cookieData(cookie string) string {
	d.t.Helper()
	return d.data("signed_cookie_decode", cookie)
}

// Django accepts the lab's cookie as a session.
func TestDjangoReadsCookie(t *testing.T) {
	lab, django := bothSigned(t)
	b := lab.browser()
	b.count(1)
	cookie := parseCookie(t, b.count(2).cookie)
	if got := django.cookieData(b.key()); got != `{"res":2}` {
		t.Errorf("after two counts Django reads %q", got)
	}
	if cookie.MaxAge != 14*day || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("the cookie is %v", cookie)
	}

	b.register("Ada", "correct horse")
	b.logIn(http.StatusSeeOther, "Ada", "correct horse")
	var got struct {
		Res      int
		IsLogin  bool `json:"IS_LOGIN"`
		Username string
	}
	if err := json.Unmarshal([]byte(django.cookieData(b.key())), &got); err != nil {
		t.Fatal(err)
	}
	if !got.IsLogin || got.Username != "Ada" || got.Res != 2 {
		t.Errorf("after the login Django reads %+v", got)
	}
	b.post(http.StatusSeeOther, "/online/logout/")
	if b.key() != "" {
		t.Error("after the logout the browser still has the cookie")
	}
	if keys := ask[[]string](django, "keys"); len(keys) > 0 {
		t.Errorf("%d sessions are in the table, too", len(keys))
	}
}

// The lab accepts Django's cookie as a session and keeps its data.
func TestLabReadsCookie(t *testing.T) {
	lab, django := bothSigned(t)
	for _, test := range []struct {
		name, value string
		age         int
	}{
		{"text", `"plain"`, 0},
		{"unicode", `"\u4f60\u597d \ud83c\udf6a"`, 0},
		{"numbers", `[9223372036854775808,1.0,1e+22,NaN]`, 0},
		{"nested", `{"z":[{"b":{}}],"a":null}`, 0},
		{"long, so that Django compresses", `"` + strings.Repeat("cookie ", 2000) + `"`, 0},
		{"of 13 days ago", `1`, 13 * day},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := lab.browserWith(ask[string](django, "signed_cookie_encode", `{"res":41,"kept":`+test.value+`}`, test.age))
			b.count(42)
			b.count(43)
			if got, want := django.cookieData(b.key()), `{"res":43,"kept":`+test.value+`}`; got != want {
				t.Errorf("Django reads\n%.300s\nwant\n%.300s", got, want)
			}
		})
	}
}

// A cookie that Django rejects is rejected by the lab, too.
func TestForeignCookie(t *testing.T) {
	lab, django := bothSigned(t)
	good := ask[string](django, "signed_cookie_encode", `{"res":41}`)
	payload, signature, _ := strings.Cut(good, ":")
	// Rows of the table are signed with the same secret but another salt.
	var row string
	key := ask[string](django, "create", `{"res":41}`)
	if err := openFile(t, lab.db).QueryRow(`SELECT session_data FROM django_session WHERE session_key = ?`, key).Scan(&row); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, cookie string }{
		{"more than two weeks old", ask[string](django, "signed_cookie_encode", `{"res":41}`, 14*day+60)},
		{"other data", strings.ToUpper(payload) + ":" + signature},
		{"another signature", good[:len(good)-2] + "xx"},
		{"not signed", payload},
		{"a row of the table", row},
		{"the key of a row", key},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := django.cookieData(test.cookie); got != "" {
				t.Fatalf("Django reads %s", got)
			}
			b := lab.browserWith(test.cookie)
			b.count(1)
			if got := django.cookieData(b.key()); got != `{"res":1}` {
				t.Errorf("after a count Django reads %q", got)
			}
		})
	}
}
