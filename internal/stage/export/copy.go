// Package export writes exchanges for other programs: a request for curl and editors ([Copy]), and all of
// them for DevTools ([WriteHAR]).
package export

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
)

// Formats are the forms in which a request can be copied, see Copy.
func Formats() []string { return []string{"bash", "powershell", "raw", "http"} }

// Copy writes the request of e so that it can be sent again from elsewhere: by curl in a POSIX shell
// ("bash") or in PowerShell, as raw HTTP/1.1 with its CRLFs, or from an editor that reads .http files.
// ok is false for another format.
//
// The same bytes are sent as were. What a format cannot keep, and what was masked or cut off before,
// is said in comments, whose words come from say; raw HTTP has no comments.
func Copy(e *record.Exchange, format string, say func(view.Sentence) string) (text string, ok bool) {
	write := map[string]func(*copied) string{"bash": bash, "powershell": powershell, "raw": raw, "http": httpFile}[format]
	if write == nil {
		return "", false
	}
	c := newCopied(e)
	text = write(c)
	if format == "raw" {
		return text, true
	}
	var notes strings.Builder
	for _, note := range c.notes {
		notes.WriteString("# " + say(note) + "\n")
	}
	return notes.String() + text, true
}

// copied is a request on its way into a copy, with what has to be said about it.
type copied struct {
	record.Request
	url   string // of the lab, without path
	notes []view.Sentence
}

// hostPort is what may stand in the address of a copy. Other Host lines are sent, and not asked for:
// user@elsewhere would be an address of somebody else.
var hostPort = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// newCopied makes a request whole again: its length is that of the body that is there.
func newCopied(e *record.Exchange) *copied {
	c := &copied{Request: e.Request, url: e.Scheme + "://" + e.Host}
	c.Header = nil
	masked := false
	unmask := func(s string) string {
		masked = masked || strings.Contains(s, mask.Mark)
		return strings.ReplaceAll(s, mask.Mark, mask.Plain)
	}
	if !hostPort.MatchString(e.Host) {
		c.url = e.Scheme + "://localhost"
		c.note("stage.note.host")
	}
	c.Target, c.Body.Text = unmask(c.Target), unmask(c.Body.Text)
	bad, sized := 0, false
	for _, f := range e.Request.Header {
		switch {
		case !httpguts.ValidHeaderFieldName(f.Name), !httpguts.ValidHeaderFieldValue(f.Value):
			bad++
			continue
		case strings.EqualFold(f.Name, "Transfer-Encoding"):
			f.Name = "Content-Length" // chunks are not kept
			c.note("stage.note.chunks")
			fallthrough
		case strings.EqualFold(f.Name, "Content-Length"):
			if sized {
				continue
			}
			sized = true
			f.Value = strconv.Itoa(len(c.Body.Text))
		}
		f.Value = unmask(f.Value)
		c.Header = append(c.Header, f)
	}
	if !sized && c.Body.Text != "" {
		c.Header = append(c.Header, record.Field{Name: "Content-Length", Value: strconv.Itoa(len(c.Body.Text))})
	}
	switch {
	case c.Body.Kept != "" && c.Body.Size > 0:
		c.note("stage.note.kept", "Size", view.Bytes(c.Body.Size))
	case e.Request.Body.Cut() > 0:
		c.note("stage.note.cut", "Size", view.Bytes(e.Request.Body.Cut()))
	}
	if masked {
		c.note("stage.note.masked", "Mask", mask.Plain)
	}
	if bad > 0 {
		c.note("stage.note.fields", "Count", bad)
	}
	return c
}

// note keeps a comment for the copy's head.
func (c *copied) note(id string, args ...any) {
	c.notes = append(c.notes, view.Sentence{ID: id, Args: args})
}

// sendable reports whether the request line is one that a client can be told to send.
func (c *copied) sendable() bool {
	ok := httpguts.ValidHeaderFieldName(c.Method) && c.Target != "" &&
		!strings.ContainsFunc(c.Target, func(r rune) bool { return r <= ' ' || r == 0x7f })
	if !ok {
		c.note("stage.note.unsendable")
	}
	return ok
}

// plainTarget reports whether the target can be a part of an address: a path, perhaps with a query,
// without what programs leave away, or write in another way.
func (c *copied) plainTarget() bool {
	return strings.HasPrefix(c.Target, "/") && !strings.HasSuffix(c.Target, "?") &&
		!strings.ContainsFunc(c.Target, func(r rune) bool { return r > '~' || r == '#' || r == '\\' })
}

func (c *copied) has(name string) bool {
	return slices.ContainsFunc(c.Header, func(f record.Field) bool { return strings.EqualFold(f.Name, name) })
}

// raw is the request as it came, in HTTP/1.1.
func raw(c *copied) string {
	line := c.Request
	if strings.HasPrefix(line.Proto, "HTTP/2") {
		line.Proto = "HTTP/1.1"
	}
	var b strings.Builder
	b.WriteString(line.Line() + "\r\n")
	for _, f := range c.Header {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	return b.String() + "\r\n" + c.Body.Text
}

// printable reports whether s can be shown, copied and pasted without a loss: it is UTF-8, and has no
// control characters, nor any that turn the direction of writing.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
