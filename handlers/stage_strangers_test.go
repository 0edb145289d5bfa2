package handlers

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/stage"
	"sessionlab/internal/stage/export"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
)

// shownEngines are engines whose keys differ in form, or in where they appear.
var shownEngines = []struct {
	name  string
	store func(db *database.DB) session.Store
}{
	{"db", func(db *database.DB) session.Store { return session.NewDB(db, webtest.Keys(), time.Now) }},
	{"db, hashed", func(db *database.DB) session.Store {
		return session.Hashed(session.NewDB(db, webtest.Keys(), time.Now))
	}},
	{"cache", func(*database.DB) session.Store { return session.NewCache(session.DefaultLimits(), time.Now) }},
	{"signed_cookies", func(*database.DB) session.Store { return session.NewSignedCookies(webtest.Keys(), time.Now) }},
}

// inShownEngines runs a test with each of them.
func inShownEngines(t *testing.T, test func(t *testing.T, lab *testLab)) {
	for _, engine := range shownEngines {
		t.Run(engine.name, func(t *testing.T) {
			name, _, _ := strings.Cut(engine.name, ",")
			test(t, newTestLabWith(t, name, engine.store))
		})
	}
}

// sees returns all that the stage shows to a visitor once it has the exchange about last: the list, each
// exchange as a page and as every copy, the archive and the stream.
func (l *testLab) sees(v *webtest.Visitor, last string) string {
	v.T.Helper()
	var exchanges []*record.Exchange
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		exchanges = l.lab.stage.Exchanges(stage.Viewer{Visitor: l.stageID(v)[:26]})
		if n := len(exchanges); n > 0 && exchanges[n-1].Request.Target == last {
			break // an answer may be read before its exchange is kept
		}
	}
	var all strings.Builder
	ask := func(path string) {
		a := v.Get(path)
		v.Want(a, http.StatusOK, "")
		all.WriteString(a.Body)
	}
	ask("/stage/")
	ask("/stage/har")
	w := watch(v, "")
	defer w.cancel()
	for _, e := range exchanges {
		path := fmt.Sprintf("/stage/exchange/%d/", e.ID)
		ask(path)
		for _, format := range export.Formats() {
			ask(path + "copy?as=" + format)
		}
		_, _, data := w.event()
		all.WriteString(data)
	}
	return all.String()
}

// sessionKey returns the session key in the visitor's browser.
func sessionKey(v interface{ Cookie(string) string }) string { return v.Cookie("sessionid") }

// tellsKey reports whether a text contains enough of a key to log in with it.
func tellsKey(text, key string) bool {
	secret := key[strings.LastIndexByte(key, ':')+1:] // of a signed one
	return strings.Contains(text, secret)
}

// around returns the part of a text around a key.
func around(text, key string) string {
	at := strings.Index(text, key[strings.LastIndexByte(key, ':')+1:])
	if at < 0 {
		return ""
	}
	return text[max(0, at-300):min(len(text), at+100)]
}

// plant gives a visitor's browser another visitor's name, as a program on another port of the host can.
func plant(v *webtest.Visitor, name, path string) {
	at, _ := url.Parse(v.URL)
	cookie, value, _ := strings.Cut(regexpOwn.FindString(name), "=")
	v.Client.Jar.SetCookies(at, []*http.Cookie{{Name: cookie, Value: value, Path: path}})
}

// ended waits for the end of a stream and returns what came before.
func (w *watcher) ended() string {
	w.T.Helper()
	rest, err := io.ReadAll(w.events)
	if err != nil {
		w.T.Fatalf("the stream was cut: %v", err)
	}
	return string(rest)
}

