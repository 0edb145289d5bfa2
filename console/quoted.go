package console

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// quotes are the characters that a string may stand between.
func (r *reader) quotes() string {
	switch r.dialect {
	case inPython:
		return `"'`
	case inGo:
		return "\"`"
	}
	return `"`
}

func (r *reader) atQuote() bool {
	return r.at < len(r.text) && strings.ContainsRune(r.quotes(), r.text[r.at])
}

// quoted reads a string and returns its JSON.
func (r *reader) quoted() (string, error) {
	if !r.atQuote() {
		return "", r.want("quoted")
	}
	open := r.text[r.at]
	json := []byte{'"'}
	for r.at++; r.at < len(r.text); {
		switch c := r.text[r.at]; {
		case c == open:
			r.at++
			return string(append(json, '"')), nil
		case c == '\\' && open != '`':
			escaped, err := r.escape(open)
			if err != nil {
				return "", err
			}
			json = appendRune(json, escaped)
		case c < ' ' && !(c == '\t' && r.dialect != inJSON && r.dialect != inStored):
			return "", r.want("escape") // such as a line break
		default:
			json = appendRune(json, c)
			r.at++
		}
	}
	return "", &SyntaxError{Column: r.at + 1, Want: "token", Token: string(open)}
}

// simple are the escapes of one letter that all three languages have, and what they stand for.
const simple, simpleFor = `\bfnrt`, "\\\b\f\n\r\t"

// escape reads an escape. Where the languages differ, each has its own.
func (r *reader) escape(quote rune) (rune, error) {
	start := r.at
	wrong := &SyntaxError{Column: start + 1, Want: "escape"}
	if r.at++; r.at == len(r.text) {
		return 0, wrong
	}
	c := r.text[r.at]
	r.at++
	inCode := r.dialect == inPython || r.dialect == inGo
	switch i := strings.IndexRune(simple, c); {
	case i >= 0:
		return rune(simpleFor[i]), nil
	case c == quote, c == '/' && !inCode, c == '"' && r.dialect == inPython, c == '\'' && r.dialect == inPython:
		return c, nil
	case c == 'u':
		return r.hex(4, wrong)
	case c == 'U' && inCode:
		return r.hex(8, wrong)
	case c == 'x' && r.dialect == inPython:
		return r.hex(2, wrong)
	}
	return 0, wrong
}

func (r *reader) hex(digits int, wrong error) (rune, error) {
	if len(r.text)-r.at < digits {
		return 0, wrong
	}
	n, err := strconv.ParseUint(string(r.text[r.at:r.at+digits]), 16, 32)
	if err != nil || n > 0x10ffff || r.dialect == inGo && utf16.IsSurrogate(rune(n)) {
		return 0, wrong
	}
	r.at += digits
	return rune(n), nil
}
