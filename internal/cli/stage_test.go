package cli

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The stage shows requests to the program itself, also over TLS. When the lab stops, it waits neither for open
// streams nor for a held request.
func TestStopEndsTheStage(t *testing.T) {
	for scheme, args := range map[string][]string{"http": nil, "https": {"-tls-self-signed"}} {
		t.Run(scheme, func(t *testing.T) {
			base, stop, done := runHere(t, args...)
			jar, _ := cookiejar.New(nil)
			client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			get := func(path string) *http.Response {
				t.Helper()
				response, err := client.Get(base + path)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { response.Body.Close() })
				return response
			}
			get("/")
			var streams []*bufio.Reader
			for range 3 {
				streams = append(streams, bufio.NewReader(get("/stage/events").Body))
			}
			get("/get_add_cookie")
			wantShown(t, event(t, streams[0], "exchange"), base)
			held := holdRequest(t, client, base)
			event(t, streams[1], "held")

			start := time.Now()
			stop()
			if status := <-held; status != 200 {
				t.Errorf("the held request is answered %d", status)
			}
			for _, s := range streams {
				if _, err := io.Copy(io.Discard, s); err != nil {
					t.Errorf("a stream ends with %v", err)
				}
			}
			if code := <-done; code != 0 || time.Since(start) > 2*time.Second {
				t.Errorf("exit %d after %v", code, time.Since(start))
			}
		})
	}
}

// wantShown fails the test unless the event shows the request of the cookie counter, its response and its cookie.
func wantShown(t *testing.T, text, base string) {
	t.Helper()
	var shown struct {
		URL, Status any
		Request     struct{ Headers [][2]string }
		Response    struct {
			Headers [][2]string
			Body    string
		}
	}
	if err := json.Unmarshal([]byte(text), &shown); err != nil {
		t.Fatal(err)
	}
	_, host, _ := strings.Cut(base, "://")
	if shown.URL != base+"/get_add_cookie" || shown.Status != 200.0 || shown.Response.Body != "{\"res\":1}\n" || shown.Request.Headers[0] != [2]string{"Host", host} ||
		!strings.Contains(text, `["Set-Cookie","res=1; `) {
		t.Errorf("shown: %s", text)
	}
}

// holdRequest makes the stage hold the next request and sends one. The channel receives the status of its response, or 0.
func holdRequest(t *testing.T, client *http.Client, base string) <-chan int {
	t.Helper()
	response, err := client.PostForm(base+"/stage/hold", url.Values{"armed": {"1"}})
	if err != nil || response.StatusCode != 200 {
		t.Fatal(response, err)
	}
	response.Body.Close()
	held := make(chan int, 1)
	go func() {
		response, err := client.Get(base + "/get_add_cookie")
		if err != nil {
			held <- 0
			return
		}
		response.Body.Close()
		held <- response.StatusCode
	}()
	return held
}

// event reads a stream up to the next event of that name and returns its data.
func event(t *testing.T, stream *bufio.Reader, name string) (data string) {
	t.Helper()
	for found := ""; ; {
		line, err := stream.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case field == "event":
			found = value
		case field == "data" && found == name:
			return value
		}
	}
}
