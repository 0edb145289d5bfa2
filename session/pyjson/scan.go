package pyjson

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// list reads what is between first and last, separated by commas.
func (r *reader) list(first, last byte, element func() error) error {
	if !r.take(first) {
		return r.syntaxError()
	}
	if r.depth == maxDepth {
		return errTooDeep
	}
	r.depth++
	defer func() { r.depth-- }()
	r.space()
	if r.take(last) {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		r.space()
		if r.take(last) {
			return nil
		}
		if !r.take(',') {
			return r.syntaxError()
		}
		r.space()
	}
}

func (r *reader) next(c byte) bool { return r.at < len(r.text) && r.text[r.at] == c }

func (r *reader) take(c byte) bool {
	if r.next(c) {
		r.at++
		return true
	}
	return false
}

func (r *reader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\n\r", r.text[r.at]) >= 0 {
		r.at++
	}
}

// end reads the spaces that may follow the value, after which the text has to end.
func (r *reader) end() error {
	if r.space(); r.at < len(r.text) {
		return r.syntaxError()
	}
	return nil
}

func (r *reader) syntaxError() error { return fmt.Errorf("JSON syntax error at byte %d", r.at) }

// quoted reads a string and returns its text, quotes included.
func (r *reader) quoted() (string, error) {
	start := r.at
	if !r.take('"') {
		return "", r.syntaxError()
	}
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[start:r.at], nil
		case c < ' ':
			return "", r.syntaxError()
		case c == '\\':
			r.at++
			if err := r.escape(); err != nil {
				return "", err
			}
		}
	}
	return "", r.syntaxError()
}

// escape checks the characters after a backslash, and stops at the last of them.
func (r *reader) escape() error {
	switch {
	case r.at == len(r.text):
		return r.syntaxError()
	case strings.IndexByte(`"\/bfnrt`, r.text[r.at]) >= 0:
		return nil
	case r.text[r.at] == 'u' && hex4(r.text[r.at+1:]) >= 0:
		r.at += 4
		return nil
	}
	return r.syntaxError()
}

// number reads a number and reports whether it is an integer.
func (r *reader) number() (text string, integer bool, err error) {
	start := r.at
	n, integer, ok := ScanNumber(r.text[start:])
	if r.at += n; !ok {
		return "", false, r.syntaxError()
	}
	return r.text[start:r.at], integer, nil
}

// ScanNumber returns the length of the number that text begins with, and whether it is an integer. If
// a digit is missing, ok is false and n the length up to that place.
func ScanNumber(text string) (n int, integer, ok bool) {
	at := func(c, or byte) bool { return n < len(text) && (text[n] == c || text[n] == or) }
	if at('-', '-') {
		n++
	}
	if at('0', '0') {
		n, ok = n+1, true
	} else if n, ok = skipDigits(text, n); !ok {
		return n, false, false
	}
	integer = true
	if at('.', '.') {
		integer = false
		n, ok = skipDigits(text, n+1)
	}
	if ok && at('e', 'E') {
		integer = false
		if n++; at('+', '-') {
			n++
		}
		n, ok = skipDigits(text, n)
	}
	return n, integer, ok
}

// skipDigits returns where the digits at a place of text end, and whether there are any.
func skipDigits(text string, from int) (to int, ok bool) {
	for to = from; to < len(text) && '0' <= text[to] && text[to] <= '9'; to++ {
	}
	return to, to > from
}

// hex4 returns the number that text begins with in four hexadecimal digits, or -1.
func hex4(text string) rune {
	if len(text) < 4 {
		return -1
	}
	var n rune
	for i := range 4 {
		digit := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if digit < 0 || text[i] < '0' {
			return -1
		}
		n = n<<4 | rune(digit)
	}
	return n
}

// char returns the character that the inside of a checked string begins with, or half a surrogate
// pair, and the length of its text.
func char(s string) (c rune, size int) {
	c, size = unit(s)
	if rest := s[size:]; utf16.IsSurrogate(c) && rest != "" {
		low, more := unit(rest)
		if pair := utf16.DecodeRune(c, low); pair != utf8.RuneError {
			return pair, size + more
		}
	}
	return c, size
}

// unit returns the same as char, but for UTF-16 code units.
func unit(s string) (c rune, size int) {
	if s[0] != '\\' {
		return rune(s[0]), 1
	}
	if short := strings.IndexByte(`"\/bfnrt`, s[1]); short >= 0 {
		return rune("\"\\/\b\f\n\r\t"[short]), 2
	}
	return hex4(s[2:]), 6
}
