package session

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDepth is how deep JSON values nest at most: enough for any session, and a bound for recursion.
const maxDepth = 1000

var errTooDeep = fmt.Errorf("JSON nests deeper than %d", maxDepth)

// literals are the words of JSON, and those that Python's json writes and reads beyond the standard.
var literals = []struct {
	word  string
	value any
}{
	{"true", true}, {"false", false}, {"null", nil},
	{"NaN", math.NaN()}, {"Infinity", math.Inf(1)}, {"-Infinity", math.Inf(-1)},
}

// jsonReader reads JSON text of ASCII characters by the rules of Python's json module.
// encoding/json does not serve: it refuses NaN and turns large integers into floats.
type jsonReader struct {
	text  string
	at    int
	depth int
}

// decodeJSON returns the value that a checked JSON text stands for: nil, bool, string, int, int64
// (where int is too small), json.Number (an integer beyond int64), float64, []any, map[string]any.
func decodeJSON(raw string) any {
	r := jsonReader{text: raw}
	v, err := r.value(true)
	if err != nil {
		return nil // raw was checked when it came in
	}
	return v
}

// value reads one value. Without decode it only checks it, and returns nil.
func (r *jsonReader) value(decode bool) (any, error) {
	rest := r.text[r.at:]
	if rest == "" {
		return nil, r.syntaxError()
	}
	switch rest[0] {
	case '"':
		raw, err := r.quoted()
		if err != nil || !decode {
			return nil, err
		}
		return unquote(raw), nil
	case '{':
		return r.nested(decode, r.object)
	case '[':
		return r.nested(decode, r.array)
	}
	for _, l := range literals {
		if strings.HasPrefix(rest, l.word) {
			r.at += len(l.word)
			return l.value, nil
		}
	}
	raw, integer, err := r.number()
	if err != nil || !decode {
		return nil, err
	}
	return decodeNumber(raw, integer), nil
}

func (r *jsonReader) nested(decode bool, read func(decode bool) (any, error)) (any, error) {
	if r.depth == maxDepth {
		return nil, errTooDeep
	}
	r.depth++
	v, err := read(decode)
	r.depth--
	return v, err
}

func (r *jsonReader) array(decode bool) (any, error) {
	if !decode {
		return nil, r.list('[', ']', func() error { _, err := r.value(false); return err })
	}
	values := []any{}
	err := r.list('[', ']', func() error {
		v, err := r.value(true)
		values = append(values, v)
		return err
	})
	return values, err
}

func (r *jsonReader) object(decode bool) (any, error) {
	if !decode {
		return nil, r.members(func(string) error { _, err := r.value(false); return err })
	}
	values := map[string]any{}
	err := r.members(func(rawName string) error {
		v, err := r.value(true)
		values[unquote(rawName)] = v
		return err
	})
	return values, err
}

// members reads an object and calls value with each quoted name, to read what belongs to it.
func (r *jsonReader) members(value func(rawName string) error) error {
	return r.list('{', '}', func() error {
		rawName, err := r.quoted()
		if err != nil {
			return err
		}
		r.space()
		if !r.take(':') {
			return r.syntaxError()
		}
		r.space()
		return value(rawName)
	})
}

// list reads what stands between first and last, separated by commas.
func (r *jsonReader) list(first, last byte, element func() error) error {
	if !r.take(first) {
		return r.syntaxError()
	}
	r.space()
	if r.take(last) {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		r.space()
		if r.take(last) {
			return nil
		}
		if !r.take(',') {
			return r.syntaxError()
		}
		r.space()
	}
}

func (r *jsonReader) take(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) space() {
	for r.at < len(r.text) && strings.IndexByte(" \t\n\r", r.text[r.at]) >= 0 {
		r.at++
	}
}

func (r *jsonReader) syntaxError() error { return fmt.Errorf("JSON syntax error at byte %d", r.at) }

// quoted reads a string and returns its text, quotes included.
func (r *jsonReader) quoted() (string, error) {
	start := r.at
	if !r.take('"') {
		return "", r.syntaxError()
	}
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[start:r.at], nil
		case c < ' ':
			return "", r.syntaxError()
		case c == '\\':
			r.at++
			if err := r.escape(); err != nil {
				return "", err
			}
		}
	}
	return "", r.syntaxError()
}

// escape checks the characters after a backslash, and stops at the last of them.
func (r *jsonReader) escape() error {
	switch {
	case r.at == len(r.text):
		return r.syntaxError()
	case strings.IndexByte(`"\/bfnrt`, r.text[r.at]) >= 0:
		return nil
	case r.text[r.at] == 'u' && hex4(r.text[r.at+1:]) >= 0:
		r.at += 4
		return nil
	}
	return r.syntaxError()
}

// number reads a number and says whether it is an integer.
func (r *jsonReader) number() (raw string, integer bool, err error) {
	start := r.at
	r.take('-')
	if !r.take('0') && r.digits() == 0 {
		return "", false, r.syntaxError()
	}
	integer = true
	if r.take('.') {
		integer = false
		if r.digits() == 0 {
			return "", false, r.syntaxError()
		}
	}
	if r.take('e') || r.take('E') {
		integer = false
		if !r.take('-') {
			r.take('+')
		}
		if r.digits() == 0 {
			return "", false, r.syntaxError()
		}
	}
	return r.text[start:r.at], integer, nil
}

func (r *jsonReader) digits() (n int) {
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
		n++
	}
	return n
}

func decodeNumber(raw string, integer bool) any {
	if !integer {
		f, _ := strconv.ParseFloat(raw, 64) // out of range is an infinity, as in Python
		return f
	}
	n, err := strconv.ParseInt(raw, 10, 64)
	switch {
	case err != nil:
		return json.Number(raw)
	case int64(int(n)) == n:
		return int(n)
	}
	return n
}

// hex4 returns the number that text begins with in four hexadecimal digits, or -1.
func hex4(text string) rune {
	if len(text) < 4 {
		return -1
	}
	var n rune
	for i := range 4 {
		digit := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if digit < 0 || text[i] < '0' {
			return -1
		}
		n = n<<4 | rune(digit)
	}
	return n
}
