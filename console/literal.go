package console

import (
	"math"
	"strconv"
	"strings"

	"sessionlab/session/pyjson"
)

// maxDepth is how deep a value nests at most.
const maxDepth = 100

// dialect is a language that values are written in.
type dialect int

const (
	inJSON   dialect = iota
	inStored         // JSON with NaN and infinities, as Python writes it into a session
	inPython
	inGo
)

// SyntaxError says where a text is wrong and what was expected there.
type SyntaxError struct {
	Column int    // of the character, from 1
	Want   string // such as "value"; "token" for the very text Token
	Token  string
}

func (e *SyntaxError) Error() string {
	return "column " + strconv.Itoa(e.Column) + ": expected " + strings.TrimSpace(e.Want+" "+e.Token)
}

// reader reads a text character by character.
type reader struct {
	text    []rune
	at      int
	depth   int
	dialect dialect
}

func newReader(text string, d dialect) *reader { return &reader{text: []rune(text), dialect: d} }

func (r *reader) want(what string) error { return &SyntaxError{Column: r.at + 1, Want: what} }

func (r *reader) space() {
	for r.at < len(r.text) && strings.ContainsRune(" \t\r\n", r.text[r.at]) {
		r.at++
	}
}

// peek reports whether a token is next.
func (r *reader) peek(token string) bool {
	return strings.HasPrefix(string(r.text[r.at:min(len(r.text), r.at+len(token))]), token)
}

// take steps over a token if it is next.
func (r *reader) take(token string) bool {
	if !r.peek(token) {
		return false
	}
	r.at += len(token) // tokens are ASCII
	return true
}

// takeWord is take for a token that ends where no letter follows.
func (r *reader) takeWord(token string) bool {
	start := r.at
	if r.take(token) && (r.at == len(r.text) || !isWord(r.text[r.at])) {
		return true
	}
	r.at = start
	return false
}

func isWord(c rune) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c > 0x7f
}

// must steps over spaces and a token, which has to be there.
func (r *reader) must(token string) error {
	r.space()
	if !r.take(token) {
		return &SyntaxError{Column: r.at + 1, Want: "token", Token: token}
	}
	r.space()
	return nil
}

// end wants nothing more to follow.
func (r *reader) end() error {
	r.space()
	if r.at < len(r.text) {
		return r.want("end")
	}
	return nil
}

// ParseJSON reads one JSON value.
func ParseJSON(text string) (Value, error) { return parseAll(text, inJSON) }

// ParseStored reads what a session holds: JSON, and what Python takes for it.
func ParseStored(text string) (Value, error) { return parseAll(text, inStored) }

func parseAll(text string, d dialect) (Value, error) {
	r := newReader(text, d)
	if d == inStored {
		r.depth = maxDepth - 1000 // as deep as the engine lets it nest
	}
	r.space()
	v, err := r.value()
	if err == nil {
		err = r.end()
	}
	return v, err
}

// constants are the words of each language.
var constants = map[dialect][]Value{
	inJSON: {word(Boolean, "true"), word(Boolean, "false"), nothing},
	inStored: {word(Boolean, "true"), word(Boolean, "false"), nothing,
		word(Float, "NaN"), word(Float, "Infinity"), word(Float, "-Infinity")},
	inPython: {word(Boolean, "True"), word(Boolean, "False"), word(Null, "None")},
	inGo:     {word(Boolean, "true"), word(Boolean, "false"), word(Null, "nil")},
}

