package pyjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendAny appends v as Of returns it.
func appendAny(dst []byte, v any, depth int) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case string:
		return appendQuoted(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return appendFloat(dst, v), nil
	case *big.Int:
		return v.Append(dst, 10), nil
	case []any:
		return appendList(dst, v, depth)
	case map[string]any:
		return appendMap(dst, v, depth)
	case Value:
		return appendText(dst, string(v), depth)
	}
	return appendOther(dst, v, depth)
}

func appendList(dst []byte, values []any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep // perhaps a list that holds itself
	}
	return appendParts(dst, "[]", len(values), func(dst []byte, i int) ([]byte, error) {
		return appendAny(dst, values[i], depth+1)
	})
}

func appendMap(dst []byte, values map[string]any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	names := slices.Sorted(maps.Keys(values))
	return appendParts(dst, "{}", len(names), func(dst []byte, i int) ([]byte, error) {
		return appendAny(append(appendQuoted(dst, names[i]), ':'), values[names[i]], depth+1)
	})
}

// appendParts appends what is in a list or an object, with commas and brackets.
func appendParts(dst []byte, brackets string, n int, part func(dst []byte, i int) ([]byte, error)) ([]byte, error) {
	dst = append(dst, brackets[0])
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = part(dst, i); err != nil {
			return nil, err
		}
	}
	return append(dst, brackets[1]), nil
}

// appendText appends a JSON text, after checking it, as Python writes what it has read.
func appendText(dst []byte, text string, depth int) ([]byte, error) {
	r := reader{text: ascii(text), depth: depth - 1}
	r.space()
	dst, err := r.rewrite(dst)
	if err == nil {
		err = r.end()
	}
	return dst, err
}

// rewrite reads one value and appends it as Python writes it.
func (r *reader) rewrite(dst []byte) ([]byte, error) {
	if r.next('[') || r.next('{') {
		return r.rewriteParts(dst)
	}
	start := r.at
	v, err := r.value(true)
	if err != nil {
		return nil, err
	}
	text := r.text[start:r.at]
	switch v := v.(type) {
	case string: // in which half a pair is lost
		return appendRequoted(dst, text), nil
	case float64:
		return appendFloat(dst, v), nil
	case int: // -0
		return strconv.AppendInt(dst, int64(v), 10), nil
	}
	return append(dst, text...), nil
}

func (r *reader) rewriteParts(dst []byte) ([]byte, error) {
	brackets := "[]"
	if r.next('{') {
		brackets = "{}"
	}
	parts, err := r.parts(func() (Value, error) {
		text, err := r.rewrite(nil)
		return Value(text), err
	})
	if err != nil {
		return nil, err
	}
	return appendParts(dst, brackets, len(parts), func(dst []byte, i int) ([]byte, error) {
		if parts[i].Quoted != "" {
			dst = append(appendRequoted(dst, parts[i].Quoted), ':')
		}
		return append(dst, parts[i].Value...), nil
	})
}

// appendOther leaves v to encoding/json, which writes compactly but not in ASCII only.
func appendOther(dst []byte, v any, depth int) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	start := len(dst)
	dst = appendEscaped(dst, strings.TrimSuffix(buf.String(), "\n"))
	r := reader{text: string(dst[start:]), depth: depth - 1}
	if _, err := r.value(false); err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err) // it nests too deep to be read again
	}
	return dst, nil
}

// appendFloat writes f as Python's repr does, so that a float stays a float when it is read again.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16):
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendQuoted appends s as a JSON string of ASCII characters.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range s { // an invalid byte ranges as U+FFFD, the replacement character
		dst = appendChar(dst, c)
	}
	return append(dst, '"')
}

// appendRequoted appends a checked, quoted text with the escapes that Python writes.
func appendRequoted(dst []byte, quoted string) []byte {
	dst = append(dst, '"')
	for s := quoted[1 : len(quoted)-1]; s != ""; {
		c, size := unit(s)
		dst = appendChar(dst, c)
		s = s[size:]
	}
	return append(dst, '"')
}

// appendChar appends a character of a string, or half a surrogate pair.
func appendChar(dst []byte, c rune) []byte {
	if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
		return append(dst, byte(c))
	}
	if short := strings.IndexRune("\"\\\b\f\n\r\t", c); short >= 0 {
		return append(dst, '\\', `"\bfnrt`[short])
	}
	return appendUnicode(dst, c)
}

// appendEscaped appends JSON text with every character beyond printable ASCII as \uXXXX: Django
// decodes session data as Latin-1 and would take raw UTF-8 for other characters.
func appendEscaped(dst []byte, text string) []byte {
	for i, c := range text {
		if c < 0x7f {
			dst = append(dst, text[i])
		} else {
			dst = appendUnicode(dst, c)
		}
	}
	return dst
}

// ascii returns JSON text with what is beyond ASCII as escapes.
func ascii(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return string(appendEscaped(nil, text))
		}
	}
	return text
}

func appendUnicode(dst []byte, c rune) []byte {
	if c > 0xffff {
		high, low := utf16.EncodeRune(c)
		return appendUnicode(appendUnicode(dst, high), low)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[c>>12&0xf], hex[c>>8&0xf], hex[c>>4&0xf], hex[c&0xf])
}
