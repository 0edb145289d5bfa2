// Package pyjson reads and writes JSON as Python's json module does, which is what Django stores.
//
// Start with [Parse] for a text, [Of] for a Go value, and [Value] for what can be asked of either.
// encoding/json does not do: it refuses NaN, and loses large integers, the difference between 1
// and 1.0, the order of an object's members and half surrogate pairs.
package pyjson

import (
	"strconv"
	"strings"
)

// A Value is the text of one JSON value, in ASCII. Parse and Of return values that are written as
// Python writes them: no spaces, 100000.0 for 1E5. Two such values are equal if their texts are.
type Value string

// A Kind is the type of a value. Integers and floats are two types, as they are for Python.
type Kind string

// The kinds of values.
const (
	Null    Kind = "null"
	Boolean Kind = "boolean"
	Integer Kind = "integer"
	Float   Kind = "float"
	String  Kind = "string"
	List    Kind = "list"
	Object  Kind = "object"
)

// A Part is an element of a list or a member of an object. An element has no name.
type Part struct {
	Name   string // half a surrogate pair is U+FFFD in it
	Quoted string // the name as the text has it
	Value  Value
}

// Key returns what distinguishes the member from the others of its object: its name or, if that contains
// U+FFFD, the name's text, so that two different broken names do not count as the same.
func (p Part) Key() string {
	if strings.Contains(p.Name, "\ufffd") {
		return p.Quoted
	}
	return p.Name
}

// Parse reads one JSON value and returns it as Python writes it. Of two members of one name the last
// one counts, in the place of the first.
func Parse(text string) (Value, error) { return Of(Value(text)) }

// Of returns v as Python's json.dumps writes it, compact: in ASCII, 1.0 for a whole float, NaN and
// Infinity bare, the members of a map in alphabetical order. Types that Python does not know are
// written as encoding/json does. It is an error if v has no JSON or nests too deep.
func Of(v any) (Value, error) {
	text, err := appendAny(nil, v, 1)
	return Value(text), err
}

// Quote returns s as a JSON string.
func Quote(s string) Value { return Value(appendQuoted(nil, s)) }

// Split checks a JSON text, and returns its kind and the parts of a list or an object. The texts of
// the parts stay as they are, but for characters beyond ASCII, which become escapes.
func Split(text string) (kind Kind, parts []Part, err error) {
	r := reader{text: ascii(text), depth: -1} // each part may nest as deep as a value
	r.space()
	kind = Value(r.text[r.at:]).Kind()
	if kind == List || kind == Object {
		parts, err = r.parts(r.checked)
	} else {
		_, err = r.value(false)
	}
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return "", nil, err
	}
	return kind, parts, nil
}

// Kind returns the type of v.
func (v Value) Kind() Kind {
	if v == "" {
		return Null
	}
	switch v[0] {
	case '"':
		return String
	case '[':
		return List
	case '{':
		return Object
	case 't', 'f':
		return Boolean
	case 'n':
		return Null
	}
	if strings.ContainsAny(string(v), ".eENI") { // also NaN and Infinity
		return Float
	}
	return Integer
}

// Parts returns the elements of a list or the members of an object, in their order.
func (v Value) Parts() []Part {
	_, parts, _ := Split(string(v)) // a Value is JSON
	return parts
}

// Any returns v, newly decoded: nil, bool, string, int, int64 where int is too small, json.Number for
// an integer beyond int64, float64, []any or map[string]any.
func (v Value) Any() any {
	r := reader{text: string(v)}
	decoded, err := r.value(true)
	if err != nil {
		return nil // a Value is JSON
	}
	return decoded
}

// Readable returns v, still as JSON, with the characters beyond ASCII that can be seen in place of their
// escapes.
func (v Value) Readable() string {
	var b strings.Builder
	for s := string(v); s != ""; {
		c, size := char(s)
		if c >= 0xa1 && strconv.IsPrint(c) {
			b.WriteRune(c)
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}
