package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sessionlab/internal/stage/record"
)

// curlOption is a long option of curl. One that is a flag has no value.
type curlOption struct {
	name  string
	value string
	flag  bool
}

// curlOptions returns the options that make curl send the same bytes, except the body: the header lines in
// their order, and none that curl would add by itself.
func (c *copied) curlOptions() []curlOption {
	options := []curlOption{{name: "include", flag: true}, {name: "http1.1", flag: true}, {name: "path-as-is", flag: true}, {name: "globoff", flag: true}}
	add := func(name, value string) { options = append(options, curlOption{name: name, value: value}) }
	if c.Proto == "HTTP/1.0" {
		options[1].name = "http1.0"
	}
	if strings.HasPrefix(c.url, "https:") {
		c.note("stage.note.tls")
	}
	body := c.Body.Text != ""
	switch {
	case c.Method == "GET" && !body, c.Method == "POST" && body: // curl's own choice
	case c.Method == "HEAD" && !body:
		options = append(options, curlOption{name: "head", flag: true})
	default:
		add("request", c.Method)
	}
	if c.Method == "HEAD" && body {
		add("max-time", "5") // curl waits for a body that does not come
	}
	if c.plainTarget() {
		add("url", c.url+c.Target)
	} else {
		add("url", c.url+"/")
		add("request-target", c.Target)
	}
	hosts := 0
	for i, f := range c.Header {
		if strings.EqualFold(f.Name, "Host") {
			hosts++
			if i > 0 || f.Name != "Host" {
				hosts++
			}
		}
		if f.Value == "" {
			add("header", f.Name+";") // so curl sends an empty field
		} else {
			add("header", f.Name+": "+f.Value)
		}
	}
	if hosts > 1 {
		c.note("stage.note.hostfirst")
	}
	own := []string{"Host", "User-Agent", "Accept"}
	if body {
		own = append(own, "Content-Type", "Expect")
		c.note("stage.note.length")
	}
	for _, name := range own {
		if !c.has(name) {
			add("header", name+":") // so curl omits a field
		}
	}
	return options
}

// bash returns a command for bash and every other POSIX shell.
func bash(c *copied) string {
	if !c.sendable() {
		return ""
	}
	var b strings.Builder
	body := c.Body.Text
	piped := body != "" && !printable(strings.ReplaceAll(body, "\n", ""))
	if piped {
		b.WriteString(printf(body) + " | ")
	}
	b.WriteString("curl")
	if strings.Contains(record.Get(c.Header, "Accept-Encoding"), "gzip") {
		b.WriteString(" --compressed") // to read the response; the request has its own field
	}
	for _, o := range c.curlOptions() {
		if o.flag {
			b.WriteString(" --" + o.name)
		} else {
			b.WriteString(" \\\n  --" + o.name + " " + posixQuote(o.value))
		}
	}
	switch {
	case piped:
		b.WriteString(" \\\n  --data-binary @-")
	case body != "":
		b.WriteString(" \\\n  --data-raw " + posixQuote(body))
	}
	return b.String() + "\n"
}

// posixQuote quotes for every POSIX shell: between single quotes only the single quote is special. Text that
// is not printable goes through printf, since control characters do not survive pasting into a terminal.
// The shell then drops NUL and line breaks at the end, which no option's value has.
func posixQuote(s string) string {
	if !printable(strings.ReplaceAll(s, "\n", "")) {
		return `"$(` + printf(s) + `)"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// printf returns a command that prints s, byte for byte.
func printf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		text := s[i : i+size]
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\\':
			b.WriteString(`\\`)
		case r == '%':
			b.WriteString(`%%`)
		// A quote would end the argument, bash expands ! from its history, and - could begin an option.
		case r == '\'', r == '!', r == '-' && i == 0, r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			for _, c := range []byte(text) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(text)
		}
		i += size
	}
	return "printf '" + b.String() + "'"
}
