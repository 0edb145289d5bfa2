package console

import (
	"encoding/json"
	"strconv"
	"strings"

	"sessionlab/session/pyjson"
)

// Python returns v as Python writes it.
func Python(v pyjson.Value) string { return write(v, pythonScalar, "[]", "{}") }

// Go returns v as Go writes it.
func Go(v pyjson.Value) string { return write(v, goScalar, "[]any{}", "map[string]any{}") }

// write returns a value in a notation with these scalars and brackets.
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
	return v.Readable() // the escapes that are left mean the same in Python
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
