package export

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/internal/labtest"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
	"sessionlab/internal/stage/view"
)

// wireListener answers every request with an empty response and hands out the bytes that came.
type wireListener struct {
	addr string
	came chan []byte
}

func newWireListener(t testing.TB) *wireListener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &wireListener{listener.Addr().String(), make(chan []byte)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			l.came <- receive(conn)
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return l
}

func receive(conn net.Conn) []byte {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var came bytes.Buffer
	in := bufio.NewReader(io.TeeReader(conn, &came))
	if r, err := http.ReadRequest(in); err == nil {
		if r.Header.Get("Expect") != "" {
			io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}
	io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	return came.Bytes()
}

// run runs a program that sends to the listener, and returns the bytes that came.
func (l *wireListener) run(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir(), "CURL_HOME=", "http_proxy=", "LC_ALL=C.UTF-8")
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case came := <-l.came:
			if err := <-ended; err != nil && !strings.HasPrefix(string(came), "HEAD ") {
				t.Errorf("%s: %v, %s", name, err, said.String())
			}
			return came
		case err := <-ended:
			select {
			case came := <-l.came:
				return came
			case <-time.After(time.Second):
			}
			t.Fatalf("nothing was sent: %v, %s", err, said.String())
		}
	}
}

// asked returns a browser's request to the listener.
func (l *wireListener) asked(method, target, body string, fields ...record.Field) *record.Exchange {
	header := append([]record.Field{{Name: "Host", Value: l.addr}, {Name: "Connection", Value: "keep-alive"}}, fields...)
	if body != "" {
		header = append(header[:2:2], append([]record.Field{{Name: "Content-Length", Value: fmt.Sprint(len(body))}}, header[2:]...)...)
	}
	return &record.Exchange{
		Scheme: "http", Host: l.addr,
		Request: record.Request{Method: method, Target: target, Proto: "HTTP/1.1", Header: header, Body: record.Body{Text: body, Size: int64(len(body))}},
	}
}

// wire returns e as it goes over the wire: an empty field has no space.
func wire(e *record.Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\r\n", e.Request.Method, e.Request.Target, e.Request.Proto)
	for _, f := range e.Request.Header {
		b.WriteString(strings.TrimSuffix(f.Name+": "+f.Value, " ") + "\r\n")
	}
	return b.String() + "\r\n" + e.Request.Body.Text
}

func says(s view.Sentence) string { return fmt.Sprint(s.ID, s.Args) }

// copies runs the copies of e in every shell, and compares the bytes that they send.
func (l *wireListener) copies(t testing.TB, e *record.Exchange) {
	t.Helper()
	want := wire(e)
	line, _ := Copy(e, "bash", says)
	for _, shell := range []string{"sh", "bash"} {
		if got := string(l.run(t, shell, "-c", line)); got != want {
			t.Errorf("%s sends\n%q, want\n%q, by\n%s", shell, got, want, line)
		}
	}
	script, _ := Copy(e, "powershell", says)
	args, err := powershellArgs(t.TempDir(), script)
	if err != nil {
		t.Errorf("%v in\n%s", err, script)
		return
	}
	if got := string(l.run(t, "curl", append([]string{"--silent"}, args...)...)); got != want {
		t.Errorf("PowerShell sends\n%q, want\n%q, by\n%s", got, want, script)
	}
}

// powershellArgs does what PowerShell would do with a copy, by the rules of its literal strings, and returns
// curl's arguments. PowerShell itself is not available everywhere.
func powershellArgs(folder, script string) (args []string, err error) {
	hereString := regexp.MustCompile(`(?s)^\[IO\.File\]::WriteAllText\((\$\w+), @'\n(.*?)\n['‘’‚‛]@\)\n`)
	bytesOf := regexp.MustCompile(`^\[IO\.File\]::WriteAllBytes\((\$\w+), \[Convert\]::FromBase64String\('([A-Za-z0-9+/=]*)'\)\)\n`)
	temporary := regexp.MustCompile(`^(\$\w+) = \[IO\.Path\]::GetTempFileName\(\)\n`)
	call := regexp.MustCompile(`^curl\.exe --config (\$\w+)(?: --data-binary "@(\$\w+)")?\nRemove-Item `)
	comment := regexp.MustCompile(`^#.*\n`)
	files := map[string]string{}
	for script != "" {
		var found []string
		match := func(statement *regexp.Regexp) bool {
			found = statement.FindStringSubmatch(script)
			return found != nil
		}
		var content []byte
		switch {
		case match(comment):
		case match(temporary):
			files[found[1]] = filepath.Join(folder, found[1][1:]+" x")
		case match(hereString):
			content = []byte(found[2])
			if !printable(strings.ReplaceAll(found[2], "\n", "")) {
				return nil, fmt.Errorf("a text that cannot be pasted")
			}
		case match(bytesOf):
			if content, err = base64.StdEncoding.DecodeString(found[2]); err != nil {
				return nil, err
			}
		case match(call):
			args := []string{"--config", files[found[1]]}
			if found[2] != "" {
				args = append(args, "--data-binary", "@"+files[found[2]])
			}
			return args, nil
		default:
			return nil, fmt.Errorf("a statement unknown to this test: %.40q", script)
		}
		if content != nil {
			if err := os.WriteFile(files[found[1]], content, 0o600); err != nil {
				return nil, err
			}
		}
		script = script[len(found[0]):]
	}
	return nil, fmt.Errorf("curl is not called")
}

