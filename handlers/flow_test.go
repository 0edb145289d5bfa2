package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"sessionlab/internal/web/webtest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCookieCounter(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Want(v.Get("/get_add_cookie"), 200, `{"res":1}`) // no page was visited before
	v.Want(v.Get("/get_add_cookie/"), 200, `{"res":2}`)
	v.Want(v.Post("/cookie/", nil), http.StatusSeeOther, "")
	v.Want(v.Get("/cookie/"), 200, `id="num">3<`)
	if got := v.Cookie("res"); got != "3" {
		t.Errorf("the jar holds %q, want 3", got)
	}
	for _, strange := range []string{"abc", "1e3", "99999999999999999999", "", "%00", "9007199254740991", "9223372036854775807", "-9223372036854775808"} {
		stranger := lab.Visitor()
		v.Want(stranger.Get("/get_add_cookie", "Cookie", "res="+strange), 200, `{"res":1}`)
	}
	v.Want(lab.Visitor().Get("/get_add_cookie", "Cookie", "res=-5"), 200, `{"res":-4}`) // negative, but a number
	set := lab.Visitor().Get("/get_add_cookie").Header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "res=1; Path=/; Expires=") || !strings.HasSuffix(set, "GMT; SameSite=Lax") {
		t.Errorf("Set-Cookie: %s", set)
	}
	refusing := lab.Visitor()
	refusing.Client.Jar = nil
	v.Want(refusing.Get("/cookie/?counted=1"), 200, `status-error`)

	// A page says what was sent, whether or not it can be read.
	v.Want(refusing.Get("/cookie/", "Cookie", `res=a"b; other=1; res=2`), 200, `<code>Cookie: res=a&#34;b; res=2</code>`)

	first := lab.Visitor()
	v.Want(first.Post("/", nil), http.StatusSeeOther, "")
	v.Want(first.Get("/"), 200, `<code>Cookie: res=1</code>`)
	first.Post("/cookie/attributes/", url.Values{"do": {"set"}})
	v.Want(first.Get("/cookie/attributes/"), 200, `<code>Cookie: short=alive</code>`)
	first.Post("/cookie/attributes/", url.Values{"do": {"delete"}})
	if first.Cookie("res") != "" {
		t.Error("res was not deleted")
	}
}

func TestSessionCounter(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Want(v.Get("/session/"), 200, `id="num">0<`)
	if v.Cookie("sessionid") != "" || lab.Rows("django_session") != 0 {
		t.Fatal("reading a page made a session")
	}
	v.Want(v.Get("/get_add_session"), 200, `{"res":1}`)
	v.Want(v.Post("/session/", nil), http.StatusSeeOther, "")
	v.Want(v.Get("/session/"), 200, `id="num">2<`)
	if len(v.Cookie("sessionid")) != 32 || lab.Rows("django_session") != 1 {
		t.Fatal("counting made no session")
	}

	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 10 {
				v.Get("/get_add_session/")
			}
		})
	}
	clients.Wait()
	v.Want(v.Get("/session/"), 200, `id="num">82<`)

	fixed := strings.Repeat("a", 32)
	stranger := lab.Visitor()
	a := stranger.Get("/get_add_session/", "Cookie", "sessionid="+fixed)
	v.Want(a, 200, `{"res":1}`)
	if got := stranger.Cookie("sessionid"); got == fixed || len(got) != 32 {
		t.Error("a key that the server did not make was taken over")
	}
	for sent, shown := range map[string]string{fixed: "aaaaaa…", "abc": "abc"} {
		v.Want(lab.Visitor().Get("/session/", "Cookie", "sessionid="+sent), 200, "<code>Cookie: sessionid="+shown+"</code>")
		v.Want(lab.Visitor().Get("/session/", "Cookie", "sessionid="+sent), 200, "The server does not know this key")
	}

	owner := lab.Visitor()
	v.Want(owner.Get("/session/table/"), 200, "There is no row for you yet.")
	v.Want(owner.Post("/session/table/", nil), http.StatusSeeOther, "")
	page := owner.Get("/session/table/")
	v.Want(page, 200, owner.Cookie("sessionid")[:6]+"…")
	row, err := lab.lab.config.Sessions.Load(t.Context(), owner.Cookie("sessionid"))
	if err != nil || !strings.Contains(page.Body, "<code>"+row.Raw+"</code>") {
		t.Errorf("the page does not show %s: %v", row.Raw, err)
	}
}

