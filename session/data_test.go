package session

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const maxDepth = 1000 // pyjson's

func parse(t *testing.T, text string) Data {
	t.Helper()
	d, err := ParseData([]byte(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return d
}

func TestUntouchedStays(t *testing.T) {
	for name, text := range map[string]string{
		"integers beyond 2^53":   `{"a":9007199254740993,"b":1180591620717411303424,"c":-0}`,
		"Python's own":           `{"nan":NaN,"inf":Infinity,"ninf":-Infinity,"in":[NaN]}`,
		"floats":                 `{"a":1e+16,"b":-0.0,"c":100.0,"d":1E5,"e":1e999}`,
		"half surrogates":        `{"s":"\ud800","t":"\udc00x\ud800","\ud801":1,"\ud802":2}`,
		"escapes not canonical":  `{"\u0061":"\u0062\/"}`,
		"key order":              `{"z":1,"a":2,"m":{"y":1,"b":2}}`,
		"empty key":              `{"":1," ":2}`,
		"deep":                   `{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`,
		"spaces within a value":  `{"a":[ 1 , 2 ]}`,
		"a name in a value, too": `{"a":{"a":{"a":1}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, text)
			for range d.All() { // decoding must not change anything
			}
			if got := d.String(); got != text {
				t.Errorf("%s became %s", text, got)
			}
			if err := d.Set("new", 1); err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimSuffix(text, "}") + `,"new":1}`; d.String() != want {
				t.Errorf("with another: %s, want %s", d, want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"spaces", " { \"a\" :\t1 ,\r\n\"b\": 2 } ", `{"a":1,"b":2}`},
		{"the last of a name", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"Latin-1", "{\"a\":\"\xe9\"}", `{"a":"\u00e9"}`},
		{"a list", `[1,2]`, `{}`},
		{"null", `null`, `{}`},
		{"a number", `12`, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(t, tt.text).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		``, ` `, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1}x`, `{"a":1}{}`, `{a:1}`, `{'a':1}`,
		`{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e}`, `{"a":-}`, `{"a":0x1}`, `{"a":nan}`, `{"a":True}`,
		`{"a":"`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12`, `{"a":"\`, "{\"a\":\"\n\"}", `{"a":[1 2]}`, `{"a":[1,]}`,
		"{\"a\":1\xa0}", `[1`, `{"a":` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + `}`,
	} {
		if d, err := ParseData([]byte(text)); err == nil {
			t.Errorf("%.40q was read as %.40s, want an error", text, d)
		}
	}
}

func TestGet(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		want any
	}{
		{`1`, 1}, {`-5`, -5}, {`0`, 0}, {`-0`, 0},
		{`9007199254740993`, 9007199254740993},
		{`9223372036854775807`, math.MaxInt64},
		{`9223372036854775808`, json.Number("9223372036854775808")},
		{`1.5`, 1.5}, {`100.0`, 100.0}, {`1e2`, 100.0}, {`1e999`, math.Inf(1)}, {`-Infinity`, math.Inf(-1)},
		{`true`, true}, {`false`, false}, {`null`, nil},
		{`"a\"\\\/\b\f\n\r\t"`, "a\"\\/\b\f\n\r\t"},
		{`"\u5f20\u4e09"`, "张三"}, {`"\ud83d\ude00"`, "😀"}, {`"\uD83D\uDE00"`, "😀"},
		{`"\ud800"`, "\ufffd"}, {`"\ud800\ud83d\ude00"`, "\ufffd😀"}, {`"\udc00\ud800x"`, "\ufffd\ufffdx"},
		{`[]`, []any{}}, {`{}`, map[string]any{}},
		{`[1,[2.0,{"a":"b"}]]`, []any{1, []any{2.0, map[string]any{"a": "b"}}}},
	} {
		d := parse(t, `{"v":`+tt.raw+`}`)
		if got, ok := d.Get("v"); !ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s was decoded as %#v, want %#v", tt.raw, got, tt.want)
		}
	}
	if f, _ := parse(t, `{"v":NaN}`).Get("v"); !math.IsNaN(f.(float64)) {
		t.Errorf("NaN was decoded as %v", f)
	}
	if v, ok := parse(t, `{"v":1}`).Get("w"); ok || v != nil {
		t.Errorf("what is missing was decoded as %v", v)
	}
}

func TestSet(t *testing.T) {
	type named string
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"nil", nil, `null`}, {"bool", true, `true`}, {"int", -42, `-42`}, {"int64", int64(math.MinInt64), `-9223372036854775808`},
		{"uint64", uint64(math.MaxUint64), `18446744073709551615`}, {"uint8", uint8(7), `7`},
		{"big", new(big.Int).Lsh(big.NewInt(1), 70), `1180591620717411303424`},
		{"number", json.Number("1e5"), `1e5`},
		{"float", 0.1, `0.1`}, {"whole float", 100.0, `100.0`}, {"large", 1e16, `1e+16`}, {"small", 1e-7, `1e-07`},
		{"below large", 1e15, `1000000000000000.0`}, {"largest", math.MaxFloat64, `1.7976931348623157e+308`},
		{"zero", 0.0, `0.0`}, {"minus zero", math.Copysign(0, -1), `-0.0`},
		{"NaN", math.NaN(), `NaN`}, {"infinite", []any{math.Inf(1), math.Inf(-1)}, `[Infinity,-Infinity]`},
		{"Chinese", "张三", `"\u5f20\u4e09"`}, {"emoji", "😀", `"\ud83d\ude00"`},
		{"escapes", "\"\\/\b\f\n\r\t\x00\x1f\x7f<>&'\u2028", `"\"\\/\b\f\n\r\t\u0000\u001f\u007f<>&'\u2028"`},
		{"invalid UTF-8", "a\xffb", `"a\ufffdb"`},
		{"list", []any{1, "é", []any{}}, `[1,"\u00e9",[]]`},
		{"map", map[string]any{"b": 1, "a": nil, "é": map[string]any{}}, `{"a":null,"b":1,"\u00e9":{}}`},
		{"strings", []string{"é", "<"}, `["\u00e9","<"]`},
		{"struct", struct {
			A named `json:"a"`
			B []int
		}{"ü\x7f", []int{1}}, `{"a":"\u00fc\u007f","B":[1]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Data
			if err := d.Set("v", tt.value); err != nil {
				t.Fatal(err)
			}
			if got := d.String(); got != `{"v":`+tt.want+`}` {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if back := parse(t, d.String()); back.String() != d.String() {
				t.Errorf("read again it is %s", back)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	loop := []any{nil}
	loop[0] = loop
	var deep any
	for range maxDepth + 1 {
		deep = [1]any{deep} // a type that is left to encoding/json
	}
	for name, v := range map[string]any{
		"func": func() {}, "chan": make(chan int), "holds itself": loop, "too deep": deep,
		"number": json.Number("1x"), "channel in a list": []any{make(chan int)}, "in a map": map[string]any{"a": func() {}},
	} {
		var d Data
		if err := d.Set("v", v); err == nil || d.Len() > 0 {
			t.Errorf("%s was set as %.40s, want an error", name, d)
		}
	}
}

func TestDataIsAValue(t *testing.T) {
	original := parse(t, `{"a":1,"b":[1]}`)
	changes := map[string]func(d *Data){
		"set":     func(d *Data) { _ = d.Set("a", 2) },
		"add":     func(d *Data) { _ = d.Set("c", 2) },
		"delete":  func(d *Data) { d.Delete("a") },
		"clear":   func(d *Data) { d.Clear() },
		"decoded": func(d *Data) { v, _ := d.Get("b"); v.([]any)[0] = 2 },
	}
	for name, change := range changes {
		one, other := original, original
		change(&one)
		change(&other)
		if got := original.String(); got != `{"a":1,"b":[1]}` {
			t.Errorf("%s of a copy made the original %s", name, got)
		}
		if one.String() != other.String() {
			t.Errorf("%s made %s and %s", name, one, other)
		}
	}
}

func TestOrder(t *testing.T) {
	var d Data
	for i, n := range []string{"z", "a", "m", "a"} {
		if err := d.Set(n, i); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for n, v := range d.All() {
		got = append(got, fmt.Sprint(n, v))
	}
	if want := []string{"z0", "a3", "m2"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if !d.Delete("a") || d.Delete("a") || d.String() != `{"z":0,"m":2}` {
		t.Errorf("after deleting a: %s", d)
	}
}
