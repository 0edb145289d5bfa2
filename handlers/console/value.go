package console

import (
	"errors"
	"slices"

	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// nothing is what an operation returns if Django's returns None.
const nothing = pyjson.Value("null")

// Of returns a session's data as an object.
func Of(d session.Data) pyjson.Value {
	v, err := pyjson.Parse(d.String())
	if err != nil {
		return "{}" // it nests as deep as the engine allows
	}
	return v
}

// ParseJSON reads a value that a visitor has written. Python's NaN and infinities are refused.
func ParseJSON(text string) (pyjson.Value, error) {
	v, err := pyjson.Parse(text)
	if err == nil && !isPlain(v, 1) {
		err = errNotPlain
	}
	return v, err
}

var errNotPlain = errors.New("a number beyond floats, or too many values inside each other")

func isPlain(v pyjson.Value, depth int) bool {
	if v == "NaN" || v == "Infinity" || v == "-Infinity" || depth > maxDepth {
		return false
	}
	return !slices.ContainsFunc(v.Parts(), func(p pyjson.Part) bool { return !isPlain(p.Value, depth+1) })
}
