package session

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

// appendJSON appends v as Python's json.dumps writes it: no spaces, ASCII only, 1.0 for a whole
// float, NaN and Infinity bare. Types that Python does not know are written as encoding/json does.
func appendJSON(dst []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errTooDeep // perhaps a value that holds itself
	}
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
	}
	return appendOther(dst, v)
}

func appendList(dst []byte, values []any, depth int) ([]byte, error) {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendMap(dst []byte, values map[string]any, depth int) ([]byte, error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		var err error
		if dst, err = appendJSON(dst, values[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendOther leaves v to encoding/json, which writes compactly but not in ASCII only.
func appendOther(dst []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	start := len(dst)
	dst = appendEscaped(dst, strings.TrimSuffix(buf.String(), "\n"))
	r := jsonReader{text: string(dst[start:])}
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
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		short := strings.IndexByte("\"\\\b\f\n\r\t", c)
		if short < 0 && c >= ' ' {
			continue
		}
		dst = appendEscaped(dst, s[start:i])
		if short >= 0 {
			dst = append(dst, '\\', `"\bfnrt`[short])
		} else {
			dst = appendUnicode(dst, rune(c))
		}
		start = i + 1
	}
	return append(appendEscaped(dst, s[start:]), '"')
}

// appendEscaped appends JSON text with every character beyond printable ASCII as \uXXXX: Django
// decodes session data as Latin-1 and would take raw UTF-8 for other characters.
func appendEscaped(dst []byte, text string) []byte {
	for i, c := range text {
		switch {
		case c < 0x7f:
			dst = append(dst, text[i])
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			dst = appendUnicode(appendUnicode(dst, high), low)
		default: // an invalid byte ranges as U+FFFD, the replacement character
			dst = appendUnicode(dst, c)
		}
	}
	return dst
}

func appendUnicode(dst []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[c>>12&0xf], hex[c>>8&0xf], hex[c>>4&0xf], hex[c&0xf])
}

// unquote returns what a checked, quoted text stands for. Half a surrogate pair becomes U+FFFD, as
// in encoding/json.
func unquote(raw string) string {
	s := raw[1 : len(raw)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for s != "" {
		if s[0] != '\\' {
			b = append(b, s[0])
			s = s[1:]
			continue
		}
		short := strings.IndexByte(`"\/bfnrt`, s[1])
		if short >= 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[short])
			s = s[2:]
			continue
		}
		c := hex4(s[2:])
		s = s[6:]
		if utf16.IsSurrogate(c) {
			if pair := utf16.DecodeRune(c, secondHalf(s)); pair != utf8.RuneError {
				c = pair
				s = s[6:]
			}
		}
		b = utf8.AppendRune(b, c) // half a pair becomes U+FFFD here
	}
	return string(b)
}

// secondHalf returns the code unit of the \uXXXX that s begins with, or -1.
func secondHalf(s string) rune {
	if !strings.HasPrefix(s, `\u`) {
		return -1
	}
	return hex4(s[2:])
}