// value reads a literal.
func (r *reader) value() (Value, error) {
	if r.depth >= maxDepth {
		return Value{}, r.want("depth")
	}
	r.depth++
	defer func() { r.depth-- }()
	for _, c := range constants[r.dialect] {
		if r.takeWord(c.Text) {
			switch c.Kind {
			case Boolean:
				return boolean(strings.EqualFold(c.Text, "true")), nil
			case Null:
				return nothing, nil
			}
			return c, nil
		}
	}
	lists, objects := "[", "{"
	if r.dialect == inGo {
		lists, objects = "[]any", "map[string]any"
	}
	switch {
	case r.atQuote():
		s, err := r.quoted()
		return word(String, s), err
	case r.take(lists):
		return r.parts(List, r.dialect == inGo)
	case r.take(objects):
		return r.parts(Object, r.dialect == inGo)
	case r.dialect == inGo && r.take("json.Number("):
		return r.goNumber()
	case r.at < len(r.text) && strings.ContainsRune("-0123456789", r.text[r.at]):
		return r.number()
	}
	return Value{}, r.want("value")
}

// parts reads what a list or an object holds, after what it begins with.
func (r *reader) parts(kind Kind, brace bool) (Value, error) {
	v := Value{Kind: kind}
	at := map[string]int{} // where the names of an object stand
	end := "]"
	if kind == Object || brace {
		end = "}"
	}
	if brace {
		if err := r.must("{"); err != nil {
			return v, err
		}
	}
	r.space()
	if r.take(end) {
		return v, nil
	}
	for {
		var part Part
		var err error
		if kind == Object {
			if part.Name, err = r.quoted(); err == nil {
				err = r.must(":")
			}
		}
		if err == nil {
			part.Value, err = r.value()
		}
		if err != nil {
			return v, err
		}
		if i, ok := at[part.Name]; ok {
			v.Parts[i] = part // of two of one name the last one counts, where the first one stands
		} else {
			if kind == Object {
				at[part.Name] = len(v.Parts)
			}
			v.Parts = append(v.Parts, part)
		}
		r.space()
		if r.take(end) {
			return v, nil
		}
		if !r.take(",") {
			return v, &SyntaxError{Column: r.at + 1, Want: "comma", Token: end}
		}
		r.space()
	}
}

// number reads a number as JSON has it, which Python and Go read in the same way.
func (r *reader) number() (Value, error) {
	start := r.at
	digits := func() bool {
		from := r.at
		for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
			r.at++
		}
		return r.at > from
	}
	kind := Integer
	r.take("-")
	if !r.take("0") && !digits() {
		return Value{}, r.want("digit")
	}
	if r.take(".") {
		kind = Float
		if !digits() {
			return Value{}, r.want("digit")
		}
	}
	if r.take("e") || r.take("E") {
		kind = Float
		if !r.take("-") {
			r.take("+")
		}
		if !digits() {
			return Value{}, r.want("digit")
		}
	}
	if r.at < len(r.text) && isWord(r.text[r.at]) { // 007, 1_000, 0x1f, 12a
		return Value{}, r.want("digit")
	}
	return r.numberOf(kind, string(r.text[start:r.at]), start)
}

func (r *reader) numberOf(kind Kind, written string, start int) (Value, error) {
	if kind == Float {
		f, err := strconv.ParseFloat(written, 64)
		if err != nil && r.dialect != inStored || math.IsNaN(f) {
			return Value{}, &SyntaxError{Column: start + 1, Want: "range"}
		}
		return word(Float, floatText(f)), nil
	}
	if _, err := strconv.ParseInt(written, 10, 64); err != nil && r.dialect == inGo {
		return Value{}, &SyntaxError{Column: start + 1, Want: "int64"} // it would not compile
	}
	if written == "-0" {
		written = "0"
	}
	return word(Integer, written), nil
}

// goNumber reads the rest of json.Number("…"), in which Go keeps an integer that no int64 can hold.
func (r *reader) goNumber() (Value, error) {
	r.space()
	start := r.at + 1
	s, err := r.quoted()
	if err != nil {
		return Value{}, err
	}
	inner := newReader(unquote(s), inJSON)
	v, err := inner.number()
	if err == nil {
		err = inner.end()
	}
	if err != nil {
		return Value{}, &SyntaxError{Column: start + 1, Want: "digit"}
	}
	return v, r.must(")")
}

// floatText writes a float as the engine does.
func floatText(f float64) string {
	v, _ := pyjson.Of(f) // a float has JSON
	return string(v)
}
