package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestCookieCounter(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.want(v.get("/get_add_cookie"), 200, `{"res":1}`) // no page was visited before
	v.want(v.get("/get_add_cookie/"), 200, `{"res":2}`)
	v.want(v.post("/cookie/", nil), http.StatusSeeOther, "")
	v.want(v.get("/cookie/"), 200, `id="num">3<`)
	if got := v.cookie("res"); got != "3" {
		t.Errorf("the jar holds %q, want 3", got)
	}
	for _, strange := range []string{"abc", "1e3", "99999999999999999999", "", "%00", "9007199254740991", "9223372036854775807", "-9223372036854775808"} {
		stranger := lab.visitor()
		v.want(stranger.get("/get_add_cookie", "Cookie", "res="+strange), 200, `{"res":1}`)
	}
	v.want(lab.visitor().get("/get_add_cookie", "Cookie", "res=-5"), 200, `{"res":-4}`) // a number all the same
	set := lab.visitor().get("/get_add_cookie").Header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "res=1; Path=/; Expires=") || !strings.HasSuffix(set, "GMT; SameSite=Lax") {
		t.Errorf("Set-Cookie: %s", set)
	}
	refusing := lab.visitor()
	refusing.client.Jar = nil
	v.want(refusing.get("/cookie/?counted=1"), 200, `status-error`)
}

func TestSessionCounter(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.want(v.get("/session/"), 200, `id="num">0<`)
	if v.cookie("sessionid") != "" || lab.rows("django_session") != 0 {
		t.Fatal("reading a page made a session")
	}
	v.want(v.get("/get_add_session"), 200, `{"res":1}`)
	v.want(v.post("/session/", nil), http.StatusSeeOther, "")
	v.want(v.get("/session/"), 200, `id="num">2<`)
	if len(v.cookie("sessionid")) != 32 || lab.rows("django_session") != 1 {
		t.Fatal("counting made no session")
	}

	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 10 {
				v.get("/get_add_session/")
			}
		})
	}
	clients.Wait()
	v.want(v.get("/session/"), 200, `id="num">82<`)

	fixed := strings.Repeat("a", 32)
	stranger := lab.visitor()
	a := stranger.get("/get_add_session/", "Cookie", "sessionid="+fixed)
	v.want(a, 200, `{"res":1}`)
	if got := stranger.cookie("sessionid"); got == fixed || len(got) != 32 {
		t.Error("a key that the server did not make was taken over")
	}
}

func TestRegisterLoginLogout(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	form := url.Values{"username": {"小明"}, "pwd": {"correct horse battery"}}

	v.want(v.get("/online/index/"), http.StatusFound, "")
	a := v.post("/online/register/", form)
	v.want(a, http.StatusSeeOther, "")
	if a.Header.Get("Location") != "/online/login/" {
		t.Errorf("register leads to %s", a.Header.Get("Location"))
	}
	v.want(v.get("/online/login/"), 200, `value="小明"`)
	v.get("/get_add_session/")
	before := v.cookie("sessionid")
	a = v.post("/online/login/", form)
	v.want(a, http.StatusSeeOther, "")
	if a.Header.Get("Location") != "/online/index/" {
		t.Errorf("login leads to %s", a.Header.Get("Location"))
	}
	after := v.cookie("sessionid")
	if after == before || after == "" {
		t.Error("login kept the session key")
	}
	v.want(v.get("/online/index/"), 200, "小明")
	v.want(v.get("/session/"), 200, `id="num">1<`) // the data came along

	thief := lab.visitor()
	v.want(thief.get("/online/index/", "Cookie", "sessionid="+before), http.StatusFound, "")
	v.want(thief.get("/online/index/", "Cookie", "sessionid="+after), 200, "小明")

	v.want(v.get("/online/logout/"), 200, "") // explains, changes nothing
	v.want(v.get("/online/index/"), 200, "小明")
	v.want(v.post("/online/logout/", nil), http.StatusSeeOther, "")
	if v.cookie("sessionid") != "" {
		t.Error("logout left the cookie")
	}
	v.want(thief.get("/online/index/", "Cookie", "sessionid="+after), http.StatusFound, "")
	if n := lab.rows("django_session") + lab.rows("sessionlab_member_session"); n != 0 {
		t.Errorf("logout left %d rows", n)
	}
}

