package pyjson_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"sessionlab/session/pyjson"
)

// What Python 3 writes for what it has read: json.dumps(json.loads(text), separators=(",", ":")).
var rewritten = []struct {
	name, text, want string
	kind             pyjson.Kind
}{
	{"null", ` null `, `null`, pyjson.Null},
	{"boolean", `false`, `false`, pyjson.Boolean},
	{"integer", `-17`, `-17`, pyjson.Integer},
	{"minus zero", `-0`, `0`, pyjson.Integer},
	{"integer of any size", `123456789012345678901234567890`, `123456789012345678901234567890`, pyjson.Integer},
	{"whole float", `1E5`, `100000.0`, pyjson.Float},
	{"large float", `1e16`, `1e+16`, pyjson.Float},
	{"minus zero as a float", `-0.0e-5`, `-0.0`, pyjson.Float},
	{"beyond floats", `-1e999`, `-Infinity`, pyjson.Float},
	{"not a number", `NaN`, `NaN`, pyjson.Float},
	{"string", `"\u0061\/\"\u005C\u000a"`, `"a/\"\\\n"`, pyjson.String},
	{"beyond ASCII", `"中🍪é"`, `"\u4e2d\ud83c\udf6a\u00e9"`, pyjson.String},
	{"control characters", `"\u0000\u007F"`, `"\u0000\u007f"`, pyjson.String},
	{"half a pair", `["\ud83c", "\uDF6A\uD83C", "\ud83cx"]`, `["\ud83c","\udf6a\ud83c","\ud83cx"]`, pyjson.List},
	{"invalid UTF-8", "\"\xff\"", `"\ufffd"`, pyjson.String},
	{"order", `{"z": 1, "a": {"y": [], "b": {}}}`, `{"z":1,"a":{"y":[],"b":{}}}`, pyjson.Object},
	{"two of a name", `{"a":1,"b":2,"\u0061":3}`, `{"a":3,"b":2}`, pyjson.Object},
	{"two broken names", `{"\ud800":1,"\ud801":2,"\ud800":3}`, `{"\ud800":3,"\ud801":2}`, pyjson.Object},
	{"no name", `{"": 1}`, `{"":1}`, pyjson.Object},
}

func TestParse(t *testing.T) {
	for _, test := range rewritten {
		t.Run(test.name, func(t *testing.T) {
			v, err := pyjson.Parse(test.text)
			if err != nil || string(v) != test.want || v.Kind() != test.kind {
				t.Errorf("%s of kind %s, error %v; want %s of kind %s", v, v.Kind(), err, test.want, test.kind)
			}
		})
	}
	for _, text := range []string{``, `[1`, `1 2`, `tru`, `{"a":1,}`, `'a'`, `007`, `é`, strings.Repeat("[", 1001) + strings.Repeat("]", 1001)} {
		if v, err := pyjson.Parse(text); err == nil {
			t.Errorf("%.20q was read as %.20s", text, v)
		}
	}
}

// A value within another is checked, counts with its depth, and is written as it would be alone.
func TestOfValue(t *testing.T) {
	v, err := pyjson.Of([]any{pyjson.Value(`{"b" : 1E2, "a": 0}`), map[string]any{"x": pyjson.Quote("é")}, nil})
	if want := `[{"b":100.0,"a":0},{"x":"\u00e9"},null]`; err != nil || string(v) != want {
		t.Errorf("%s, error %v; want %s", v, err, want)
	}
	deep := pyjson.Value(strings.Repeat("[", 1000) + strings.Repeat("]", 1000))
	if _, err := pyjson.Of(deep); err != nil {
		t.Error(err)
	}
	for name, v := range map[string]any{
		"no JSON":           pyjson.Value(`[1`),
		"the zero value":    pyjson.Value(""),
		"too deep":          []any{deep},
		"a type's too deep": []any{json.RawMessage(deep)},
	} {
		if got, err := pyjson.Of(v); err == nil {
			t.Errorf("%s was written as %.20s", name, got)
		}
	}
}

func TestParts(t *testing.T) {
	show := func(v pyjson.Value) (all []string) {
		for _, part := range v.Parts() {
			all = append(all, fmt.Sprintf("%s %s %v", part.Name, part.Quoted, part.Value.Any()))
		}
		return all
	}
	for _, test := range []struct {
		v    pyjson.Value
		want []string
	}{
		{`{"b":"x","\u4e2d":[1,2.5]}`, []string{`b "b" x`, `中 "\u4e2d" [1 2.5]`}},
		{`[true,[null]]`, []string{"  true", "  [<nil>]"}},
		{`[]`, nil}, {`7`, nil}, {``, nil},
	} {
		if got := show(test.v); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s has the parts %q, want %q", test.v, got, test.want)
		}
	}
}

func ExampleParse() {
	v, err := pyjson.Parse(`{"n": 12345678901234567890, "f": 1e0, "a": NaN}`)
	if err != nil {
		panic(err)
	}
	fmt.Println(v)
	for _, part := range v.Parts() {
		fmt.Println(part.Name, part.Value.Kind(), part.Value.Any())
	}
	// Output:
	// {"n":12345678901234567890,"f":1.0,"a":NaN}
	// n integer 12345678901234567890
	// f float 1
	// a float NaN
}

// FuzzParse looks for a text that is written as something else when it is read again.
func FuzzParse(f *testing.F) {
	for _, test := range rewritten {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := pyjson.Parse(text)
		if err != nil {
			return
		}
		if again, err := pyjson.Parse(string(v)); err != nil || again != v {
			t.Errorf("%q was written as %s, and that as %s (%v)", text, v, again, err)
		}
		if _, ok := v.Any().(float64); ok != (v.Kind() == pyjson.Float) {
			t.Errorf("%s of kind %s is decoded as %#v", v, v.Kind(), v.Any())
		}
		if again, err := pyjson.Of(v.Any()); err != nil {
			t.Errorf("%s has no JSON once it is decoded: %v", v, err)
		} else if f, ok := v.Any().(float64); ok && !math.IsNaN(f) && again != v {
			t.Errorf("%s became %s", v, again)
		}
	})
}
