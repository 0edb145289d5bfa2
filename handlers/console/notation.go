package console

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"

	"sessionlab/session/pyjson"
)

// Python returns v as Python writes it.
func Python(v pyjson.Value) string { return write(v, pythonScalar, "[]", "{}") }

// Go returns v as Go writes it.
func Go(v pyjson.Value) string { return write(v, goScalar, "[]any{}", "map[string]any{}") }

// write writes a value whose lists and objects are between list and object.
func write(v pyjson.Value, scalar func(pyjson.Value) string, list, object string) string {
	around := list
	switch v.Kind() {
	case pyjson.List:
	case pyjson.Object:
		around = object
	default:
		return scalar(v)
	}
	var parts []string
	for _, part := range v.Parts() {
		text := write(part.Value, scalar, list, object)
		if part.Quoted != "" {
			text = scalar(pyjson.Value(part.Quoted)) + ": " + text
		}
		parts = append(parts, text)
	}
	last := len(around) - 1
	return around[:last] + strings.Join(parts, ", ") + around[last:]
}

func pythonScalar(v pyjson.Value) string {
	switch v {
	case "true":
		return "True"
	case "false":
		return "False"
	case "null":
		return "None"
	case "NaN", "Infinity", "-Infinity":
		return "float('" + string(v) + "')"
	}
	return Readable(string(v)) // all escapes that are left mean the same in Python
}

func goScalar(v pyjson.Value) string {
	switch v {
	case "null":
		return "nil"
	case "NaN":
		return "math.NaN()"
	case "Infinity":
		return "math.Inf(1)"
	case "-Infinity":
		return "math.Inf(-1)"
	}
	switch decoded := v.Any().(type) {
	case string:
		return strconv.Quote(decoded)
	case json.Number:
		return `json.Number("` + string(v) + `")`
	}
	return string(v)
}

// Readable returns JSON with the characters beyond ASCII as they are. It is still the same JSON.
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
