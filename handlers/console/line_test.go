package console

import (
	"errors"
	"strings"
	"testing"
)

// Lines that are one operation, and the operation as Django has it.
var lines = []struct{ name, line, want string }{
	{"set", `request.session['a'] = 1`, `request.session["a"] = 1`},
	{"set, short", ` s [ "a" ]=[1, 2.50, 'x', None, True, {"b": -0}] `, `request.session["a"] = [1, 2.5, "x", None, True, {"b": 0}]`},
	{"set, Go", `s.Set("a", 1)`, `request.session["a"] = 1`},
	{"set, Go's values", "x.Set(`a`, []any{1, nil, true, map[string]any{\"b\": json.Number(\"123456789012345678901234567890\")}})", `request.session["a"] = [1, None, True, {"b": 123456789012345678901234567890}]`},
	{"escapes, Go", `s.Set("\a\x01", "\"\U0001f36a\t")`, `request.session["\u0007\u0001"] = "\"🍪\t"`},
	{"as deep as can be, Go", `s.Set("a", ` + strings.Repeat(`map[string]any{"b":`, 99) + `[]any{}` + strings.Repeat("}", 99) + `)`,
		`request.session["a"] = ` + strings.Repeat(`{"b": `, 99) + `[]` + strings.Repeat("}", 99)},
	{"not ASCII", `s['中'] = '🍪\U0001f36a\u4e2d\x41\''`, `request.session["中"] = "🍪🍪中A'"`},
	{"large", `s["a"] = 123456789012345678901234567890`, `request.session["a"] = 123456789012345678901234567890`},
	{"half a pair", `s["a"] = "\ud83c"`, `request.session["a"] = "\ud83c"`},
	{"two of a name", `s["a"] = {"b": 1, "c": 2, "b": 3}`, `request.session["a"] = {"b": 3, "c": 2}`},
	{"item", `request.session["a"]`, `request.session["a"]`},
	{"item, Go", `s.Lookup("a")`, `request.session["a"]`},
	{"get", `request.session.get('a')`, `request.session.get("a")`},
	{"get, default", `request.session.get('a', {})`, `request.session.get("a", {})`},
	{"get, Go", `s.Get("a")`, `request.session.get("a")`},
	{"del", `del request.session['a']`, `del request.session["a"]`},
	{"del, Go", `s.Delete("a")`, `request.session.pop("a", None)`},
	{"in", `'a' in request.session`, `"a" in request.session`},
	{"has_key", `s.has_key("a")`, `"a" in request.session`},
	{"pop", `s.pop("a")`, `request.session.pop("a")`},
	{"pop, default", `s.pop("a", 0)`, `request.session.pop("a", 0)`},
	{"setdefault", `s.setdefault("a", None)`, `request.session.setdefault("a", None)`},
	{"update", `s.update({"z": 1, "a": 2})`, `request.session.update({"z": 1, "a": 2})`},
	{"update, Go", `s.SetAll(map[string]any{"a": 2.0})`, `request.session.update({"a": 2.0})`},
	{"key", `request.session.session_key`, `request.session.session_key`},
	{"key, Go", `s.ID()`, `request.session.session_key`},
	{"expiry", `s.set_expiry(0)`, `request.session.set_expiry(0)`},
	{"expiry, None", `s.set_expiry(None)`, `request.session.set_expiry(None)`},
	{"expiry, time", `s.set_expiry(datetime.fromisoformat("2026-12-01T00:00:00+01:00"))`, `request.session.set_expiry(datetime.fromisoformat("2026-12-01T00:00:00+01:00"))`},
	{"expiry, Go's time", `s.SetExpiry(time.Date(2026, 12, 1, 0, 0, 0, 500000000, time.UTC))`, `request.session.set_expiry(datetime.fromisoformat("2026-12-01T00:00:00.500000+00:00"))`},
	{"expiry, never", `s.SetExpiry(session.Never)`, `request.session.set_expiry(datetime.fromisoformat("9999-12-31T23:59:59+00:00"))`},
	{"flush", `s.Flush()`, `request.session.flush()`},
	{"test cookie", `s.delete_test_cookie()`, `request.session.delete_test_cookie()`},
}