func TestFormErrors(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	good := "correct horse battery"
	v.want(v.post("/online/register/", url.Values{"username": {"Alice"}, "pwd": {good}}), http.StatusSeeOther, "")
	tests := []struct {
		name, path, username, pwd string
		status                    int
		text                      string
	}{
		{"no name", "/online/register/", "", good, 422, "username-error"},
		{"no password", "/online/register/", "bob", "", 422, "pwd-error"},
		{"short password", "/online/register/", "bob", "1234567", 422, "at least 8 characters"},
		{"common password", "/online/register/", "bob", "password1", 422, "pwd-error"},
		{"name as password", "/online/register/", "robert.smith", "Robert.Smith", 422, "pwd-error"},
		{"bidi name", "/online/register/", "bob\u202egnp", good, 422, "username-error"},
		{"NUL", "/online/register/", "bob\x00", good, 422, "username-error"},
		{"invalid UTF-8", "/online/register/", "bob\xff", good, 422, "username-error"},
		{"taken", "/online/register/", "aLICE", good, 409, "username-error"},
		{"unknown name", "/online/login/", "nobody", good, 422, "User name or password is wrong"},
		{"wrong password", "/online/login/", "alice", "not this one", 422, "User name or password is wrong"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := v.post(test.path, url.Values{"username": {test.username}, "pwd": {test.pwd}})
			v.want(a, test.status, test.text)
			if test.pwd != "" && strings.Contains(a.body, test.pwd) && test.pwd != test.username && len(test.pwd) > 8 {
				t.Error("the page repeats the password")
			}
		})
	}
	v.want(v.post("/online/register/", url.Values{"username": {"bob"}, "pwd": {"x"}}), 422, `value="bob"`)
	v.want(v.post("/online/login/", url.Values{"username": {"x"}, "pwd": {"y"}}, "Accept", "application/json"), 422, `{"error":"User name`)
}

func TestNext(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	form := url.Values{"username": {"carol"}, "pwd": {"correct horse battery"}}
	v.post("/online/register/", form)
	for next, want := range map[string]string{
		"/session/?x=1#y": "/session/?x=1#y", "": "/online/index/", "//evil.example/": "/online/index/",
		"https://evil.example/": "/online/index/", "/\\evil.example": "/online/index/", "/\t/evil.example": "/online/index/",
		"javascript:alert(1)": "/online/index/", "evil": "/online/index/",
	} {
		form.Set("next", next)
		if got := v.post("/online/login/", form).Header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

func TestAccount(t *testing.T) {
	lab := newTestLab(t)
	one, two, three := lab.visitor(), lab.visitor(), lab.visitor()
	password := "correct horse battery"
	form := url.Values{"username": {"dora"}, "pwd": {password}}
	one.member("dora", password)
	for _, v := range []*visitor{two, three} {
		v.want(v.post("/online/login/", form), http.StatusSeeOther, "")
	}
	loggedIn := func(v *visitor, want bool) {
		t.Helper()
		if got := v.get("/online/index/").StatusCode == 200; got != want {
			t.Errorf("logged in: %t, want %t", got, want)
		}
	}
	page := one.get("/online/account/")
	one.want(page, 200, "dora")
	if got := strings.Count(page.body, `name="session" value=`); got != 4 { // three, and "all others"
		t.Errorf("%d buttons to end sessions, want 4", got)
	}
	if strings.Contains(page.body, two.cookie("sessionid")) {
		t.Error("the page shows a session key")
	}

	one.want(one.post("/online/account/password/", url.Values{"old": {"wrong"}, "new": {"another long one"}}), 422, "old-error")
	one.want(one.post("/online/account/password/", url.Values{"old": {password}, "new": {"short"}}), 422, "new-error")
	key := one.cookie("sessionid")
	one.want(one.post("/online/account/password/", url.Values{"old": {password}, "new": {"another long one"}}), http.StatusSeeOther, "")
	if one.cookie("sessionid") == key {
		t.Error("a new password kept the session key")
	}
	loggedIn(one, true)
	loggedIn(two, false)
	loggedIn(three, false)
	one.want(one.get("/online/account/"), 200, "status-ok")

	form.Set("pwd", "another long one")
	two.want(two.post("/online/login/", form), http.StatusSeeOther, "")
	three.want(three.post("/online/login/", form), http.StatusSeeOther, "")
	one.want(one.post("/online/account/sessions/", url.Values{"session": {"others"}}), http.StatusSeeOther, "")
	loggedIn(one, true)
	loggedIn(two, false)
	one.want(one.post("/online/account/sessions/", url.Values{"session": {"x"}}), 400, "")

	one.want(one.post("/online/account/delete/", url.Values{"pwd": {"wrong"}}), 422, "pwd-error")
	one.want(one.post("/online/account/delete/", url.Values{"pwd": {"another long one"}}), http.StatusSeeOther, "")
	loggedIn(one, false)
	one.want(one.post("/online/login/", form), 422, "")
	for table, want := range map[string]int{"online_member": 0, "sessionlab_member": 1 /* the name's number */, "sessionlab_member_session": 0, "django_session": 0} {
		if n := lab.rows(table); n != want {
			t.Errorf("%d rows left in %s, want %d", n, table, want)
		}
	}
}

// A class behind one address, each with one typo, gets in; one who guesses
// does not, and cannot keep the member out elsewhere.
func TestGuessing(t *testing.T) {
	lab := newTestLab(t)
	v := lab.visitor()
	v.member("erin", "correct horse battery")
	var refused answer
	for i := range 150 {
		a := v.post("/online/login/", url.Values{"username": {"erin"}, "pwd": {fmt.Sprint("guess number ", i)}},
			"X-Forwarded-For", fmt.Sprint("10.0.0.", i), "X-Real-IP", fmt.Sprint("10.0.1.", i))
		if a.StatusCode == http.StatusTooManyRequests {
			refused = a
		}
	}
	if refused.Response == nil || refused.Header.Get("Retry-After") == "" {
		t.Fatal("150 wrong guesses met no 429 with Retry-After")
	}
}
