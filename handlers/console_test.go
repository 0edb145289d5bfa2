package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/web/webtest"
	"sessionlab/session"
)

// operation requests an operation as a script does.
func operation(v *webtest.Visitor, op, args string) webtest.Answer {
	v.T.Helper()
	return v.Do(v.Request(http.MethodPost, "/session/console/"+op, args, "Content-Type", "application/json"))
}

// consoleOperations lists operations to run in this order, with the expected responses.
var consoleOperations = []struct {
	name, op, args string
	status         int
	result         string
	modified       bool
	data           string
}{
	{"a missing key", "get", `{"key":"a"}`, 404, "", false, ""},
	{"get with a default", "get", `{"key":"a","default":7}`, 200, `7`, false, `{}`},
	{"nothing there", "is_empty", ``, 200, `true`, false, `{}`},
	{"no key", "session_key", `{}`, 200, `null`, false, `{}`},
	{"set", "set", `{"key":"a","value":1}`, 200, `null`, true, `{"a":1}`},
	{"set the same", "set", `{"key":"a","value":1}`, 200, `null`, true, `{"a":1}`},
	{"not ASCII", "set", `{"key":"中","value":"🍪\ud83c\u0000<"}`, 200, `null`, true, `{"a":1,"中":"🍪\ud83c\u0000<"}`},
	{"pop it", "pop", `{"key":"中"}`, 200, `"🍪\ud83c\u0000<"`, true, `{"a":1}`},
	{"any size", "set", `{"key":"b","value":[123456789012345678901234567890,1.0,-0.5]}`, 200, `null`, true, `{"a":1,"b":[123456789012345678901234567890,1.0,-0.5]}`},
	{"read it", "get", `{"key":"b"}`, 200, `[123456789012345678901234567890,1.0,-0.5]`, false, `{"a":1,"b":[123456789012345678901234567890,1.0,-0.5]}`},
	{"has_key", "has_key", `{"key":"x"}`, 200, `false`, false, ""},
	{"pop what is missing", "pop", `{"key":"x"}`, 404, "", false, ""},
	{"pop with a default", "pop", `{"key":"x","default":null}`, 200, `null`, false, ""},
	{"del", "del", `{"key":"b"}`, 200, `null`, true, `{"a":1}`},
	{"del what is missing", "del", `{"key":"b"}`, 404, "", false, ""},
	{"setdefault", "setdefault", `{"key":"n","value":null}`, 200, `null`, true, `{"a":1,"n":null}`},
	{"setdefault of nothing", "setdefault", `{"key":"q"}`, 400, "", false, ""},
	{"setdefault of what is there", "setdefault", `{"key":"a","value":2}`, 200, `1`, false, ""},
	{"update", "update", `{"values":{"z":{"y":1,"x":2},"a":2}}`, 200, `null`, true, `{"a":2,"n":null,"z":{"y":1,"x":2}}`},
	{"update with nothing", "update", `{"values":{}}`, 200, `null`, true, ""},
	{"keys", "keys", ``, 200, `["a","n","z"]`, false, ""},
	{"values", "values", ``, 200, `[2,null,{"y":1,"x":2}]`, false, ""},
	{"items", "items", ``, 200, `[["a",2],["n",null],["z",{"y":1,"x":2}]]`, false, ""},
	{"cycle_key", "cycle_key", ``, 200, `null`, true, `{"a":2,"n":null,"z":{"y":1,"x":2}}`},
	{"save", "save", ``, 200, `null`, false, ""},
	{"clear", "clear", ``, 200, `null`, true, `{}`},
	{"a key and no data", "is_empty", ``, 200, `false`, false, `{}`},
	{"set_expiry", "set_expiry", `{"value":300}`, 200, `null`, true, `{"_session_expiry":300}`},
	{"get_expiry_age", "get_expiry_age", ``, 200, `300`, false, ""},
	{"set_expiry 0", "set_expiry", `{"value":0}`, 200, `null`, true, `{"_session_expiry":0}`},
	{"at the end of the browser", "get_expire_at_browser_close", ``, 200, `true`, false, ""},
	{"set_expiry to a time", "set_expiry", `{"value":"2030-01-02T03:04:05Z"}`, 200, `null`, true, `{"_session_expiry":"2030-01-02T03:04:05+00:00"}`},
	{"get_expiry_date", "get_expiry_date", ``, 200, `"2030-01-02T03:04:05+00:00"`, false, ""},
	{"set_expiry never", "set_expiry", `{"value":"never"}`, 200, `null`, true, `{"_session_expiry":"9999-12-31T23:59:59+00:00"}`},
	{"set_expiry null", "set_expiry", `{"value":null}`, 200, `null`, true, `{}`},
	{"no test cookie", "delete_test_cookie", ``, 404, "", false, ""},
	{"set_test_cookie", "set_test_cookie", ``, 200, `null`, true, `{"testcookie":"worked"}`},
	{"test_cookie_worked", "test_cookie_worked", ``, 200, `true`, false, ""},
	{"delete_test_cookie", "delete_test_cookie", ``, 200, `null`, true, `{}`},
	{"flush", "flush", ``, 200, `null`, true, `{}`},
	{"after it", "session_key", ``, 200, `null`, false, `{}`},
	{"save makes a session", "save", ``, 200, `null`, true, `{}`},
	{"unknown", "eval", `{}`, 404, "", false, ""},
	{"no JSON", "set", `{`, 400, "", false, ""},
	{"no object", "set", `[]`, 400, "", false, ""},
	{"an unknown argument", "set", `{"key":"a","valeu":1}`, 400, "", false, ""},
	{"no argument", "set", `{"key":"a"}`, 400, "", false, ""},
	{"no text as key", "set", `{"key":1,"value":1}`, 400, "", false, ""},
	{"update with no object", "update", `{"values":[1]}`, 400, "", false, ""},
	{"a strange expiry", "set_expiry", `{"value":"tomorrow"}`, 400, "", false, ""},
	{"a number beyond floats", "set", `{"key":"a","value":1e999}`, 400, "", false, ""},
	{"too deep", "set", `{"key":"a","value":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, 400, "", false, ""},
}

// Every operation has the same result in every engine.
func TestConsoleInEveryEngine(t *testing.T) {
	for name, store := range testEngines() {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			v := newTestLabWith(t, engine, func(db *database.DB) session.Store { return store(t, db) }).Visitor()
			for _, op := range consoleOperations {
				t.Run(op.name, func(t *testing.T) {
					a := operation(v, op.op, op.args)
					if a.StatusCode != op.status {
						t.Fatalf("status %d, want %d: %s", a.StatusCode, op.status, a.Body)
					}
					var got struct {
						Error, Text string
						Result      json.RawMessage
						Modified    bool
						Data        json.RawMessage
						SessionKey  *string `json:"session_key"`
						Expiry      *struct {
							Age  json.RawMessage
							Date time.Time
						}
					}
					if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
						t.Fatalf("%v: %s", err, a.Body)
					}
					if op.status != 200 {
						if got.Error == "KeyError" && got.Text == "" || got.Error == "" {
							t.Errorf("no sentence: %s", a.Body)
						}
						if a.Header.Get("Set-Cookie") != "" {
							t.Error("a cookie went out")
						}
						return
					}
					if string(got.Result) != op.result || got.Modified != op.modified || op.data != "" && string(got.Data) != op.data {
						t.Errorf("result %s, modified %t, data %s\nwant %s, %t, %s", got.Result, got.Modified, got.Data, op.result, op.modified, op.data)
					}
					if got.Expiry == nil || len(got.Expiry.Age) == 0 {
						t.Errorf("no expiry: %s", a.Body)
					}
					key := v.Cookie("sessionid")
					if now := got.SessionKey; (now == nil) != (key == "") || now != nil && *now != key {
						t.Errorf("the key in the answer is not that of the cookie %q: %s", key, a.Body)
					}
				})
			}
			for _, line := range []string{`request.session['a'] = 1`, `s.Pop("a")`, `s.get_expiry_date()`, `s.flush()`} {
				v.Want(v.Post("/session/console/", url.Values{"line": {line}}), http.StatusSeeOther, "")
				v.Want(v.Get("/session/console/"), 200, "")
			}
		})
	}
}

// Reading creates neither a session nor its cookie.
func TestConsoleReads(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Want(v.Get("/session/console/"), 200, "request.session")
	for _, op := range []string{"keys", "items", "is_empty", "session_key", "get_expiry_age"} {
		v.Want(operation(v, op, ""), 200, "")
		v.Want(v.Post("/session/console/", url.Values{"op": {op}}), http.StatusSeeOther, "")
	}
	if lab.Rows("django_session") != 0 || v.Cookie("sessionid") != "" {
		t.Error("looking made a session")
	}
	script := lab.Visitor()
	if a := operation(script, "keys", ""); len(a.Header["Set-Cookie"]) > 0 {
		t.Errorf("a script that looks got %s", a.Header["Set-Cookie"])
	}
}

// The console does not let a session grow beyond 64 KiB; what it held stays.
func TestConsoleTooLarge(t *testing.T) {
	v := newTestLab(t).Visitor()
	v.Want(operation(v, "set", `{"key":"a","value":"`+strings.Repeat("x", 40<<10)+`"}`), 200, "")
	v.Want(operation(v, "set", `{"key":"b","value":"`+strings.Repeat("x", 30<<10)+`"}`), 413, "64 KiB")
	v.Want(operation(v, "update", `{"values":{"b":"`+strings.Repeat("x", 30<<10)+`"}}`), 413, "64 KiB")
	v.Want(operation(v, "keys", ""), 200, `"result":["a"]`)
	// Refused before anything is read, even from curl -d, which calls its body a form.
	v.Want(v.Do(v.Request(http.MethodPost, "/session/console/set", `{"key":"a","value":"`+strings.Repeat("x", 70<<10)+`"}`,
		"Content-Type", "application/x-www-form-urlencoded")), 413, `{"error":`)
	v.Want(v.Post("/session/console/", url.Values{"line": {`s["b"] = "` + strings.Repeat("x", 30<<10) + `"`}}), 413, "64 KiB")
}

// The console cannot turn a session into another user's; a login survives and ends as with Django.
func TestConsoleAndLogin(t *testing.T) {
	for name, store := range testEngines() {
		t.Run(name, func(t *testing.T) {
			engine, _, _ := strings.Cut(name, ",")
			lab := newTestLabWith(t, engine, func(db *database.DB) session.Store { return store(t, db) })
			v, forger := lab.Visitor(), lab.Visitor()
			v.Member("judy", "correct horse battery")

			for _, args := range []string{`{"key":"IS_LOGIN","value":true}`, `{"key":"username","value":"judy"}`, `{"key":"session_version","value":1}`, `{"key":"_auth_user_id","value":"1"}`} {
				forger.Want(operation(forger, "set", args), 403, "log")
				forger.Want(operation(forger, "setdefault", args), 403, "")
			}
			forger.Want(operation(forger, "update", `{"values":{"a":1,"IS_LOGIN":true,"username":"judy"}}`), 403, "")
			forger.Want(operation(forger, "pop", `{"key":"session_version","default":1}`), 403, "")
			forger.Want(forger.Post("/session/console/", url.Values{"line": {`s.Set("IS_LOGIN", true)`}}), 403, "IS_LOGIN")
			forger.Want(forger.Get("/online/index/"), http.StatusFound, "")

			line := func(line string) {
				t.Helper()
				v.Want(v.Post("/session/console/", url.Values{"line": {line}}), http.StatusSeeOther, "")
			}
			line(`s["mine"] = "only judy's"`)
			line(`s.cycle_key()`)
			v.Want(v.Get("/online/index/"), 200, "judy")
			if engine != "signed_cookies" {
				v.Want(v.Get("/online/account/"), 200, "(this one)")
			}
			v.Want(v.Post("/session/console/", url.Values{"do": {"afresh"}}), http.StatusSeeOther, "")
			v.Want(v.Get("/online/index/"), 200, "judy")
			line(`s["mine"] = "only judy's"`)
			line(`s.flush()`)
			v.Want(v.Get("/online/index/"), http.StatusFound, "")
			for range 3 {
				v.Want(v.Post("/session/console/", url.Values{"do": {"undo"}}), http.StatusSeeOther, "")
			}
			v.Want(v.Get("/online/index/"), http.StatusFound, "")
			if page := v.Get("/session/console/"); strings.Contains(page.Body, "only judy") {
				t.Error("after the logout the member's data is on the page")
			}
			if n := lab.Rows("sessionlab_member_session"); n != 0 {
				t.Errorf("%d sessions are on the member's list", n)
			}
		})
	}
}

// Undo reverts what the operation changed, but nothing that changed elsewhere.
func TestConsoleUndo(t *testing.T) {
	v := newTestLab(t).Visitor()
	line := func(line string) {
		t.Helper()
		v.Want(v.Post("/session/console/", url.Values{"line": {line}}), http.StatusSeeOther, "")
	}
	undo := func(want string) {
		t.Helper()
		v.Want(v.Post("/session/console/", url.Values{"do": {"undo"}}), http.StatusSeeOther, "")
		v.Want(operation(v, "keys", ""), 200, `"data":`+want+",")
	}
	v.Get("/session/console/")
	v.Get("/get_add_session/")
	line(`s["a"] = 1`)
	line(`s["a"] = [2, 12345678901234567890]`)
	v.Get("/get_add_session/")
	line(`s.Set("b", nil)`)
	line(`del s["missing"]`)
	line(`s.set_expiry(300)`)
	line(`s.clear()`)
	v.Want(v.Get("/session/console/"), 200, "s.clear()")
	v.Get("/get_add_session/")
	undo(`{"res":2,"a":[2,12345678901234567890],"b":null,"_session_expiry":300}`)
	v.Get("/get_add_session/")
	undo(`{"res":3,"a":[2,12345678901234567890],"b":null}`)
	undo(`{"res":3,"a":[2,12345678901234567890],"b":null}`)
	undo(`{"res":3,"a":[2,12345678901234567890]}`)
	undo(`{"res":3,"a":1}`)
	undo(`{"res":3}`)
	undo(`{"res":3}`)
	line(`s["c"] = 1`)
	line(`s.flush()`)
	undo(`{"res":3,"c":1}`)
	v.Want(v.Post("/session/console/", url.Values{"do": {"afresh"}}), http.StatusSeeOther, "")
	v.Want(operation(v, "session_key", ""), 200, `"session_key":null`)
	if v.Cookie("sessionid") != "" {
		t.Error("start afresh left the cookie")
	}
}

// A wrong line stays in its field, with a note of what was expected and where.
func TestConsoleWrongLine(t *testing.T) {
	v := newTestLab(t).Visitor()
	a := v.Post("/session/console/", url.Values{"line": {`request.session['<a>'] = open`}})
	v.Want(a, 400, "Column 26")
	v.Want(a, 400, `value="request.session[&#39;&lt;a&gt;&#39;] = open"`)
	v.Want(v.Post("/session/console/", url.Values{"op": {"set"}, "key": {"k"}, "value": {"not JSON"}}), 400, `value="not JSON"`)
	v.Want(v.Post("/session/console/", url.Values{"op": {"set_expiry"}, "value": {"never"}}), http.StatusSeeOther, "")
	v.Want(v.Post("/session/console/", url.Values{}), 400, "Column 1")
	v.Want(v.Get("/session/console/copy"), 400, "")
}

// An undo that fails because there is no room succeeds once there is.
func TestConsoleUndoTooLarge(t *testing.T) {
	v := newTestLab(t).Visitor()
	v.Get("/session/console/")
	v.Want(v.Post("/session/console/", url.Values{"line": {`s["a"] = "` + strings.Repeat("x", 40<<10) + `"`}}), http.StatusSeeOther, "")
	v.Want(v.Post("/session/console/", url.Values{"line": {`del s["a"]`}}), http.StatusSeeOther, "")
	v.Want(operation(v, "set", `{"key":"b","value":"`+strings.Repeat("x", 40<<10)+`"}`), 200, "") // by a script, so not in the history
	v.Want(v.Post("/session/console/", url.Values{"do": {"undo"}}), 413, "64 KiB")
	v.Want(operation(v, "keys", ""), 200, `"result":["b"]`)
	v.Want(operation(v, "del", `{"key":"b"}`), 200, "")
	v.Want(v.Post("/session/console/", url.Values{"do": {"undo"}}), http.StatusSeeOther, "")
	v.Want(operation(v, "keys", ""), 200, `"result":["a"]`)
}

// Whoever is logged in is asked for once a request, however many parts of it want to know.
func TestMemberIsFoundOnce(t *testing.T) {
	lab := newTestLab(t)
	v := lab.Visitor()
	v.Member("ken", "correct horse battery")
	v.Get("/stage/") // which shows what came before, too
	w := watch(v, strconv.FormatUint(lab.last(v), 10))
	defer w.cancel()
	for _, path := range []string{"/session/console/", "/online/account/", "/online/index/"} {
		w.Get(path)
	}
	w.Post("/session/console/", url.Values{"line": {"request.session['a'] = 1"}})
	for range 4 {
		e := w.exchange()
		asked := 0
		for _, st := range e.Statements {
			if strings.Contains(st.Query, "FROM online_member") {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("%s %s asks for the member %d times: %+v", e.Method, e.URL, asked, e.Statements)
		}
	}
}

// The console explains what an operation really did.
func TestConsoleExplains(t *testing.T) {
	v := newTestLab(t).Visitor()
	for _, test := range []struct{ name, line, says string }{
		{"flush without a session", `s.flush()`, "There is no session, so nothing was saved or deleted."},
		{"del", `del s['x']`, "so there was nothing to delete"},
		{"an index", `s['x']`, "Lookup returns ok = false"},
		{"a change", `s['a'] = 1`, "So the session was saved."},
		{"in", `'a' in request.session`, `<span class="s2">&#34;a&#34;</span> <span class="ow">in</span>`},
		{"flush", `s.flush()`, "Nothing was saved: flush deleted the session"},
		{"Chinese quotes", `s[‘a’] = 1`, "this is the Chinese mark ‘, where code needs &#39;"},
		{"the correction", `s[‘a’] = 1`, `name="line" value="s[&#39;a&#39;] = 1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			v.T = t
			a := v.Post("/session/console/", url.Values{"line": {test.line}})
			if a.StatusCode == http.StatusSeeOther {
				a = v.Get("/session/console/")
			}
			v.Want(a, a.StatusCode, test.says)
		})
	}
}

// A browser that refuses cookies is told so at the first press, on every page with an experiment.
func TestRefusedCookies(t *testing.T) {
	v := newTestLab(t).Visitor()
	refusing := *v
	refusing.Client = &http.Client{CheckRedirect: v.Client.CheckRedirect} // no jar
	for _, test := range []struct {
		page, to string
		form     url.Values
	}{
		{"/session/console/", "/session/console/", url.Values{"line": {"s['a'] = 1"}}},
		{"/session/expiry/", "/session/expiry/", url.Values{"do": {"start"}}},
		{"/session/engines/", "/session/engines/", url.Values{"do": {"start"}}},
		{"/session/race/", "/session/race/", url.Values{"n": {"2"}, "work": {"0"}}},
		{"/session/race/", "/session/race/logout", nil},
		{"/cookie/lab/", "/cookie/lab/", url.Values{"line": {"a=1"}}},
	} {
		for _, visitor := range []*webtest.Visitor{v, &refusing} {
			visitor.Want(visitor.Get(test.page), http.StatusOK, "")
			a := visitor.Post(test.to, test.form)
			visitor.Want(a, http.StatusSeeOther, "")
			path, _, _ := strings.Cut(a.Header.Get("Location"), "#")
			if told := strings.Contains(visitor.Get(path).Body, "did not send back the lab&#39;s cookie"); told != (visitor == &refusing) {
				t.Errorf("%s: told %v", test.to, told)
			}
		}
	}
	refusing.Want(refusing.Post("/session/race/increment", url.Values{"run": {"gone"}}, "Accept", "application/json"), http.StatusNotFound, "did not send back")
	for _, page := range []string{"/cookie/lab/", "/cookie/sites/", "/cookie/limits/"} { // to which experiments return
		refusing.Want(refusing.Get(page), http.StatusOK, page+"?tried=1")
		refusing.Want(refusing.Get(page+"?tried=1"), http.StatusOK, "did not send back the lab&#39;s cookie")
	}
}