func TestRegisterLoginLogout(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	form := url.Values{"username": {"小明"}, "pwd": {"correct horse battery"}}

	v.Want(v.Get("/online/index/"), http.StatusFound, "")
	a := v.Post("/online/register/", form)
	v.Want(a, http.StatusSeeOther, "")
	if a.Header.Get("Location") != "/online/login/" {
		t.Errorf("register leads to %s", a.Header.Get("Location"))
	}
	v.Want(v.Get("/online/login/"), 200, `value="小明"`)
	v.Get("/get_add_session/")
	before := v.Cookie("sessionid")
	a = v.Post("/online/login/", form)
	v.Want(a, http.StatusSeeOther, "")
	if a.Header.Get("Location") != "/online/index/" {
		t.Errorf("login leads to %s", a.Header.Get("Location"))
	}
	after := v.Cookie("sessionid")
	if after == before || after == "" {
		t.Error("login kept the session key")
	}
	v.Want(v.Get("/online/index/"), 200, "小明")
	v.Want(v.Get("/session/"), 200, `id="num">1<`) // the data survived the login

	thief := lab.Visitor()
	v.Want(thief.Get("/online/index/", "Cookie", "sessionid="+before), http.StatusFound, "")
	v.Want(thief.Get("/online/index/", "Cookie", "sessionid="+after), 200, "小明")

	v.Want(v.Get("/online/logout/"), 200, "") // explains and changes nothing
	v.Want(v.Get("/online/index/"), 200, "小明")
	v.Want(v.Post("/online/logout/", nil), http.StatusSeeOther, "")
	if v.Cookie("sessionid") != "" {
		t.Error("logout left the cookie")
	}
	v.Want(thief.Get("/online/index/", "Cookie", "sessionid="+after), http.StatusFound, "")
	if n := lab.Rows("django_session") + lab.Rows("sessionlab_member_session"); n != 0 {
		t.Errorf("logout left %d rows", n)
	}
}

func TestFormErrors(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	good := "correct horse battery"
	v.Want(v.Post("/online/register/", url.Values{"username": {"Alice"}, "pwd": {good}}), http.StatusSeeOther, "")
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
			a := v.Post(test.path, url.Values{"username": {test.username}, "pwd": {test.pwd}})
			v.Want(a, test.status, test.text)
			if test.pwd != "" && strings.Contains(a.Body, test.pwd) && test.pwd != test.username && len(test.pwd) > 8 {
				t.Error("the page repeats the password")
			}
		})
	}
	v.Want(v.Post("/online/register/", url.Values{"username": {"bob"}, "pwd": {"x"}}), 422, `value="bob"`)
	v.Want(v.Post("/online/login/", url.Values{"username": {"x"}, "pwd": {"y"}}, "Accept", "application/json"), 422, `{"error":"User name`)
}

func TestNext(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	form := url.Values{"username": {"carol"}, "pwd": {"correct horse battery"}}
	v.Post("/online/register/", form)
	for next, want := range map[string]string{
		"/session/?x=1#y": "/session/?x=1#y", "": "/online/index/", "//evil.example/": "/online/index/",
		"https://evil.example/": "/online/index/", "/\\evil.example": "/online/index/", "/\t/evil.example": "/online/index/",
		"javascript:alert(1)": "/online/index/", "evil": "/online/index/",
	} {
		form.Set("next", next)
		if got := v.Post("/online/login/", form).Header.Get("Location"); got != want {
			t.Errorf("next %q leads to %q, want %q", next, got, want)
		}
	}
}

