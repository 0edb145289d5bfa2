// Package export writes exchanges for other programs: [Copy] writes a request for curl and editors,
// [WriteHAR] writes exchanges for DevTools.
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

// Formats returns the formats that Copy knows.
func Formats() []string { return []string{"bash", "powershell", "raw", "http"} }

// Copy returns the request of e in a form in which it can be sent again: for curl in a POSIX shell ("bash") or
// in PowerShell, as raw HTTP/1.1 with its CRLFs, or for an editor that reads .http files. ok is false for any
// other format.
//
// A copy sends the same bytes. Comments, in the words of say, name what a format cannot keep and what was
// masked or cut off; raw HTTP has no comments.
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

// copied is a request that is being copied, with the notes about it.
type copied struct {
	record.Request
	url   string // of the lab, without path
	notes []view.Sentence
}

// hostPort matches a Host that may be part of an address. Others are sent as a header only: user@elsewhere
// would lead to somebody else.
var hostPort = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// newCopied returns the request of e with the length of the body that is left.
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
			f.Name = "Content-Length" // chunks are not recorded
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

// note adds a comment.
func (c *copied) note(id string, args ...any) {
	c.notes = append(c.notes, view.Sentence{ID: id, Args: args})
}

// sendable reports whether a client can be told to send the request line.
func (c *copied) sendable() bool {
	ok := httpguts.ValidHeaderFieldName(c.Method) && c.Target != "" &&
		!strings.ContainsFunc(c.Target, func(r rune) bool { return r <= ' ' || r == 0x7f })
	if !ok {
		c.note("stage.note.unsendable")
	}
	return ok
}

// plainTarget reports whether the target can be part of an address: a path, perhaps with a query, in which
// programs neither omit nor rewrite anything.
func (c *copied) plainTarget() bool {
	return strings.HasPrefix(c.Target, "/") && !strings.HasSuffix(c.Target, "?") &&
		!strings.ContainsFunc(c.Target, func(r rune) bool { return r > '~' || r == '#' || r == '\\' })
}

func (c *copied) has(name string) bool {
	return slices.ContainsFunc(c.Header, func(f record.Field) bool { return strings.EqualFold(f.Name, name) })
}

// raw returns the request as it came, in HTTP/1.1.
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

// printable reports whether s survives showing, copying and pasting: it is UTF-8 without control characters,
// including those that change the direction of writing.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
