package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// httpFile returns the request for the HTTP clients of VS Code and JetBrains. They compute some fields
// themselves, and their own language can read files and run scripts: anything that they would take for that
// is left out, with a note.
func httpFile(c *copied) string {
	if !c.sendable() {
		return ""
	}
	c.note("stage.note.editor")
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}, c.Method) {
		c.note("stage.note.method")
	}
	var b strings.Builder
	// Both editors understand these: follow no redirects, add no cookies, change no address.
	b.WriteString("# @no-redirect\n# @no-cookie-jar\n# @no-auto-encoding\n")
	target := c.Target
	if !c.plainTarget() || strings.Contains(target, "{{") {
		target = "/"
		c.note("stage.note.target")
	}
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\n", c.Method, c.url, target)
	left := 0
	for _, f := range c.Header {
		switch strings.ToLower(f.Name) {
		case "content-length", "connection":
			continue
		case "host":
			if strings.HasSuffix(c.url, "://"+f.Value) {
				continue
			}
		}
		if strings.ContainsAny(f.Name[:1], "#&") || strings.Contains(f.Value, "{{") || !printable(strings.ReplaceAll(f.Value, "\t", "")) {
			left++
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if left > 0 {
		c.note("stage.note.fields", "Count", left)
	}
	body := c.Body.Text
	switch {
	case body == "":
	case strings.Contains(body, "{{"), editorLine.MatchString(body), !printable(strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(body)):
		c.note("stage.note.body")
	default:
		if strings.Contains(body, "\n") {
			c.note("stage.note.lines")
		}
		b.WriteString("\n" + strings.ReplaceAll(body, "\r\n", "\n"))
	}
	return b.String()
}

// editorLine matches a line that an editor would not send: a comment or separator, a variable, a file to read
// or a script.
var editorLine = regexp.MustCompile(`(?m)^\s*(#|//|@|>|<[\s@>])`)
