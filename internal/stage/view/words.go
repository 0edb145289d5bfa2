package view

import (
	"strings"

	"sessionlab/internal/stage/record"
)

// Words returns a text of the catalogue; args are names and values in turn.
type Words func(id string, args ...any) (string, error)

// In returns the sentence in a language.
func (s Sentence) In(words Words) (string, error) { return words(s.ID, s.Args...) }

// In returns the explanation as one sentence, without the remarks.
func (x *Explanation) In(words Words) (string, error) {
	var parts []string
	for _, part := range x.Parts {
		text, err := part.Says.In(words)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	comma, err := words("stage.comma")
	if err != nil {
		return "", err
	}
	stop, err := words("stage.stop")
	return strings.Join(parts, comma) + stop, err
}

// Funcs returns the functions by which the templates of all pages show the stage below them.
func Funcs() map[string]any {
	return map[string]any{
		"ms": Milliseconds, "bytes": Bytes, "lanes": Lanes,
		"maxBody": func() int64 { return record.MaxBody }, "tourSteps": tourSteps,
	}
}

// tourSteps returns what the tour waits for: opening the stage, making a request, and stepping through it.
func tourSteps() []string { return []string{"open", "ask", "step"} }
