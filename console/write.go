package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionlab/session"
)

var pythonWords = words{
	scalar: func(v Value) string {
		switch v.Text {
		case "true":
			return "True"
		case "false":
			return "False"
		case "null":
			return "None"
		case "NaN", "Infinity", "-Infinity":
			return "float('" + v.Text + "')"
		}
		return v.Text
	},
	list: [2]string{"[", "]"}, object: [2]string{"{", "}"}, comma: ", ", colon: ": ",
	quoted: Readable, // all escapes that are left mean the same in Python
}

var goWords = words{
	scalar: func(v Value) string {
		_, err := strconv.ParseInt(v.Text, 10, 64)
		switch {
		case v.Kind == Null:
			return "nil"
		case v.Kind == Integer && err != nil:
			return `json.Number("` + v.Text + `")`
		case v.Text == "NaN":
			return "math.NaN()"
		case v.Text == "Infinity":
			return "math.Inf(1)"
		case v.Text == "-Infinity":
			return "math.Inf(-1)"
		}
		return v.Text
	},
	list: [2]string{"[]any{", "}"}, object: [2]string{"map[string]any{", "}"}, comma: ", ", colon: ": ",
	quoted: func(json string) string { return strconv.Quote(unquote(json)) },
}

// Python is v as Python writes it.
func (v Value) Python() string { return v.write(pythonWords) }

// Go is v as Go writes it.
func (v Value) Go() string { return v.write(goWords) }

// never is the time that stands for no end. Django reads it as the time that it is.
const never = "9999-12-31T23:59:59+00:00"

// Python is c on a session of that name, request.session or s.
func (c Command) Python(s string) string {
	key := Readable(quote(c.Key))
	switch c.Op {
	case "get":
		if c.Value == nil {
			return s + "[" + key + "]"
		}
	case "set":
		return s + "[" + key + "] = " + c.Value.Python()
	case "del":
		return "del " + s + "[" + key + "]"
	case "session_key":
		return s + ".session_key"
	}
	return s + "." + c.Op + "(" + strings.Join(c.pythonArguments(key), ", ") + ")"
}

func (c Command) pythonArguments(key string) (args []string) {
	spec, _ := specOf(c.Op)
	if spec.Key {
		args = append(args, key)
	}
	switch {
	case c.Value == nil, c.Op == "get" && c.Value.Kind == Null:
		return args
	case c.Op == "set_expiry" && c.Value.Kind == String:
		at := never
		if expiry, _ := expiryOf(*c.Value); expiry != session.Never {
			at = expiry.(time.Time).Format("2006-01-02T15:04:05.000000-07:00")
		}
		return append(args, `datetime.fromisoformat("`+strings.Replace(at, ".000000", "", 1)+`")`)
	}
	return append(args, c.Value.Python())
}

// Go is c on a session s. Some operations need more than one line there.
func (c Command) Go() string {
	key := strconv.Quote(c.Key)
	switch {
	case c.Op == "get" && c.Value == nil:
		return "s.Lookup(" + key + ")"
	case c.Op == "get" && c.Value.Kind == Null:
		return "s.Get(" + key + ")"
	case c.Op == "get", c.Op == "pop" && c.Value != nil && c.Value.Kind != Null:
		call := map[string]string{"get": "Lookup", "pop": "Pop"}[c.Op]
		return "v, ok := s." + call + "(" + key + ")\nif !ok {\n\tv = " + c.Value.Go() + "\n}"
	case c.Op == "del", c.Op == "pop" && c.Value != nil:
		return "s.Delete(" + key + ")"
	case c.Op == "values":
		return "for _, v := range s.Items() {\n}"
	case c.Op == "set_expiry":
		return "s.SetExpiry(" + c.goExpiry() + ")"
	}
	i := slices.IndexFunc(goNames, func(g goName) bool { return g.op == c.Op })
	spec, _ := specOf(c.Op)
	var args []string
	if spec.Key {
		args = append(args, key)
	}
	if c.Value != nil {
		args = append(args, c.Value.Go())
	}
	return "s." + goNames[i].name + "(" + strings.Join(args, ", ") + ")"
}

func (c Command) goExpiry() string {
	expiry, _ := expiryOf(*c.Value)
	switch expiry := expiry.(type) {
	case time.Duration:
		return "session.Never"
	case time.Time:
		t := expiry.UTC()
		return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, %d, %d, time.UTC)",
			t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	}
	return c.Value.Go()
}
