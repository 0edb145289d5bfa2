package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// never is the time that stands for no end. To Django it is a time like any other.
const never = "9999-12-31T23:59:59+00:00"

// Python returns c as Django has it, on a session of that name: request.session or s.
func (c Command) Python(s string) string {
	key := Python(pyjson.Quote(c.Key))
	switch c.Op {
	case "get":
		if c.Value == "" {
			return s + "[" + key + "]"
		}
	case "set":
		return s + "[" + key + "] = " + Python(c.Value)
	case "del":
		return "del " + s + "[" + key + "]"
	case "has_key":
		return key + " in " + s
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
	case c.Value == "", c.Op == "get" && c.Value == nothing:
		return args
	case c.Op == "set_expiry" && c.Value.Kind() == pyjson.String:
		at := never
		if expiry, _ := expiryOf(c.Value); expiry != session.Never {
			at = isoformat(expiry.(time.Time))
		}
		return append(args, `datetime.fromisoformat("`+at+`")`)
	}
	return append(args, Python(c.Value))
}

// Go returns c as Go has it, on a session s. Some operations need more than one line.
func (c Command) Go() string {
	key := strconv.Quote(c.Key)
	switch {
	case c.Op == "get" && c.Value == "":
		return "s.Lookup(" + key + ")"
	case c.Op == "get" && c.Value == nothing:
		return "s.Get(" + key + ")"
	case c.Op == "get", c.Op == "pop" && c.Value != "" && c.Value != nothing:
		call := map[string]string{"get": "Lookup", "pop": "Pop"}[c.Op]
		return "v, ok := s." + call + "(" + key + ")\nif !ok {\n\tv = " + Go(c.Value) + "\n}"
	case c.Op == "del", c.Op == "pop" && c.Value != "":
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
	if c.Value != "" {
		args = append(args, Go(c.Value))
	}
	return "s." + goNames[i].name + "(" + strings.Join(args, ", ") + ")"
}

func (c Command) goExpiry() string {
	expiry, _ := expiryOf(c.Value)
	switch expiry := expiry.(type) {
	case time.Duration:
		return "session.Never"
	case time.Time:
		t := expiry.UTC()
		return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, %d, %d, time.UTC)",
			t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	}
	return Go(c.Value)
}
