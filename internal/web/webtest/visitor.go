package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Visitor is a browser with its own cookie jar that follows no redirects.
type Visitor struct {
	*Server
	Client *http.Client
}

// Visitor returns a browser that has not visited the server yet.
func (s *Server) Visitor() *Visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.T.Fatal(err)
	}
	return &Visitor{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// Answer is a response whose body has been read.
type Answer struct {
	*http.Response
	Body string
}

// Do sends a request and reads the whole response.
func (v *Visitor) Do(request *http.Request) Answer {
	v.T.Helper()
	response, err := v.Client.Do(request)
	if err != nil {
		v.T.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	return Answer{response, string(body)}
}

// Get requests a page; header alternates names and values.
func (v *Visitor) Get(path string, header ...string) Answer {
	v.T.Helper()
	return v.Do(v.Request(http.MethodGet, path, "", header...))
}

// Post sends a form.
func (v *Visitor) Post(path string, form url.Values, header ...string) Answer {
	v.T.Helper()
	return v.Do(v.Request(http.MethodPost, path, form.Encode(), header...))
}

// Request returns a request; header alternates names and values.
func (v *Visitor) Request(method, path, body string, header ...string) *http.Request {
	v.T.Helper()
	request, err := http.NewRequest(method, v.URL+path, strings.NewReader(body))
	if err != nil {
		v.T.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
	}
	return request
}

// Cookie returns the value of a cookie in the visitor's jar.
func (v *Visitor) Cookie(name string) string {
	at, err := url.Parse(v.URL)
	if err != nil {
		v.T.Fatal(err)
	}
	for _, cookie := range v.Client.Jar.Cookies(at) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Member registers and logs in; the server must have the whole tutorial.
func (v *Visitor) Member(name, password string) {
	v.T.Helper()
	form := url.Values{"username": {name}, "pwd": {password}}
	v.Want(v.Post("/online/register/", form), http.StatusSeeOther, "")
	v.Want(v.Post("/online/login/", form), http.StatusSeeOther, "")
}

// Want fails the test unless the answer has the status and contains text.
func (v *Visitor) Want(a Answer, status int, text string) {
	v.T.Helper()
	if a.StatusCode != status || !strings.Contains(a.Body, text) {
		v.T.Fatalf("%s %s: %d, want %d with %q\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, text, a.Body)
	}
}
