package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PassportFile is a passport in the form in which readers exchange it.
type PassportFile struct {
	Version int          `json:"sessionlab_passport"` // 1
	Browser string       `json:"browser"`             // derived from the User-Agent
	At      string       `json:"at"`                  // the address at which it was measured
	Date    time.Time    `json:"date"`
	Lab     string       `json:"lab"` // the version of the lab that measured it
	Facts   []StatedFact `json:"facts"`
}

// StatedFact is a fact in a passport. Draft holds what the lab that measured it said about the draft.
type StatedFact struct {
	Name    string `json:"name"`
	Value   string `json:"value"` // "" if it was not measured
	Draft   string `json:"draft"`
	Section string `json:"section,omitempty"`
	Source  string `json:"source,omitempty"`
	Missing string `json:"missing,omitempty"`
}

// NewPassportFile returns the passport of a run.
func NewPassportFile(r *Result, browser, lab string) PassportFile {
	f := PassportFile{Version: 1, Browser: browser, At: r.World.URL(Own, ""), Date: r.Started.UTC().Truncate(time.Second), Lab: lab}
	for _, m := range Measure(r) {
		f.Facts = append(f.Facts, StatedFact{m.Fact.Name, m.Value, m.Draft, m.Fact.Section, m.Fact.Source, m.Missing})
	}
	return f
}

// MaxPassport bounds a passport from elsewhere, in bytes.
const MaxPassport = 60 << 10

// Bounds on the contents of a passport from elsewhere.
const (
	maxFacts = 200
	maxText  = 400 // bytes
)

// ErrPassport says that a file is not a passport that this lab can read.
var ErrPassport = errors.New("no passport")

// ReadPassport reads a passport that somebody else made. It checks only the format: the contents are shown to the reader
// and never trusted.
func ReadPassport(file io.Reader) (PassportFile, error) {
	data, err := io.ReadAll(io.LimitReader(file, MaxPassport+1))
	if err != nil {
		return PassportFile{}, err
	}
	var f PassportFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if len(data) > MaxPassport || !utf8.Valid(data) || decoder.Decode(&f) != nil || decoder.Decode(&struct{}{}) != io.EOF || !f.valid() {
		return PassportFile{}, ErrPassport
	}
	return f, nil
}

// valid reports whether a passport has the expected format.
func (f *PassportFile) valid() bool {
	if f.Version != 1 || f.Date.IsZero() || f.Date.Year() > 9999 || !printable(f.Browser, f.At, f.Lab) || len(f.Facts) == 0 || len(f.Facts) > maxFacts {
		return false
	}
	name := regexp.MustCompile(`^[a-z0-9]{1,40}$`)
	seen := map[string]bool{}
	for _, fact := range f.Facts {
		if seen[fact.Name] || !name.MatchString(fact.Name) || fact.Missing != "" && !name.MatchString(fact.Missing) ||
			!printable(fact.Value, fact.Draft, fact.Section, fact.Source) {
			return false
		}
		seen[fact.Name] = true
	}
	return true
}

// printable reports whether all texts are short and contain only printable characters.
func printable(texts ...string) bool {
	for _, text := range texts {
		if len(text) > maxText || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return false
		}
	}
	return true
}

// Of returns what the passport says about a fact.
func (f *PassportFile) Of(name string) (StatedFact, bool) {
	for _, fact := range f.Facts {
		if fact.Name == name {
			return fact, true
		}
	}
	return StatedFact{}, false
}