func TestLines(t *testing.T) {
	for _, test := range lines {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseLine(test.line)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Python("request.session"); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// Every operation that is written as a line is read again as the same one, in both spellings.
func TestLinesAgain(t *testing.T) {
	for _, test := range lines {
		c, err := ParseLine(test.line)
		if err != nil {
			t.Fatal(err)
		}
		checkAgain(t, c)
	}
}

func checkAgain(t *testing.T, c Command) {
	t.Helper()
	python := c.Python("s")
	again, err := ParseLine(python)
	if err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	if got := again.Python("s"); got != python && c.Op != "set_expiry" { // Go's is in UTC
		t.Errorf("%s was read as %s", python, got)
	}
	line := c.Go()
	if strings.Contains(line, "\n") || strings.Contains(python, `\ud`) || c.Op == "del" {
		return // more than one operation in Go, or one that Go does not have
	}
	if again, err = ParseLine(line); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if got := again.Go(); got != line {
		t.Errorf("%s was read as %s", line, got)
	}
	if got := again.Python("s"); got != python && c.Op != "set_expiry" { // Go's is in UTC
		t.Errorf("%s was written as %s, which is %s", python, line, got)
	}
}

// A wrong line says where, and what was expected there.
func TestWrongLines(t *testing.T) {
	for _, test := range []struct {
		name, line string
		column     int
		want       string
	}{
		{"nothing", ``, 1, "session"},
		{"another name", `session['a']`, 1, "session"},
		{"another attribute", `request.user`, 9, "token session"},
		{"no quotes", `request.session[a] = 1`, 17, "name"},
		{"no value", `request.session['a'] = `, 24, "value"},
		{"an expression", `s['a'] = 1 + 1`, 12, "end"},
		{"a call", `s['a'] = open('x')`, 10, "value"},
		{"a name", `s['a'] = x`, 10, "value"},
		{"a comparison", `s['a'] == 1`, 9, "value"},
		{"two operations", `s.clear(); s.flush()`, 10, "end"},
		{"unknown", `s.evaluate()`, 3, "operation"},
		{"the form's name for it", `s.set('a', 1)`, 3, "operation"},
		{"unknown, Go", `s.Evaluate()`, 3, "operation.go"},
		{"no parenthesis", `s.get 'a'`, 7, "token ("},
		{"not closed", `s.get('a'`, 10, "comma )"},
		{"too many", `s.get('a', 1, 2)`, 13, "token )"},
		{"too few", `s.Set("a")`, 10, "token ,"},
		{"text not closed", `s['中`, 5, "token '"},
		{"list not closed", `s['a'] = [1, 2`, 15, "comma ]"},
		{"object's name", `s['a'] = {1: 2}`, 11, "quoted"},
		{"Python in Go", `s.Set("a", None)`, 12, "value"},
		{"Go in Python", `s['a'] = nil`, 10, "value"},
		{"single quotes in Go", `s.Set('a', 1)`, 7, "name"},
		{"octal", `s['a'] = 007`, 11, "digit"},
		{"hexadecimal", `s['a'] = 0x1f`, 11, "digit"},
		{"beyond an int64", `s.Set("a", 9223372036854775808)`, 12, "int64"},
		{"beyond a float", `s['a'] = 1e999`, 10, "range"},
		{"escape", `s['a'] = '\q'`, 11, "escape"},
		{"half a pair in Go", `s.Set("a", "\ud83c")`, 13, "escape"},
		{"line break in a text", "s['a'] = 'b\nc'", 12, "escape"},
		{"too deep", `s['a'] = ` + strings.Repeat("[", 200), 110, "depth"},
		{"too deep, Go", `s.Set("a", ` + strings.Repeat("[]any{", 101) + strings.Repeat("}", 101) + `)`, 612, "depth"},
		{"much too deep, Go", `s.Set("a", ` + strings.Repeat("-", 30_000) + `1)`, 2012, "depth"},
		{"no call", `s.Get`, 6, "token ("},
		{"nothing called", `x["a"]`, 2, "token ."},
		{"two operations, Go", `s.Clear(); s.Flush()`, 10, "end"},
		{"more after it, Go", `s.Keys() [0]`, 10, "end"},
		{"an expression, Go", `s.Set("a", 1 + 1)`, 12, "value"},
		{"a call, Go", `s.Set("a", open("x"))`, 12, "value"},
		{"in parentheses", `s.Set(("a"), 1)`, 7, "name"},
		{"too many, Go", `s.Set("a", 1, 2)`, 13, "token )"},
		{"too many of none", `s.Clear(1)`, 9, "token )"},
		{"nothing to update with", `s.SetAll()`, 10, "value"},
		{"not closed, Go", `s.Get("a"`, 10, "comma )"},
		{"list not closed, Go", `s.Set("a", []any{1, 2)`, 22, "comma }"},
		{"text not closed, Go", `s.Get("中`, 9, `token "`},
		{"three dots", `s.Get("a"...)`, 10, "value"},
		{"a comment", `s.Get("a" /* not run */)`, 11, "value"},
		{"a comment behind", `s.Get("a") // not run`, 12, "value"},
		{"a comma too many", `s.Set("a", []any{1,})`, 20, "value"},
		{"a line break, Go", "s.Get(`a\nb`)", 9, "escape"},
		{"bytes, Go", `s.Get("\xff")`, 8, "escape"},
		{"another type", `s.Set("a", []int{1})`, 12, "value"},
		{"an index", `s.Set("a", []any{0: 1})`, 18, "value"},
		{"no index", `s.SetAll(map[string]any{1})`, 26, "token :"},
		{"octal, Go", `s.Set("a", 007)`, 13, "digit"},
		{"a space in a number", `s.Set("a", - 1)`, 13, "digit"},
		{"no number", `s.Set("a", json.Number("x"))`, 25, "digit"},
		{"expiry, Go's date", `s.SetExpiry(time.Date(2026, 12, 1, 0, 0, 0, 0, time.Local))`, 13, "expiry.go"},
		{"setdefault", `s.setdefault("a")`, 17, "token ,"},
		{"update", `s.update([1])`, 10, "values"},
		{"update, Go", `s.SetAll([]any{1})`, 10, "values.go"},
		{"expiry", `s.set_expiry('never')`, 14, "expiry"},
		{"expiry, float", `s.set_expiry(1.5)`, 14, "expiry"},
		{"expiry, too long", `s.set_expiry(99999999999999999999)`, 14, "expiry"},
		{"expiry, no offset", `s.set_expiry(datetime.fromisoformat("2026-12-01"))`, 14, "expiry"},
		{"expiry, Go", `s.SetExpiry("x")`, 13, "expiry.go"},
		{"del of all", `del request.session`, 20, "token ["},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseLine(test.line)
			var wrong *SyntaxError
			if !errors.As(err, &wrong) {
				t.Fatalf("error %v", err)
			}
			if got := strings.TrimSpace(wrong.Want + " " + wrong.Token); wrong.Column != test.column || got != test.want {
				t.Errorf("column %d: %s; want column %d: %s", wrong.Column, got, test.column, test.want)
			}
		})
	}
}

