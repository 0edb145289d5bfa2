package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionlab/cookie"
	"sessionlab/internal/web"
)

func (l *testLab) predict(body, lang string) (int, string) {
	l.T.Helper()
	r, err := http.NewRequest("POST", l.Server.URL+"/cookie/lab/predict", strings.NewReader(body))
	if err != nil {
		l.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", lang)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		l.T.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		l.T.Fatal(err)
	}
	if len(response.Cookies()) > 0 {
		l.T.Errorf("a prediction set %v", response.Cookies())
	}
	return response.StatusCode, string(answer)
}

func TestPredict(t *testing.T) {
	lab := newTestLab(t)
	for _, test := range []struct {
		name, body string
		want       []string // parts of the answer
	}{
		{"one", `{"from":"http://localhost:7377/cookie/","set_cookie":["a=b; Path=/; HttpOnly"],"to":"http://localhost/"}`,
			[]string{`"profile":"rfc","measured":true`, `"line":"a=b; Path=/; HttpOnly","stored":true,"deleted":false,"clamped":false,"reason":null,"section":null,"text":null`,
				`"cookie":{"name":"a","value":"b","domain":"localhost","host_only":true,"path":"/","expires":null,"secure":false,"http_only":true,"same_site":"Default","partitioned":false},"ignored":[]`,
				`"cookie":"a=b","sent":[{"name":"a","sent":true,"reason":null,"section":null,"text":null}]`}},
		{"refused", `{"from":"http://localhost/","set_cookie":["a=b; Secure"],"to":"http://localhost/","profile":"rfc","method":"GET","initiator":null}`,
			[]string{`"stored":false`, `"reason":"SecureOnly","section":"5.8.3","text":"Secure cookies are sent by https only."`, `"cookie":null`, `"cookie":"","sent":[]`}},
		{"by profile", `{"from":"http://localhost/","set_cookie":["a=b; Secure"],"profile":"chromium"}`, []string{`"stored":true`, `"cookie":"a=b"`}},
		{"not measured", `{"from":"http://localhost/","set_cookie":["a=b; Secure"],"profile":"safari"}`, []string{`"measured":false`, `"reason":"SecureOnly"`}},
		{"cross-site", `{"from":"http://localhost/","set_cookie":["a=b; SameSite=Strict"],"initiator":"http://127.0.0.1/"}`, []string{`"cookie":"","sent":[{"name":"a","sent":false,"reason":"SameSiteStrict"`}},
		{"a POST at once", `{"from":"http://localhost/","set_cookie":["a=b"],"method":"POST","initiator":"http://127.0.0.1/"}`, []string{`"cookie":"a=b"`}},
		{"a POST later", `{"from":"http://localhost/","set_cookie":["a=b"],"method":"POST","initiator":"http://127.0.0.1/","after":120}`, []string{`"reason":"SameSiteUnspecifiedTreatedAsLax"`}},
		{"an image", `{"from":"http://localhost/","set_cookie":["a=b"],"subresource":true,"initiator":"http://127.0.0.1/"}`, []string{`"reason":"SameSiteUnspecifiedTreatedAsLax"`}},
		{"deleted", `{"from":"http://localhost/","set_cookie":["a=b","a=; Max-Age=0"]}`, []string{`"stored":false,"deleted":true,"clamped":false,"reason":null`, `"sent":[]`}},
		{"ignored", `{"from":"http://localhost/","set_cookie":["a=b; Max-Age=x; Foo"]}`, []string{`"ignored":[{"part":"Max-Age=x","reason":"InvalidMaxAge","section":"5.6.2"`, `{"part":"Foo","reason":"UnknownAttribute"`}},
		{"clamped", `{"from":"http://localhost/","set_cookie":["a=b; Max-Age=99999999999"]}`, []string{`"clamped":true`, `"expires":"20`}},
		{"UTF-8", `{"from":"http://localhost/","set_cookie":["a=小店"]}`, []string{`"value":"小店"`, `"cookie":"a=小店"`}},
		{"bytes", `{"from":"http://localhost/","set_cookie":["a=\u00ff\u00fe"]}`, []string{`"value":"ÿþ"`, `"cookie":"a=ÿþ"`}},
		{"control characters", `{"from":"http://localhost/","set_cookie":["a=\u0000","a=b\r\nc"]}`, []string{`"line":"a=\u0000","stored":false`, `"reason":"DisallowedCharacter"`}},
		{"nothing", `{"from":"http://localhost/","set_cookie":[]}`, []string{`"verdicts":[],"cookie":"","sent":[]`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := lab.predict(test.body, "en")
			if status != http.StatusOK || !json.Valid([]byte(answer)) {
				t.Fatalf("%d %s", status, answer)
			}
			for _, part := range test.want {
				if !strings.Contains(answer, part) {
					t.Errorf("no %s in %s", part, answer)
				}
			}
		})
	}
	if _, answer := lab.predict(`{"from":"http://localhost/","set_cookie":["a=b; Secure"]}`, "zh"); !strings.Contains(answer, "只通过 https 发送") {
		t.Errorf("in Chinese: %s", answer)
	}
}

