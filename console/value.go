package console

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"

	"sessionlab/session"
)

// Kind is the type of a JSON value. Integers and floats are two types, as they are for Python.
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

// Value is a JSON value that keeps what a Go value would lose: integers of any size, the order of
// an object's names, half surrogate pairs.
type Value struct {
	Kind  Kind
	Text  string // of what has no parts: its JSON in ASCII, as Python writes it
	Parts []Part // of a list or an object
}

// Part is an element of a list or, with a name, of an object.
type Part struct {
	Name  string // its JSON in ASCII, quotes included; "" in a list
	Value Value
}

func word(kind Kind, text string) Value { return Value{Kind: kind, Text: text} }

// nothing is what an operation returns that returns None.
var nothing = word(Null, "null")

func boolean(b bool) Value { return word(Boolean, strconv.FormatBool(b)) }

func integer(n int64) Value { return word(Integer, strconv.FormatInt(n, 10)) }

func text(s string) Value { return word(String, quote(s)) }

func list(values []Value) Value {
	v := Value{Kind: List}
	for _, each := range values {
		v.Parts = append(v.Parts, Part{Value: each})
	}
	return v
}

// JSON is v as Python's json writes it: compact, in ASCII, an object's names in their order.
func (v Value) JSON() string { return v.write(jsonWords) }

// words are how a language writes a value.
type words struct {
	scalar       func(Value) string
	list, object [2]string // what stands around
	comma, colon string
	quoted       func(json string) string // a string, from its JSON
}

var jsonWords = words{
	scalar: func(v Value) string { return v.Text },
	list:   [2]string{"[", "]"}, object: [2]string{"{", "}"}, comma: ",", colon: ":",
	quoted: func(json string) string { return json },
}

func (v Value) write(w words) string {
	around := w.list
	switch v.Kind {
	case List:
	case Object:
		around = w.object
	case String:
		return w.quoted(v.Text)
	default:
		return w.scalar(v)
	}
	var b strings.Builder
	b.WriteString(around[0])
	for i, part := range v.Parts {
		if i > 0 {
			b.WriteString(w.comma)
		}
		if v.Kind == Object {
			b.WriteString(w.quoted(part.Name) + w.colon)
		}
		b.WriteString(part.Value.write(w))
	}
	b.WriteString(around[1])
	return b.String()
}

// Label is an object's name as a person reads it.
func (p Part) Label() string { return Readable(p.Name) }

// Shown is a value without parts as a person reads it.
func (v Value) Shown() string {
	if v.Kind == String {
		return Readable(v.Text)
	}
	return v.JSON()
}

// unquote returns what a JSON string stands for; half a surrogate pair becomes U+FFFD.
func unquote(quoted string) string {
	var s string
	_ = json.Unmarshal([]byte(quoted), &s) // it was checked when it was read
	return s
}

func quote(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		b = appendRune(b, r)
	}
	return string(append(b, '"'))
}

// appendRune appends a character of a JSON string, in ASCII.
func appendRune(b []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendRune(appendRune(b, high), low)
	}
	if short := strings.IndexRune("\"\\\b\f\n\r\t", r); short >= 0 {
		return append(b, '\\', `"\bfnrt`[short])
	}
	if r >= ' ' && r < 0x7f {
		return append(b, byte(r))
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[r>>12&0xf], hex[r>>8&0xf], hex[r>>4&0xf], hex[r&0xf])
}

// Readable is JSON with the characters beyond ASCII as they are. It is still the same JSON.
func Readable(json string) string {
	var b strings.Builder
	for rest := json; rest != ""; {
		before, after, found := strings.Cut(rest, `\`)
		b.WriteString(before)
		if !found {
			break
		}
		char, size := escaped(after)
		b.WriteString(char)
		rest = after[size:]
	}
	return b.String()
}

// escaped returns what to write for the escape that text begins with, after the backslash, and how
// long it is there. What cannot be seen, and half a pair, stays an escape.
func escaped(text string) (char string, size int) {
	if text[0] != 'u' {
		return `\` + text[:1], 1
	}
	r := hexRune(text[1:5])
	size = 5
	if utf16.IsSurrogate(r) && strings.HasPrefix(text[5:], `\u`) {
		if pair := utf16.DecodeRune(r, hexRune(text[7:11])); pair != '\ufffd' {
			r, size = pair, 11
		}
	}
	if r < 0xa1 || !strconv.IsPrint(r) {
		return `\` + text[:size], size
	}
	return string(r), size
}

func hexRune(digits string) rune {
	n, _ := strconv.ParseUint(digits, 16, 32)
	return rune(n)
}

// raw lets a session keep the value as it is.
func (v Value) raw() json.RawMessage { return json.RawMessage(v.JSON()) }

// Of returns a session's data as an object.
func Of(d session.Data) Value {
	v, err := ParseStored(d.String())
	if err != nil {
		return Value{Kind: Object} // the engine has read it before
	}
	return v
}