// A line with Chinese punctuation is offered as code has it, unless that is no operation either.
func TestCorrected(t *testing.T) {
	for _, test := range []struct{ name, line, want, found string }{
		{"quotes", `request.session[‘a’] = 1`, `request.session['a'] = 1`, "‘"},
		{"double quotes", `s.get（“a”，0）`, `s.get("a",0)`, "（"},
		{"Go", `s.Set("a"，1)`, `s.Set("a",1)`, "，"},
		{"brackets and an equals sign", `s【'a'】＝{'b'：2}`, `s['a']={'b':2}`, "【"},
		{"only the end", `s['a’] = 1`, `s['a'] = 1`, "’"},
		{"a text keeps its own", `s["a"]＝"你好，‘世界’"`, `s["a"]="你好，‘世界’"`, "＝"},
		{"nothing is wrong", `s["a"] = "，"`, "", ""},
		{"more is wrong", `s["a"]＝open()`, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, first := corrected(test.line)
			if got != test.want || got != "" && string([]rune(test.line)[first]) != test.found {
				t.Errorf("%s from character %d, want %s", got, first, test.want)
			}
		})
	}
}

// FuzzParseLine looks for a line that breaks the parser, for an error outside the line, or for a line
// that is not the same once it is written and read again.
func FuzzParseLine(f *testing.F) {
	for _, test := range lines {
		f.Add(test.line)
	}
	for _, line := range []string{`s.Set("a", []any{`, `request.session['`, `s.set_expiry(datetime.fromisoformat("0000-00-00"))`, `"\`, "\xff", `s['a']=1e400`, `x`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := ParseLine(line)
		var wrong *SyntaxError
		switch {
		case err == nil:
			checkAgain(t, c)
		case !errors.As(err, &wrong):
			t.Errorf("error %v", err)
		case wrong.Column < 1 || wrong.Column > len([]rune(line))+1:
			t.Errorf("column %d of %d", wrong.Column, len([]rune(line)))
		}
	})
}
