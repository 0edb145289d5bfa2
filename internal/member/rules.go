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

// Problem is why a name or a password is refused; a page has the words for it.
type Problem string

// What can be wrong.
const (
	Empty      Problem = "empty"
	TooLong    Problem = "too_long"
	TooShort   Problem = "too_short"
	Characters Problem = "characters" // control, bidi, invisible, unassigned, or no UTF-8
	Common     Problem = "common"
	SameAsName Problem = "same_as_name"
)

// Invalid is a name or a password against the rules.
type Invalid struct {
	Name, Password Problem
}

// Error says which rule, not what was typed.
func (e *Invalid) Error() string {
	if e.Name != "" {
		return "invalid name: " + string(e.Name)
	}
	return "invalid password: " + string(e.Password)
}

// The rules, in characters.
const (
	maxName     = 150
	minPassword = 8
	maxPassword = 1024
)

// cleanName returns a name as it is kept: NFKC, without white space around it,
// runs of white space inside being one space.
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

// unfit is a character that a name cannot have: one that is not seen, or that
// turns round what stands beside it.
func unfit(r rune) bool {
	return !unicode.IsGraphic(r) || strings.ContainsRune(blanks, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) || r == utf8.RuneError
}

// blanks are characters that Unicode counts as graphic, and that show nothing:
// the empty Braille pattern and the musical null notehead.
const blanks = "\u2800\U0001d159"

// nameKey is the same for names that differ only in case or form.
func nameKey(name string) string {
	if len(name) > 64*maxName {
		name = name[:64*maxName]
	}
	name = strings.Join(strings.Fields(norm.NFKC.String(name)), " ") // in this order: NFKC makes spaces, of ¨ for one
	return norm.NFKC.String(cases.Fold().String(name))
}

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

// commonList is described in COMMON-PASSWORDS.md.
//
//go:embed common-passwords.txt.gz
var commonList []byte

// commonPasswords unpacks the list, which is lower case.
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
