package prose

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// comment is a comment in the source of a function.
type comment struct {
	text       string // on one line, without slashes
	start, end int
}

func commentsOf(function string) (all []comment, err error) {
	const head = "package p\n"
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, "", head+function, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("comments: %w", err)
	}
	for _, group := range parsed.Comments {
		start, end := set.Position(group.Pos()).Offset, set.Position(group.End()).Offset
		all = append(all, comment{strings.Join(strings.Fields(group.Text()), " "), start - len(head), end - len(head)})
	}
	return all, nil
}

// Comments returns the comments in the source of a function, each on one line. A catalogue of
// translations has them as its keys.
func Comments(function string) (texts []string, err error) {
	all, err := commentsOf(function)
	for _, c := range all {
		texts = append(texts, c.text)
	}
	return texts, err
}

// translate returns a function with its comments replaced by those of a catalogue. A comment that is not
// in it stays as it is.
func translate(function string, catalogue map[string]string) (string, error) {
	all, err := commentsOf(function)
	if err != nil {
		return "", err
	}
	for _, c := range slices.Backward(all) {
		if text := catalogue[c.text]; text != "" {
			function = function[:c.start] + "// " + text + function[c.end:]
		}
	}
	return function, nil
}

// function returns a function of the program with its comments in the language.
func (b *Book) function(lang, file, name string) (string, error) {
	code, err := Function(b.files, file, name)
	if err != nil {
		return "", err
	}
	source, err := fs.ReadFile(b.files, "lessons/"+lang+".comments.json")
	if errors.Is(err, fs.ErrNotExist) {
		return code, nil // the language of the source
	}
	var catalogue map[string]string
	if err == nil {
		err = json.Unmarshal(source, &catalogue)
	}
	if err != nil {
		return "", fmt.Errorf("translations of comments: %w", err)
	}
	return translate(code, catalogue)
}
