package django

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/labtest"
)

// buildLab returns the path of the built lab, which all tests run.
var buildLab func(t testing.TB) string

func TestMain(m *testing.M) { labtest.Main(m, &buildLab) }

// lab represents a running lab.
type lab struct {
	t   *testing.T
	db  string
	url *url.URL
}

// startLab starts the lab on a file and waits until it answers.
func startLab(t *testing.T, db string, args ...string) *lab {
	t.Helper()
	process := labtest.Start(t, labtest.Command(buildLab(t), db, append([]string{"-secret-key", secretKey}, args...)...))
	u, err := url.Parse(process.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t: t, db: db, url: u}
}

// command runs another of the lab's commands on the file and returns its output.
func (l *lab) command(args ...string) string {
	l.t.Helper()
	out, err := exec.Command(buildLab(l.t), append(args, "-db", l.db)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("sessionlab %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// browser keeps cookies and follows no redirects.
type browser struct {
	lab    *lab
	client *http.Client
}

func (l *lab) browser() *browser {
	l.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	client := &http.Client{
		Jar:           jar,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	l.t.Cleanup(client.CloseIdleConnections)
	return &browser{l, client}
}

// browserWith returns a browser that already has a session.
func (l *lab) browserWith(key string) *browser {
	l.t.Helper()
	b := l.browser()
	b.client.Jar.SetCookies(l.url, []*http.Cookie{{Name: "sessionid", Value: key, Path: "/"}})
	return b
}

// key returns the session key that the browser has.
func (b *browser) key() string {
	for _, cookie := range b.client.Jar.Cookies(b.lab.url) {
		if cookie.Name == "sessionid" {
			return cookie.Value
		}
	}
	return ""
}

// answer holds the parts of a response from the lab that tests look at, without its body.
type answer struct {
	status   int
	location string
	cookie   string // the Set-Cookie line of the session
}

func (b *browser) send(method, path string, form url.Values, into any) (answer, error) {
	request, err := http.NewRequest(method, b.lab.url.JoinPath(path).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, location: response.Header.Get("Location")}
	for _, line := range response.Header.Values("Set-Cookie") {
		if strings.HasPrefix(line, "sessionid=") {
			a.cookie = line
		}
	}
	if into != nil && a.status == http.StatusOK {
		return a, json.NewDecoder(response.Body).Decode(into)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return a, err
}

func (b *browser) get(path string) answer {
	b.lab.t.Helper()
	a, err := b.send(http.MethodGet, path, nil, nil)
	if err != nil {
		b.lab.t.Fatal(err)
	}
	return a
}

// post sends a form with these names and values, and wants a response with this status.
func (b *browser) post(want int, path string, fields ...string) answer {
	b.lab.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	a, err := b.send(http.MethodPost, path, form, nil)
	if err != nil {
		b.lab.t.Fatal(err)
	}
	if a.status != want {
		b.lab.t.Errorf("POST %s: status %d, want %d", path, a.status, want)
	}
	return a
}

func (b *browser) register(name, pwd string) {
	b.lab.t.Helper()
	b.post(http.StatusSeeOther, "/online/register/", "username", name, "pwd", pwd)
}

func (b *browser) logIn(want int, name, pwd string) {
	b.lab.t.Helper()
	b.post(want, "/online/login/", "username", name, "pwd", pwd)
}

// tryCount requests the session's counter.
func (b *browser) tryCount() (int, answer, error) {
	var counter struct{ Res int }
	a, err := b.send(http.MethodGet, "/get_add_session/", nil, &counter)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("the counter answered with status %d", a.status)
	}
	return counter.Res, a, err
}

// count wants the counter to answer with this number.
func (b *browser) count(want int) answer {
	b.lab.t.Helper()
	got, a, err := b.tryCount()
	if err != nil {
		b.lab.t.Fatal(err)
	}
	if got != want {
		b.lab.t.Errorf("the lab counts %d, want %d", got, want)
	}
	return a
}