// Nobody is watched because of a link to /stage/enter, and watching someone who agreed ends at the login.
func TestStageLinkBeforeLogin(t *testing.T) {
	inShownEngines(t, func(t *testing.T, lab *testLab) {
		stranger, victim := lab.watcher(), lab.Visitor()
		_, rest, _ := strings.Cut(stranger.Get("/stage/").Body, `href="//a.localhost:`)
		_, path, _ := strings.Cut(rest[:strings.IndexByte(rest, '"')], "/")
		for range 2 { // to look at it uses nothing up
			a := victim.Get("/"+path, "Host", "a.localhost")
			victim.Want(a, http.StatusOK, `<form class="form" method="post" action="/stage/enter">`)
			if got := a.Header["Set-Cookie"]; len(got) > 0 || jarHeader(victim) != "" {
				t.Fatalf("a link sets %q", got)
			}
		}
		form := url.Values{"pass": {strings.TrimPrefix(path, "stage/enter?pass=")}}
		victim.Want(victim.Post("/stage/enter", form, "Origin", "http://evil.example"), http.StatusForbidden, "")
		victim.Want(victim.Post("/stage/enter", form, "Origin", lab.Server.URL), http.StatusSeeOther, "")

		// From here until the login the victim is watched.
		account := url.Values{"username": {"alice"}, "pwd": {"correct-horse-battery"}}
		victim.Want(victim.Post("/online/register/", account), http.StatusSeeOther, "")
		if e := stranger.exchange(); !strings.HasSuffix(e.URL, "/online/register/") || tellsKey(fmt.Sprint(e), sessionKey(victim)) {
			t.Errorf("the stranger sees %+v", e)
		}
		before := sessionKey(victim)
		victim.Want(victim.Post("/online/login/", account), http.StatusSeeOther, "")
		victim.Get("/online/index/")
		if rest := stranger.ended(); strings.Contains(rest, "event:") {
			t.Errorf("the stranger is also told %s", rest)
		}
		if n := lab.last(stranger.Visitor); n != 0 {
			t.Errorf("under the old name there are %d exchanges", n)
		}
		late := watch(stranger.Visitor, "")
		victim.Get("/get_add_session/")
		late.cancel()
		if rest, _ := io.ReadAll(late.events); strings.Contains(string(rest), "exchange") {
			t.Errorf("and then %s", rest)
		}
		// The member sees everything: the old key shortened, the new one whole.
		text := lab.sees(victim, "/get_add_session/")
		if tellsKey(text, before) || !strings.Contains(text, sessionKey(victim)) {
			t.Errorf("the member sees the old key here: %s", around(text, before))
		}
		for _, path := range []string{"/online/register/", "/online/login/", "/online/index/", "/get_add_session/"} {
			if !strings.Contains(text, path) {
				t.Errorf("the member does not see %s", path)
			}
		}
		if strings.Contains(victim.Get("/stage/").Body, before) {
			t.Error("the list shows the old key")
		}
	})
}

