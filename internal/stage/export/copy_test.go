package export

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/stagetest"
	"sessionlab/internal/stage/view"
)

// login returns a request that lost something: the password, and the length of the body with it.
func login() *record.Exchange {
	return &record.Exchange{Scheme: "http", Host: "localhost:7377", Request: record.Request{
		Method: "POST", Target: "/login/?a=1", Proto: "HTTP/1.1",
		Header: []record.Field{{Name: "Host", Value: "localhost:7377"}, {Name: "Content-Length", Value: "17"}, {Name: "content-type", Value: "application/x-www-form-urlencoded"}, {Name: "Cookie", Value: "sessionlab_7377=" + mask.Mark}},
		Body:   record.Body{Text: "name=anna&pwd=" + mask.Mark, Size: 26},
	}}
}

func TestCopyRaw(t *testing.T) {
	got, ok := Copy(login(), "raw", says)
	want := "POST /login/?a=1 HTTP/1.1\r\nHost: localhost:7377\r\nContent-Length: 18\r\ncontent-type: application/x-www-form-urlencoded\r\nCookie: sessionlab_7377=****\r\n\r\nname=anna&pwd=****"
	if !ok || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, ok := Copy(login(), "exe", says); ok {
		t.Error("a form that nobody knows")
	}
}

func TestCopyHTTPFile(t *testing.T) {
	e := login()
	got, _ := Copy(e, "http", says)
	want := `# stage.note.masked[Mask ****]
# stage.note.editor[]
# @no-redirect
# @no-cookie-jar
# @no-auto-encoding
POST http://localhost:7377/login/?a=1 HTTP/1.1
content-type: application/x-www-form-urlencoded
Cookie: sessionlab_7377=****

name=anna&pwd=****`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Copies have notes about what they cannot keep, and none if they keep everything.
func TestCopyNotes(t *testing.T) {
	const body, editor = "stage.note.length ", "stage.note.editor "
	tests := []struct {
		name   string
		format string
		change func(e *record.Exchange)
		want   string
	}{
		{"whole", "bash", func(e *record.Exchange) { e.Request.Body = record.Body{}; e.Request.Header = e.Request.Header[:1] }, ""},
		{"masked", "bash", func(*record.Exchange) {}, "stage.note.masked " + body},
		{"cut", "bash", func(e *record.Exchange) { e.Request.Body.Size += 12 << 10 }, "stage.note.cut stage.note.masked " + body},
		{"not kept", "bash", func(e *record.Exchange) { e.Request.Body = record.Body{Size: 5, Kept: "type"} }, "stage.note.kept stage.note.masked "},
		{"TLS", "bash", func(e *record.Exchange) { e.Scheme = "https" }, "stage.note.masked stage.note.tls " + body},
		{"Host later", "bash", func(e *record.Exchange) { slices.Reverse(e.Request.Header) }, "stage.note.masked stage.note.hostfirst " + body},
		{"Host of somebody else", "bash", func(e *record.Exchange) { e.Host = "localhost@elsewhere.example" }, "stage.note.host stage.note.masked " + body},
		{"chunks", "bash", func(e *record.Exchange) {
			e.Request.Header[1] = record.Field{Name: "Transfer-Encoding", Value: "chunked"}
		}, "stage.note.chunks stage.note.masked " + body},
		{"no field", "bash", func(e *record.Exchange) { e.Request.Header[2] = record.Field{Name: "@a", Value: "b"} }, "stage.note.masked stage.note.fields " + body},
		{"no request line", "bash", func(e *record.Exchange) { e.Request.Target = "/ x" }, "stage.note.masked stage.note.unsendable "},
		{"compressed", "powershell", func(e *record.Exchange) { e.Request.Header[2] = record.Field{Name: "accept-encoding", Value: "br"} }, "stage.note.masked " + body + "stage.note.powershell stage.note.compressed "},
		{"method", "http", func(e *record.Exchange) { e.Request.Method = "FOO" }, "stage.note.masked " + editor + "stage.note.method "},
		{"target", "http", func(e *record.Exchange) { e.Request.Target = "/{{a}}" }, "stage.note.masked " + editor + "stage.note.target "},
		{"comment as field", "http", func(e *record.Exchange) { e.Request.Header[2] = record.Field{Name: "#a", Value: "b"} }, "stage.note.masked " + editor + "stage.note.fields "},
		{"variable", "http", func(e *record.Exchange) { e.Request.Body.Text = "{{a}}" }, "stage.note.cut stage.note.masked " + editor + "stage.note.body "},
		{"file", "http", func(e *record.Exchange) { e.Request.Body.Text = "a\n< /etc/passwd" }, "stage.note.cut stage.note.masked " + editor + "stage.note.body "},
		{"lines", "http", func(e *record.Exchange) { e.Request.Body.Text = "<a>\n</a>\r\n and still as many bytes" }, "stage.note.masked " + editor + "stage.note.lines "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := login()
			test.change(e)
			var got string
			text, _ := Copy(e, test.format, func(s view.Sentence) string {
				got += s.ID + " "
				return s.ID
			})
			if got != test.want {
				t.Errorf("says %s, want %s, in\n%s", got, test.want, text)
			}
		})
	}
}

// Some shells run pasted comments as commands: nothing in one may reach beyond its line.
func TestCopyNotesAreHarmless(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		for id, text := range stagetest.Catalogue(t, lang) {
			if strings.HasPrefix(id, "stage.note.") && (strings.ContainsAny(text, "'\"`$|&;<>!\\@\n") || strings.HasSuffix(text, "{{")) {
				t.Errorf("%s of %s: %s", id, lang, text)
			}
		}
	}
}

// No stranger's text makes a copy send something elsewhere, read a file or lose its place.
func FuzzCopy(f *testing.F) {
	for _, text := range stagetest.HostileBytes(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := &record.Exchange{Scheme: "http", Host: text, Request: record.Request{
			Method: "POST", Target: "/" + text, Proto: "HTTP/1.1", Header: []record.Field{{Name: text, Value: text}, {Name: "X", Value: text}, {Name: "Host", Value: text}}, Body: record.Body{Text: text, Size: int64(len(text))},
		}}
		for _, format := range Formats() {
			if text, ok := Copy(e, format, says); !ok || format != "raw" && !printable(strings.NewReplacer("\n", "", "\t", "").Replace(text)) {
				t.Errorf("%s cannot be pasted: %q", format, text)
			}
		}
		e.Host, e.Request.Target, e.Request.Header[2].Value = "localhost", "/", "localhost"
		raw, _ := Copy(e, "raw", says)
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return // net/http refuses such fields
		}
		if got := fmt.Sprint(r.ContentLength); got != record.Get(newCopied(e).Header, "Content-Length") && text != "" {
			t.Errorf("%s bytes of %q", got, raw)
		}
		file, _ := Copy(e, "http", says)
		if _, body, _ := strings.Cut(file, "\n\n"); strings.Contains(file, "{{") || editorLine.MatchString(body) {
			t.Errorf("an editor would read more than a request in\n%s", file)
		}
	})
}