func TestPredictLimits(t *testing.T) {
	lab := newTestLab(t)
	lines := func(n int, line string) string {
		return `{"from":"http://localhost/","set_cookie":["` + strings.Join(strings.SplitAfterN(strings.Repeat(line+",", n), ",", n), `","`) + `"]}`
	}
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"1,000 lines", lines(1000, "a=b"), http.StatusOK},
		{"1,001 lines", lines(1001, "a=b"), http.StatusBadRequest},
		{"64 KiB", `{"from":"http://localhost/","set_cookie":["` + strings.Repeat("x", 64<<10-50) + `"]}`, http.StatusOK},
		{"more than 64 KiB", `{"from":"http://localhost/","set_cookie":["` + strings.Repeat("x", 64<<10) + `"]}`, http.StatusRequestEntityTooLarge},
		{"nothing", ``, http.StatusBadRequest},
		{"no JSON", `from=http`, http.StatusBadRequest},
		{"more than one", `{"from":"http://localhost/"} {}`, http.StatusBadRequest},
		{"a list", `[]`, http.StatusBadRequest},
		{"null", `null`, http.StatusBadRequest},
		{"lines that are none", `{"from":"http://localhost/","set_cookie":[1]}`, http.StatusBadRequest},
		{"no from", `{"set_cookie":["a=b"]}`, http.StatusBadRequest},
		{"from is no address", `{"from":"localhost"}`, http.StatusBadRequest},
		{"from is of no host", `{"from":"http:///a"}`, http.StatusBadRequest},
		{"from is a file", `{"from":"file:///etc"}`, http.StatusBadRequest},
		{"to is no address", `{"from":"http://localhost/","to":"/a"}`, http.StatusBadRequest},
		{"initiator is no address", `{"from":"http://localhost/","initiator":""}`, http.StatusBadRequest},
		{"profile", `{"from":"http://localhost/","profile":"netscape"}`, http.StatusBadRequest},
		{"method", `{"from":"http://localhost/","method":"a b"}`, http.StatusBadRequest},
		{"after", `{"from":"http://localhost/","after":-1}`, http.StatusBadRequest},
	} {
		t.Run(test.name, func(t *testing.T) {
			begin := time.Now()
			status, answer := lab.predict(test.body, "en")
			if status != test.status {
				t.Errorf("%d, want %d: %.200s", status, test.status, answer)
			}
			if status != http.StatusOK && !strings.HasPrefix(answer, `{"error":"`) {
				t.Errorf("answered %.200s", answer)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// Every reason has its text.
func TestReasons(t *testing.T) {
	for _, lang := range web.Languages() {
		texts := catalogue(t, lang)
		left := len(cookie.Codes())
		for id := range texts {
			if strings.HasPrefix(id, "cookie.reason.") {
				left--
			}
		}
		if left != 0 {
			t.Errorf("%s has %d texts for %d reasons", lang, len(cookie.Codes())-left, len(cookie.Codes()))
		}
		for _, code := range cookie.Codes() {
			if texts["cookie.reason."+string(code)] == "" {
				t.Errorf("%s: no words for %s", lang, code)
			}
		}
	}
}