// Another program on the host can plant a visitor's name. A stranger with that name sees the requests, but
// neither sees a session key nor acts on a request that has one.
func TestStagePlantedName(t *testing.T) {
	inShownEngines(t, func(t *testing.T, lab *testLab) {
		stranger, victim := lab.watcher(), lab.Visitor()
		victim.Get("/")
		victim.Member("alice", "correct-horse-battery")
		plant(victim, jarHeader(stranger.Visitor), "/")
		answered := make(chan *http.Response, 1)
		ask := func(path string) {
			response, err := victim.Client.Do(victim.Request("GET", path, ""))
			if err != nil {
				t.Error(err)
				response = nil
			} else {
				response.Body.Close()
			}
			answered <- response
		}
		decide := func(by *webtest.Visitor, form url.Values) webtest.Answer {
			return by.Post("/stage/held/1/", form, "Accept", "application/json")
		}

		// The stranger cannot hold it.
		stranger.Want(stranger.Post("/stage/hold", url.Values{"armed": {"1"}}, "Accept", "application/json"), http.StatusOK, `"armed":true`)
		ask("/online/index/")
		if response := <-answered; response == nil || response.StatusCode != http.StatusOK {
			t.Fatalf("the member is answered %v", response)
		}
		first := stranger.exchange()
		if !strings.HasSuffix(first.URL, "/online/index/") {
			t.Fatalf("the stranger sees %+v", first)
		}
		// Only the member decides on a request that the member holds.
		victim.Want(victim.Post("/stage/hold", url.Values{"armed": {"1"}}, "Accept", "application/json"), http.StatusOK, `"armed":true`)
		if strings.Contains(stranger.Get("/stage/").Body, `name="armed" value="0"`) {
			t.Error("to the stranger the next request waits, too")
		}
		before := sessionKey(victim)
		go ask("/get_add_session/")
		if name, _, data := stranger.event(); name != "held" || tellsKey(data, sessionKey(victim)) {
			t.Errorf("%s %s", name, data)
		}
		const sentence = "belongs to a session"
		stranger.Want(stranger.Get("/stage/held/1/"), http.StatusForbidden, sentence)
		stranger.Want(decide(stranger.Visitor, url.Values{"action": {"drop"}}), http.StatusForbidden, sentence)
		stranger.Want(decide(stranger.Visitor, url.Values{"action": {"continue"}, "head": {"GET /session/ HTTP/1.1"}}), http.StatusForbidden, sentence)
		if strings.Contains(stranger.Get("/stage/").Body, "/stage/held/") {
			t.Error("the stranger's list offers the held request")
		}
		held := victim.Get("/stage/held/1/")
		victim.Want(held, http.StatusOK, "sessionid="+sessionKey(victim))
		victim.Want(decide(victim, url.Values{"action": {"continue"}, "head": {"GET /get_add_session/ HTTP/1.1\nCookie: sessionid=" + sessionKey(victim)}}), http.StatusOK, "")
		if response := <-answered; response == nil || response.StatusCode != http.StatusOK {
			t.Fatalf("the member is answered %v", response)
		}
		stranger.event() // released
		second := stranger.exchange()

		// The keys appear nowhere, and the requests cannot be sent again.
		text := lab.sees(stranger.Visitor, "/get_add_session/") + fmt.Sprint(first, second)
		for _, key := range []string{before, sessionKey(victim)} {
			if tellsKey(text, key) {
				t.Errorf("the stranger sees a key: %s", around(text, key))
			}
		}
		if cookie := field(second.Request.Headers, "Cookie"); !strings.Contains(cookie, "sessionid="+before[:6]) || !strings.Contains(cookie, "••••") {
			t.Errorf("the cookie is shown as %s", cookie)
		}
		send := func(by *webtest.Visitor, cookie string) webtest.Answer {
			return by.Post("/stage/send", url.Values{"head": {"GET /online/index/ HTTP/1.1\nCookie: " + cookie}}, "Accept", "application/json")
		}
		for _, cookie := range []string{field(second.Request.Headers, "Cookie"), "sessionid=" + sessionKey(victim), "sessionid=x; sessionid=" + sessionKey(victim)} {
			stranger.Want(send(stranger.Visitor, cookie), http.StatusForbidden, sentence)
		}
		stranger.Want(send(stranger.Visitor, "sessionid=nobodys-session"), http.StatusOK, `"id"`)
		victim.Want(send(victim, "sessionid="+sessionKey(victim)), http.StatusOK, `"id"`)
		if !strings.Contains(lab.sees(victim, "/online/index/"), sessionKey(victim)) {
			t.Error("the member does not see the own key")
		}
	})
}

// A stranger cannot edit a held request without a session into one of the stranger's own session.
func TestStageEditsIntoNoSession(t *testing.T) {
	lab := newTestLab(t)
	stranger, victim := lab.watcher(), lab.Visitor()
	stranger.Visitor.Get("/get_add_session/")
	stranger.exchange()
	plant(victim, jarHeader(stranger.Visitor), "/")
	stranger.Post("/stage/hold", url.Values{"armed": {"1"}})
	done := make(chan webtest.Answer, 1)
	go func() { done <- victim.Get("/get_add_cookie") }()
	if name, _, _ := stranger.event(); name != "held" {
		t.Fatalf("event %s", name)
	}
	head := "GET /get_add_session/ HTTP/1.1\nCookie: sessionid=" + sessionKey(stranger)
	stranger.Want(stranger.Post("/stage/held/1/", url.Values{"action": {"continue"}, "head": {head}}), http.StatusForbidden, "")
	stranger.Want(stranger.Post("/stage/held/1/", url.Values{"action": {"continue"}}), http.StatusSeeOther, "")
	if a := <-done; a.StatusCode != http.StatusOK || sessionKey(victim) != "" {
		t.Errorf("the victim got %d and the session %q", a.StatusCode, sessionKey(victim))
	}
}

