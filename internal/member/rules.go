package member

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Problem says why a name or a password is refused. Pages have a text for each.
type Problem string

// The problems of a name or a password.
const (
	Empty      Problem = "empty"
	TooLong    Problem = "too_long"
	TooShort   Problem = "too_short"
	Characters Problem = "characters" // control, bidirectional, invisible or unassigned characters, or invalid UTF-8
	Common     Problem = "common"
	SameAsName Problem = "same_as_name"
)

// Invalid is the error for a name or a password against the rules. A field that is empty has no problem.
type Invalid struct {
	Name, Password Problem
}

// Error names the rule, and never repeats what was typed.
func (e *Invalid) Error() string {
	if e.Name != "" {
		return "invalid name: " + string(e.Name)
	}
	return "invalid password: " + string(e.Password)
}

// The bounds on names and passwords, in characters.
const (
	maxName     = 150
	minPassword = 8
	maxPassword = 1024
)

// cleanName returns a name in the form in which it is stored: NFKC, with no white space around it and single
// spaces inside.
func cleanName(name string) (string, Problem) {
	if !utf8.ValidString(name) {
		return "", Characters
	}
	if len(name) > 64*maxName { // before the work of normalizing
		return "", TooLong
	}
	name = norm.NFKC.String(name)
	if strings.ContainsFunc(name, unfit) {
		return "", Characters
	}
	name = strings.Join(strings.Fields(name), " ")
	if first, _ := utf8.DecodeRuneInString(name); unicode.Is(unicode.M, first) {
		return "", Characters // an accent on nothing
	}
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", Empty
	case n > maxName:
		return "", TooLong
	}
	return name, ""
}

// unfit reports whether a name must not contain a character: one that is invisible, or that changes the
// direction of its neighbours.
func unfit(r rune) bool {
	return !unicode.IsGraphic(r) || strings.ContainsRune(blanks, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) || r == utf8.RuneError
}

// blanks holds characters that Unicode counts as graphic although they show nothing: the empty Braille
// pattern and the musical null notehead.
const blanks = "\u2800\U0001d159"

// nameKey returns the same text for names that differ only in case or Unicode form.
func nameKey(name string) string {
	if len(name) > 64*maxName {
		name = name[:64*maxName]
	}
	name = strings.Join(strings.Fields(norm.NFKC.String(name)), " ") // in this order, because NFKC makes spaces, for example of ¨
	return norm.NFKC.String(cases.Fold().String(name))
}

// passwordProblem returns what is wrong with a password, or "".
func (m *Members) passwordProblem(password, name string) Problem {
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		return Empty
	case !utf8.ValidString(password):
		return Characters
	case n < minPassword:
		return TooShort
	case n > maxPassword:
		return TooLong
	case m.common()[strings.ToLower(strings.TrimFunc(password, unicode.IsSpace))]:
		return Common
	case name != "" && nameKey(password) == nameKey(name):
		return SameAsName
	}
	return ""
}

// commonList holds the common passwords; COMMON-PASSWORDS.md describes where they come from.
//
//go:embed common-passwords.txt.gz
var commonList []byte

// commonPasswords unpacks the list, which is in lower case.
func commonPasswords() map[string]bool {
	r, err := gzip.NewReader(bytes.NewReader(commonList))
	if err != nil {
		panic("common-passwords.txt.gz: " + err.Error()) // the file is part of the program
	}
	common := map[string]bool{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		common[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		panic("common-passwords.txt.gz: " + err.Error())
	}
	return common
}