func TestAccount(t *testing.T) {
	lab := newTestLab(t)
	one, two, three := lab.Visitor(), lab.Visitor(), lab.Visitor()
	password := "correct horse battery"
	form := url.Values{"username": {"dora"}, "pwd": {password}}
	one.Member("dora", password)
	for _, v := range []*webtest.Visitor{two, three} {
		v.Want(v.Post("/online/login/", form), http.StatusSeeOther, "")
	}
	loggedIn := func(v *webtest.Visitor, want bool) {
		t.Helper()
		if got := v.Get("/online/index/").StatusCode == 200; got != want {
			t.Errorf("logged in: %t, want %t", got, want)
		}
	}
	page := one.Get("/online/account/")
	one.Want(page, 200, "dora")
	if got := strings.Count(page.Body, `name="session" value=`); got != 4 { // three, and "all others"
		t.Errorf("%d buttons to end sessions, want 4", got)
	}
	if strings.Contains(page.Body, two.Cookie("sessionid")) {
		t.Error("the page shows a session key")
	}

	one.Want(one.Post("/online/account/password/", url.Values{"old": {"wrong"}, "new": {"another long one"}}), 422, "old-error")
	one.Want(one.Post("/online/account/password/", url.Values{"old": {password}, "new": {"short"}}), 422, "new-error")
	key := one.Cookie("sessionid")
	one.Want(one.Post("/online/account/password/", url.Values{"old": {password}, "new": {"another long one"}}), http.StatusSeeOther, "")
	if one.Cookie("sessionid") == key {
		t.Error("a new password kept the session key")
	}
	loggedIn(one, true)
	loggedIn(two, false)
	loggedIn(three, false)
	one.Want(one.Get("/online/account/"), 200, "status-ok")

	form.Set("pwd", "another long one")
	two.Want(two.Post("/online/login/", form), http.StatusSeeOther, "")
	three.Want(three.Post("/online/login/", form), http.StatusSeeOther, "")
	one.Want(one.Post("/online/account/sessions/", url.Values{"session": {"others"}}), http.StatusSeeOther, "")
	loggedIn(one, true)
	loggedIn(two, false)
	one.Want(one.Post("/online/account/sessions/", url.Values{"session": {"x"}}), 400, "")

	one.Want(one.Post("/online/account/delete/", url.Values{"pwd": {"wrong"}}), 422, "pwd-error")
	one.Want(one.Post("/online/account/delete/", url.Values{"pwd": {"another long one"}}), http.StatusSeeOther, "")
	loggedIn(one, false)
	one.Want(one.Post("/online/login/", form), 422, "")
	for table, want := range map[string]int{"online_member": 0, "sessionlab_member": 1 /* the name's number */, "sessionlab_member_session": 0, "django_session": 0} {
		if n := lab.Rows(table); n != want {
			t.Errorf("%d rows left in %s, want %d", n, table, want)
		}
	}
}

// A class behind one address, with a typo each, can log in; someone who guesses cannot, and cannot
// lock the member out elsewhere.
func TestGuessing(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Member("erin", "correct horse battery")
	var refused webtest.Answer
	for i := range 150 {
		a := v.Post("/online/login/", url.Values{"username": {"erin"}, "pwd": {fmt.Sprint("guess number ", i)}},
			"X-Forwarded-For", fmt.Sprint("10.0.0.", i), "X-Real-IP", fmt.Sprint("10.0.1.", i))
		if a.StatusCode == http.StatusTooManyRequests {
			refused = a
		}
	}
	if refused.Response == nil || refused.Header.Get("Retry-After") == "" {
		t.Fatal("150 wrong guesses met no 429 with Retry-After")
	}
}

// After a click the facts beside the counter are those of the click, not of the page that shows them; also while the
// stage is open, and never another visitor's.
func TestFactsOfClick(t *testing.T) {
	lab := newTestLab(t)
	for _, looks := range []bool{false, true} {
		v, other := lab.Visitor(), lab.Visitor()
		if looks {
			watch(v, "")
		}
		v.Want(v.Get("/cookie/"), http.StatusOK, "No cookie called res")
		for n, count := range []func() webtest.Answer{
			func() webtest.Answer { return v.Get("/get_add_cookie") },
			func() webtest.Answer { return v.Post("/cookie/", nil) },
		} {
			set := count().Header.Get("Set-Cookie")
			for _, want := range []string{fmt.Sprintf("<code>Cookie: res=%d</code>", n), "<code>Set-Cookie: " + set + "</code>"} {
				lab.eventually(func() bool { return strings.Contains(v.Get("/cookie/?counted=1").Body, want) }, "the click shows "+want)
			}
		}
		if page := other.Get("/cookie/?counted=1"); strings.Contains(page.Body, "<code>Cookie: res=") {
			t.Error("another visitor sees the click")
		}
	}
}

// eventually waits until something holds: a response may be read before its exchange is kept.
func (l *testLab) eventually(holds func() bool, what string) {
	l.T.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			l.T.Fatal("it never holds that " + what)
		}
	}
}