// If a browser brings two names, one is planted, and neither is told anything.
func TestStageTwoNames(t *testing.T) {
	lab := newTestLab(t)
	stranger, victim := lab.watcher(), lab.watcher()
	plant(victim.Visitor, jarHeader(stranger.Visitor), "/session/")
	victim.Get("/session/")
	victim.Get("/get_add_cookie")
	stranger.Visitor.Get("/get_add_cookie?own")
	if e := victim.exchange(); !strings.HasSuffix(e.URL, "/get_add_cookie") {
		t.Errorf("the victim is told of %s", e.URL)
	}
	if e := stranger.exchange(); !strings.HasSuffix(e.URL, "?own") {
		t.Errorf("the stranger is told of %s", e.URL)
	}
}

// A key is shown whole only while the browser uses it: not after the login, and not after the logout.
func TestStageKeysInTime(t *testing.T) {
	inShownEngines(t, func(t *testing.T, lab *testLab) {
		w := lab.watcher()
		v := w.Visitor
		v.Get("/get_add_session/")
		before := sessionKey(v)
		if e := w.exchange(); tellsKey(fmt.Sprint(e), before) {
			t.Errorf("a stream from before shows the new key: %+v", e)
		}
		if !strings.Contains(lab.sees(v, "/get_add_session/"), before) {
			t.Error("the current key is hidden")
		}
		own := watch(v, fmt.Sprint(lab.last(v)))
		v.Get("/session/")
		if e := own.exchange(); !tellsKey(fmt.Sprint(e), before) {
			t.Errorf("a stream hides the key that it brought: %+v", e)
		}
		account := url.Values{"username": {"alice"}, "pwd": {"correct-horse-battery"}}
		v.Want(v.Post("/online/register/", account), http.StatusSeeOther, "")
		registered := sessionKey(v)
		own.exchange() // while that key was good
		v.Want(v.Post("/online/login/", account), http.StatusSeeOther, "")
		after := sessionKey(v)
		if text := w.ended() + own.ended() + lab.sees(v, "/online/login/"); tellsKey(text, registered) || !strings.Contains(text, after) {
			t.Errorf("after the login the old key is seen here: %s", around(text, registered))
		}
		page := v.Get("/stage/exchange/" + fmt.Sprint(lab.last(v)) + "/").Body
		if !strings.Contains(page, "Session keys are shortened here") {
			t.Error("nothing says why a key is hidden")
		}
		bound := watch(v, fmt.Sprint(lab.last(v)))
		v.Want(v.Post("/online/logout/", nil), http.StatusSeeOther, "")
		out := bound.exchange()
		if engineKeeps := session.CanRevoke(lab.lab.config.Sessions); tellsKey(fmt.Sprint(out), after) == engineKeeps {
			t.Errorf("the logout is shown as %+v", out)
		}
		if text := lab.sees(v, "/online/logout/"); tellsKey(text, after) || tellsKey(text, registered) {
			t.Errorf("after the logout a key is seen here: %s%s", around(text, after), around(text, registered))
		}
		if session.CanRevoke(lab.lab.config.Sessions) {
			old := v.Get("/stage/har", "Cookie", jarHeader(v)+"; sessionid="+after)
			v.Want(old, http.StatusOK, "/online/logout/")
			if tellsKey(old.Body, after) {
				t.Error("a dead key that comes back is shown")
			}
			v.Want(v.Post("/stage/send", url.Values{"head": {"GET /online/index/ HTTP/1.1\nCookie: sessionid=" + after}}, "Accept", "application/json"), http.StatusOK, "")
		}
	})
}

// The account page asks the store for the member's other sessions, whose keys belong to other browsers.
func TestStageOtherSessionsOfMember(t *testing.T) {
	lab := newTestLab(t)
	phone, w := lab.Visitor(), lab.Visitor()
	phone.Member("alice", "correct-horse-battery")
	w.Get("/")
	form := url.Values{"username": {"alice"}, "pwd": {"correct-horse-battery"}}
	w.Want(w.Post("/online/login/", form), http.StatusSeeOther, "")
	w.Get("/stage/")
	w.Want(w.Get("/online/account/"), http.StatusOK, "")
	text := lab.sees(w, "/online/account/")
	if tellsKey(text, sessionKey(phone)) || !strings.Contains(text, sessionKey(phone)[:6]+"••••") {
		t.Errorf("the other browser's key is seen here: %s", around(text, sessionKey(phone)))
	}
	if !slices.Contains(strings.Split(jarHeader(w), "; "), "sessionid="+sessionKey(w)) || !strings.Contains(text, sessionKey(w)) {
		t.Error("the own key is hidden")
	}
}
