package console

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"sessionlab/session/pyjson"
)

// maxDepth is how deep a value nests at most.
const maxDepth = 100

// A reader reads a line in Python. After its first error it takes nothing more.
type reader struct {
	text  string
	at    int
	depth int
	json  []byte // of the value that is being read
	err   *SyntaxError
}

func (r *reader) failAt(at int, want, token string) {
	if r.err == nil {
		r.err = errorAt(r.text, at, want, token)
	}
}

func (r *reader) fail(want string) { r.failAt(r.at, want, "") }

func (r *reader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}

// peek reports whether a token is next. A token that is a word ends where no letter follows.
func (r *reader) peek(token string) bool {
	rest, ok := strings.CutPrefix(r.text[r.at:], token)
	isLonger := rest != "" && isWord(rest[0]) && isWord(token[len(token)-1])
	return ok && !isLonger && r.err == nil
}

// take steps over a token if it is next.
func (r *reader) take(token string) bool {
	if !r.peek(token) {
		return false
	}
	r.at += len(token)
	return true
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf
}

// name reads a word.
func (r *reader) name() string {
	start := r.at
	for r.at < len(r.text) && isWord(r.text[r.at]) {
		r.at++
	}
	return r.text[start:r.at]
}

// must steps over spaces and a token, which has to be there.
func (r *reader) must(token string) {
	r.space()
	if !r.take(token) {
		r.failAt(r.at, "token", token)
	}
	r.space()
}

// end fails if anything but spaces follows.
func (r *reader) end() {
	if r.space(); r.at < len(r.text) {
		r.fail("end")
	}
}

// argument returns the value that read reads.
func (r *reader) argument(read func()) pyjson.Value {
	r.json = nil
	if read(); r.err != nil {
		return ""
	}
	v, err := pyjson.Parse(string(r.json))
	if err != nil {
		r.fail("value") // cannot be: all that read accepts has JSON
	}
	return v
}

// value reads a literal.
func (r *reader) value() {
	if r.depth == maxDepth {
		r.fail("depth")
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	for _, word := range [][2]string{{"True", "true"}, {"False", "false"}, {"None", "null"}} {
		if r.take(word[0]) {
			r.json = append(r.json, word[1]...)
			return
		}
	}
	switch {
	case r.atQuote():
		r.quoted()
	case r.take("["):
		r.parts("[", "]", r.value)
	case r.take("{"):
		r.parts("{", "}", func() {
			r.quoted()
			r.must(":")
			r.json = append(r.json, ':')
			r.value()
		})
	case r.at < len(r.text) && strings.IndexByte("-0123456789", r.text[r.at]) >= 0:
		r.number()
	default:
		r.fail("value")
	}
}

// parts reads what a list or an object holds, after what it begins with.
func (r *reader) parts(first, last string, part func()) {
	r.json = append(r.json, first...)
	if r.space(); !r.take(last) {
		part()
		for r.space(); !r.take(last); r.space() {
			if !r.take(",") {
				r.failAt(r.at, "comma", last)
				return
			}
			r.space()
			r.json = append(r.json, ',')
			part()
		}
	}
	r.json = append(r.json, last...)
}

// number reads a number as JSON has it, which Python and Go read in the same way.
func (r *reader) number() {
	start := r.at
	n, _, ok := pyjson.ScanNumber(r.text[start:])
	r.at += n
	if !ok || r.at < len(r.text) && isWord(r.text[r.at]) { // 007, 1_000, 0x1f, 12a
		r.fail("digit")
	}
	number := r.text[start:r.at]
	if _, err := strconv.ParseFloat(number, 64); err != nil && strings.ContainsAny(number, ".eE") {
		r.failAt(start, "range", "")
	}
	r.json = append(r.json, number...)
}

func (r *reader) atQuote() bool {
	return r.at < len(r.text) && strings.IndexByte(`"'`, r.text[r.at]) >= 0
}

// quoted reads a string.
func (r *reader) quoted() {
	if !r.atQuote() {
		r.fail("quoted")
		return
	}
	open := r.text[r.at]
	r.at++
	r.json = append(r.json, '"')
	for r.at < len(r.text) && r.err == nil {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		switch {
		case c == rune(open):
			r.at++
			r.json = append(r.json, '"')
			return
		case c == '\\':
			c, size = r.escape()
		case c < ' ' && c != '\t':
			r.fail("escape") // such as a line break
		}
		r.at += size
		r.json = appendChar(r.json, c)
	}
	r.failAt(r.at, "token", string(open))
}

// escape returns the character that an escape stands for, and the escape's length.
func (r *reader) escape() (c rune, size int) {
	rest := r.text[r.at+1:]
	if rest != "" {
		if i := strings.IndexByte(`\bfnrt"'`, rest[0]); i >= 0 {
			return rune("\\\b\f\n\r\t\"'"[i]), 2
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[0]]
		if digits > 0 && len(rest) > digits {
			n, err := strconv.ParseUint(rest[1:1+digits], 16, 32)
			if err == nil && n <= unicode.MaxRune {
				return rune(n), 2 + digits
			}
		}
	}
	r.fail("escape")
	return 0, 0
}

// appendChar appends a character of a JSON string, or half a surrogate pair, which Python has, too.
func appendChar(json []byte, c rune) []byte {
	switch {
	case c > 0xffff:
		high, low := utf16.EncodeRune(c)
		return fmt.Appendf(json, `\u%04x\u%04x`, high, low)
	case c < ' ', c > '~', c == '"', c == '\\':
		return fmt.Appendf(json, `\u%04x`, c)
	}
	return append(json, byte(c))
}
