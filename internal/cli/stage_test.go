package cli

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/labtest"
)

// The stage shows requests to the program itself, also over TLS. When the lab stops, it waits neither for open
// streams nor for a held request.
func TestStopEndsTheStage(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			in, out := io.Pipe()
			done := make(chan int)
			args := []string{"-addr", "127.0.0.1:0", "-db", filepath.Join(t.TempDir(), "lab.db"), "-log", "off"}
			if scheme == "https" {
				args = append(args, "-tls-self-signed")
			}
			go func() {
				done <- run(ctx, args, process{os.DirFS("../.."), func(string) string { return "" }, strings.NewReader(""), out, os.Stderr})
				out.Close()
			}()
			base, err := labtest.URL(in)
			if err != nil {
				t.Fatal(err)
			}
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
			var shown struct {
				URL, Status any
				Request     struct{ Headers [][2]string }
				Response    struct {
					Headers [][2]string
					Body    string
				}
			}
			text := event(t, streams[0], "exchange")
			if err := json.Unmarshal([]byte(text), &shown); err != nil {
				t.Fatal(err)
			}
			if shown.URL != base+"/get_add_cookie" || shown.Status != 200.0 || shown.Response.Body != "{\"res\":1}\n" || shown.Request.Headers[0] != [2]string{"Host", strings.TrimPrefix(base, scheme+"://")} ||
				!strings.Contains(text, `["Set-Cookie","res=1; `) {
				t.Errorf("shown: %s", text)
			}

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
