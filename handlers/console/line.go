package console

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A SyntaxError says where a line is wrong and what was expected there.
type SyntaxError struct {
	Column int    // of the character, from 1
	Want   string // such as "value"; "token" for the text Token itself
	Token  string
	Found  string // the Chinese punctuation mark there, or ""
}

func (e *SyntaxError) Error() string {
	return "column " + strconv.Itoa(e.Column) + ": expected " + strings.TrimSpace(e.Want+" "+e.Token)
}

// errorAt returns the error for a line that is wrong at a byte.
func errorAt(line string, at int, want, token string) *SyntaxError {
	err := &SyntaxError{Column: utf8.RuneCountInString(line[:at]) + 1, Want: want, Token: token}
	if found, _ := utf8.DecodeRuneInString(line[at:]); punctuation[found] != 0 {
		err.Found = string(found)
	}
	return err
}

// inGo matches the beginning of a line in Go: x, or s with a capital letter after the dot.
const inGo = `^[ \t\r\n]*(x\b|s[ \t\r\n]*\.[ \t\r\n]*[A-Z])`

// ParseLine reads one operation as Django or as Go writes it:
//
//	request.session['a'] = 1        s.Set("a", 1)
//	del request.session['a']        s.Delete("a")
//	'a' in request.session          s.Has("a")
//
// The session is request.session or s for Django, and s or, as in the lesson, x for Go. For any
// other line it returns a *SyntaxError. Nothing is evaluated.
func ParseLine(line string) (Command, error) {
	if matched, _ := regexp.MatchString(inGo, line); matched {
		return parseGo(line)
	}
	r := &reader{text: line}
	c := r.operation()
	r.end()
	if r.err != nil {
		return Command{}, r.err
	}
	return c, nil
}
