package pyjson

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep values nest at most: enough for any session, and a bound for recursion.
const maxDepth = 1000

var errTooDeep = fmt.Errorf("JSON nests deeper than %d", maxDepth)

// literals are the words of JSON, and those that Python reads and writes beyond the standard.
var literals = []struct {
	word  string
	value any
}{
	{"true", true}, {"false", false}, {"null", nil},
	{"NaN", math.NaN()}, {"Infinity", math.Inf(1)}, {"-Infinity", math.Inf(-1)},
}

// reader reads JSON text of ASCII characters.
type reader struct {
	text  string
	at    int
	depth int
}

// value reads one value. Without decode it only checks it, and returns nil.
func (r *reader) value(decode bool) (any, error) {
	rest := r.text[r.at:]
	if rest == "" {
		return nil, r.syntaxError()
	}
	switch rest[0] {
	case '"':
		quoted, err := r.quoted()
		if err != nil || !decode {
			return nil, err
		}
		return unquote(quoted), nil
	case '{':
		return r.object(decode)
	case '[':
		return r.array(decode)
	}
	for _, l := range literals {
		if rest[0] == l.word[0] && strings.HasPrefix(rest, l.word) {
			r.at += len(l.word)
			return l.value, nil
		}
	}
	text, integer, err := r.number()
	if err != nil || !decode {
		return nil, err
	}
	return decodeNumber(text, integer), nil
}

func (r *reader) array(decode bool) (any, error) {
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

func (r *reader) object(decode bool) (any, error) {
	if !decode {
		return nil, r.members(func(string) error { _, err := r.value(false); return err })
	}
	values := map[string]any{}
	err := r.members(func(quoted string) error {
		v, err := r.value(true)
		values[unquote(quoted)] = v
		return err
	})
	return values, err
}

// checked reads one value and returns its text unchanged.
func (r *reader) checked() (Value, error) {
	start := r.at
	_, err := r.value(false)
	return Value(r.text[start:r.at]), err
}

// parts reads a list or an object, whose values read returns. Of two members of one name the last
// one counts, in the place of the first.
func (r *reader) parts(read func() (Value, error)) (parts []Part, err error) {
	if r.next('[') {
		err = r.list('[', ']', func() error {
			v, err := read()
			parts = append(parts, Part{Value: v})
			return err
		})
		return parts, err
	}
	at := make(map[string]int, 8)
	err = r.members(func(quoted string) error {
		v, err := read()
		part := Part{unquote(quoted), quoted, v}
		if i, ok := at[part.Key()]; ok {
			parts[i] = part
		} else {
			at[part.Key()] = len(parts)
			parts = append(parts, part)
		}
		return err
	})
	return parts, err
}

// members reads an object and calls value with each quoted name, to read what belongs to it.
func (r *reader) members(value func(quoted string) error) error {
	return r.list('{', '}', func() error {
		quoted, err := r.quoted()
		if err != nil {
			return err
		}
		r.space()
		if !r.take(':') {
			return r.syntaxError()
		}
		r.space()
		return value(quoted)
	})
}

func decodeNumber(text string, integer bool) any {
	if !integer {
		f, _ := strconv.ParseFloat(text, 64) // out of range is an infinity, as in Python
		return f
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return json.Number(text)
	case int64(int(n)) == n:
		return int(n)
	}
	return n
}

// unquote returns the string that a checked, quoted text stands for. Half a surrogate pair becomes U+FFFD, as
// in encoding/json.
func unquote(quoted string) string {
	s := quoted[1 : len(quoted)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for s != "" {
		c, size := char(s)
		b = utf8.AppendRune(b, c) // half a pair becomes U+FFFD here
		s = s[size:]
	}
	return string(b)
}