func TestCurl(t *testing.T) {
	labtest.Program(t, "install curl (Debian: apt-get install curl)", "curl")
	labtest.Program(t, "install bash (Debian: apt-get install bash)", "bash")
	l := newWireListener(t)
	form := record.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}
	tests := []struct {
		name string
		e    *record.Exchange
	}{
		{"a page", l.asked("GET", "/", "", record.Field{Name: "User-Agent", Value: "x"}, record.Field{Name: "Accept", Value: "*/*"}, record.Field{Name: "Accept-Encoding", Value: "gzip, br"})},
		{"nothing of curl's own", l.asked("GET", "/a/../b/./?x=%20[1-3]{a,b}", "")},
		{"cookies", l.asked("GET", "/", "", record.Field{Name: "Cookie", Value: `a="1"; b='2'; c=$(id)`}, record.Field{Name: "cookie", Value: "d=`id`!!"}, record.Field{Name: "X", Value: `\`}, record.Field{Name: "Y", Value: `a \`})},
		{"empty fields", l.asked("GET", "/", "", record.Field{Name: "Accept", Value: ""}, record.Field{Name: "User-Agent", Value: ""}, record.Field{Name: "X-Empty", Value: ""})},
		{"names", l.asked("GET", "/", "", record.Field{Name: "-x", Value: "-y"}, record.Field{Name: "--data", Value: "@/etc/passwd"}, record.Field{Name: "#'`!$%&*+.^_|~", Value: "@a"})},
		{"form", l.asked("POST", "/login/", "name=anna&x=%0D%0A", form, record.Field{Name: "Accept", Value: "a"})},
		{"no type", l.asked("POST", "/", "@/etc/passwd")},
		{"no body", l.asked("POST", "/", "", record.Field{Name: "Content-Length", Value: "0"})},
		{"JSON", l.asked("PUT", "/", "{\n\t\"a\": \"\\\"'小明'\\\\\"\n}\n", record.Field{Name: "Content-Type", Value: "application/json"})},
		{"CRLF", l.asked("POST", "/", "--x\r\nA: b\r\n\r\n'\r\n--x--\r\n")},
		{"every byte", l.asked("POST", "/", everyByte(), record.Field{Name: "X", Value: everyByte()[128:]})},
		{"tab", l.asked("GET", "/", "", record.Field{Name: "X", Value: "a\tb"})},
		{"turned writing", l.asked("GET", "/", "", record.Field{Name: "X", Value: "a\u202eb\u2028c"})},
		{"dash", l.asked("POST", "/", "-d\r")},
		{"here-string", l.asked("POST", "/", "\n'@\n’@\n")},
		{"line break at the end", l.asked("POST", "/", "a\x01\n\n")},
		{"GET with body", l.asked("GET", "/", "a=1")},
		{"HEAD", l.asked("HEAD", "/", "")},
		{"method", l.asked("-X'`id`$!", "/", "")},
		{"lower case", l.asked("get", "/", "")},
		{"no path", l.asked("OPTIONS", "*", "")},
		{"elsewhere", l.asked("GET", "http://elsewhere.example/a", "")},
		{"target", l.asked("GET", "//a\\b#c\"'`$!?", "")},
		{"bytes in target", l.asked("GET", "/\xff小\u202e", "")},
		{"expectation", l.asked("POST", "/", "a=1", record.Field{Name: "Expect", Value: "100-continue"})},
		{"old", l.asked("GET", "/", "")},
	}
	tests[len(tests)-1].e.Request.Proto = "HTTP/1.0"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { l.copies(t, test.e) })
	}
}

func everyByte() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

// Every copy of a random request sends the same bytes, for as many requests as fit into a second.
func TestCurlGenerated(t *testing.T) {
	labtest.Program(t, "install curl (Debian: apt-get install curl)", "curl")
	labtest.Program(t, "install bash (Debian: apt-get install bash)", "bash")
	l := newWireListener(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	pieces := []string{"a", " ", "'", `"`, "`", "$(", ")", "%s", "%", "!", "\\", "\n", "\r\n", "\t", "@", "-", "小", "é", "\xff", "\x80", "\x00", "\u202e", "‘", "’@", "{{", "#", ";", ":", "&&", "|", "\x1b[2J", "\x1a"}
	text := func(most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	count := 0
	for end := time.Now().Add(time.Second); time.Now().Before(end); count++ {
		e := generated(l, text(8), text(12), text(12), text(20))
		if l.copies(t, e); t.Failed() {
			t.Fatalf("seed %d, request %d", seed, count)
		}
	}
	t.Logf("%d requests", count)
}

// generated returns a request that net/http would accept, made of any texts.
func generated(l *wireListener, target, name, value, body string) *record.Exchange {
	token := filter(name, func(b byte) bool { return strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0 || 'a' <= b && b <= 'z' })
	value = strings.Trim(filter(value, func(b byte) bool { return b >= ' ' && b != 0x7f || b == '\t' }), " \t")
	target = "/" + filter(target, func(b byte) bool { return b > ' ' && b != 0x7f })
	return l.asked("POST", target, body, record.Field{Name: "Cookie", Value: value}, record.Field{Name: "x" + token, Value: value})
}

func filter(text string, ok func(b byte) bool) string {
	var kept []byte
	for i := range len(text) {
		if ok(text[i]) {
			kept = append(kept, text[i])
		}
	}
	return string(kept)
}

func FuzzCurl(f *testing.F) {
	labtest.Program(f, "install curl (Debian: apt-get install curl)", "curl")
	labtest.Program(f, "install bash (Debian: apt-get install bash)", "bash")
	for _, text := range stagetest.HostileBytes(f) {
		f.Add(text, text, text, text)
	}
	l := newWireListener(f)
	f.Fuzz(func(t *testing.T, target, name, value, body string) {
		if len(target)+len(name)+len(value)+len(body) > 32<<10 {
			return // the stage keeps no more
		}
		l.copies(t, generated(l, target, name, value, body))
	})
}
