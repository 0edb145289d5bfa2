package django

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
)

// Django can read what the lab stores in a session.
func TestDjangoReads(t *testing.T) {
	lab, django := both(t)
	b := lab.browser()
	b.count(1)
	b.count(2)
	if got := django.session(b.key()); got != `{"res":2}` {
		t.Errorf("after two counts Django reads %s", got)
	}

	anonymous := b.key()
	b.register("Ada", "correct horse")
	b.logIn(http.StatusSeeOther, "Ada", "correct horse")
	if django.session(anonymous) != "" {
		t.Error("the key from before the login is alive")
	}
	var got struct {
		Res      int
		IsLogin  bool `json:"IS_LOGIN"`
		Username string
	}
	if err := json.Unmarshal([]byte(django.session(b.key())), &got); err != nil {
		t.Fatal(err)
	}
	if !got.IsLogin || got.Username != "Ada" || got.Res != 2 {
		t.Errorf("after the login Django reads %+v", got)
	}
}

// What Django stores in a session survives the lab's writes, character for character.
func TestLabKeeps(t *testing.T) {
	lab, django := both(t)
	for _, test := range []struct{ name, value string }{
		{"text", `"plain"`},
		{"unicode", `"\u4f60\u597d, \u00fcber, \ud83c\udf6a"`},
		{"half a surrogate pair", `"\ud83c"`},
		{"control characters", `"\u0000\t\n\"\\/\u2028"`},
		{"nothing", `null`},
		{"truth", `[true,false]`},
		{"integers", `[0,-1,9007199254740993,9223372036854775807,9223372036854775808]`},
		{"an integer of 60 digits", `-` + strings.Repeat("1234567890", 6)},
		{"floats", `[0.0,-0.0,1.0,0.1,1e+22,1.5e-07,1.7976931348623157e+308]`},
		{"not a number", `[NaN,Infinity,-Infinity]`},
		{"nested", `{"z":[{"b":{},"a":[[],[[1.0]]]}],"a":null,"":{"":""}}`},
		{"long, so that Django compresses", `"` + strings.Repeat("cookie ", 2000) + `"`},
		{"many names", manyNames(500)},
	} {
		t.Run(test.name, func(t *testing.T) {
			key := ask[string](django, "create", `{"before":`+test.value+`,"res":41,"after":`+test.value+`}`)
			b := lab.browserWith(key)
			b.count(42)
			b.count(43)
			if b.key() != key {
				t.Error("the session has another key")
			}
			want := `{"before":` + test.value + `,"res":43,"after":` + test.value + `}`
			if got := django.session(key); got != want {
				t.Errorf("Django reads\n%.300s\nwant\n%.300s", got, want)
			}
			django.do("put", key, `{"res":50}`)
			b.count(51)
		})
	}
}

// The lab continues from the number that Django counted, like the tutorial's int(res) + 1. Where Python would raise an
// exception, or the number is too large for Go, it begins again.
func TestCountOn(t *testing.T) {
	lab, django := both(t)
	for _, test := range []struct {
		name, res string
		want      int
	}{
		{"an integer", `41`, 42},
		{"a negative one", `-1`, 0},
		{"a whole float", `41.0`, 42},
		{"the last but one", `9223372036854775806`, math.MaxInt},
		{"the largest", `9223372036854775807`, 1},
		{"beyond it", `9223372036854775808`, 1},
		{"no number", `"many"`, 1},
		{"nothing", `null`, 1},
		{"a list", `[41]`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			key := ask[string](django, "create", `{"res":`+test.res+`}`)
			lab.browserWith(key).count(test.want)
			if got, want := django.session(key), fmt.Sprintf(`{"res":%d}`, test.want); got != want {
				t.Errorf("Django reads %s, want %s", got, want)
			}
		})
	}
}

func manyNames(n int) string {
	var names strings.Builder
	for i := range n {
		names.WriteString(strings.Repeat("x", i+1) + `":` + `1,"`)
	}
	return `{"` + strings.TrimSuffix(names.String(), `,"`) + "}"
}

// After a login in Django by the tutorial's view, the lab sees a logged-in member.
func TestDjangoLogsIn(t *testing.T) {
	lab, django := both(t)
	django.do("add_member", "grace", "correct horse")
	for _, test := range []struct {
		name, data string
		want       int
	}{
		{"a member", `{"IS_LOGIN":true,"username":"grace"}`, http.StatusOK},
		{"nobody", `{"IS_LOGIN":true,"username":"somebody else"}`, http.StatusFound},
		{"not logged in", `{"IS_LOGIN":false,"username":"grace"}`, http.StatusFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := lab.browserWith(ask[string](django, "create", test.data))
			if got := b.get("/online/index/").status; got != test.want {
				t.Errorf("the index answers %d, want %d", got, test.want)
			}
		})
	}

	b := lab.browserWith(ask[string](django, "create", `{"IS_LOGIN":true,"username":"grace"}`))
	django.do("delete_member", "grace")
	if got := b.get("/online/index/").status; got != http.StatusFound {
		t.Errorf("when Django has deleted the member the index answers %d", got)
	}
}

// A row without a valid signature is an empty session to both sides, and the next write repairs it.
func TestUnsigned(t *testing.T) {
	lab, django := both(t)
	key := ask[string](django, "create", `{"res":41}`)
	if _, err := openFile(t, lab.db).Exec(`UPDATE django_session SET session_data = replace(session_data, ':', 'x') WHERE session_key = ?`, key); err != nil {
		t.Fatal(err)
	}
	if got := django.session(key); got != "{}" {
		t.Errorf("Django reads %s", got)
	}
	b := lab.browserWith(key)
	b.count(1)
	if got := django.session(key); b.key() != key || got != `{"res":1}` {
		t.Errorf("after a count Django reads %s", got)
	}
}

// Either side can end a session for both.
func TestFlush(t *testing.T) {
	lab, django := both(t)

	b := lab.browser()
	b.count(1)
	flushed := b.key()
	django.do("flush", flushed)
	b.count(1)
	if b.key() == flushed {
		t.Error("the lab took over a key that Django had flushed")
	}
	if ask[bool](django, "exists", flushed) || !ask[bool](django, "exists", b.key()) {
		t.Error("Django does not see the new key instead of the flushed one")
	}

	ended := b.key()
	b.post(http.StatusSeeOther, "/online/logout/")
	if ask[bool](django, "exists", ended) {
		t.Error("Django sees the session that the lab logged out")
	}
	visited := ask[visit](django, "visit", ended)
	if visited.Res != 1 || strings.HasPrefix(visited.Cookie, "sessionid="+ended) {
		t.Error("Django took over a key that the lab had ended")
	}
}

// visit holds Django's response to a request through its middleware.
type visit struct {
	Res    int
	Cookie string // the value of Set-Cookie
}
