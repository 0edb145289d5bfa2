// Package console is the laboratory of what can be done with a session, /session/console/: it reads
// one operation, from JSON or from a line of code, runs it on the visitor's own session, and writes it
// as Django and as Go have it.
//
// Read [Specs] first: it lists the operations. A line is parsed, never evaluated.
package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// A Spec describes an operation and what it takes.
type Spec struct {
	Name    string // as Django has it
	Group   string // read, write, whole, expiry, test
	Key     bool   // it takes a key
	Value   string // what else it takes: "value", "default" (which may be missing), "values" or "expiry"
	Example string // of Value, for a form
}

// Specs lists all operations.
var Specs = []Spec{
	{"get", "read", true, "default", ""},
	{"has_key", "read", true, "", ""},
	{"keys", "read", false, "", ""},
	{"values", "read", false, "", ""},
	{"items", "read", false, "", ""},
	{"is_empty", "read", false, "", ""},
	{"session_key", "read", false, "", ""},
	{"set", "write", true, "value", "1"},
	{"del", "write", true, "", ""},
	{"pop", "write", true, "default", ""},
	{"setdefault", "write", true, "value", "0"},
	{"update", "write", false, "values", `{"a": 1, "b": [true, null]}`},
	{"clear", "whole", false, "", ""},
	{"flush", "whole", false, "", ""},
	{"cycle_key", "whole", false, "", ""},
	{"save", "whole", false, "", ""},
	{"set_expiry", "expiry", false, "expiry", "300"},
	{"get_expiry_age", "expiry", false, "", ""},
	{"get_expiry_date", "expiry", false, "", ""},
	{"get_expire_at_browser_close", "expiry", false, "", ""},
	{"set_test_cookie", "test", false, "", ""},
	{"test_cookie_worked", "test", false, "", ""},
	{"delete_test_cookie", "test", false, "", ""},
}

func specOf(op string) (Spec, bool) {
	i := slices.IndexFunc(Specs, func(s Spec) bool { return s.Name == op })
	if i < 0 {
		return Spec{}, false
	}
	return Specs[i], true
}

// A Command is an operation with its arguments.
type Command struct {
	Op  string // get, pop: without Value a missing key is a KeyError
	Key string

	// Value is what is set, the default of get, pop and setdefault, the object of update, or what
	// set_expiry takes: an integer, null, "never" or a time in ISO 8601. "" if none was given.
	Value pyjson.Value
}

// UnknownError says that there is no such operation.
type UnknownError struct{ Op string }

func (e *UnknownError) Error() string { return fmt.Sprintf("no operation %q", e.Op) }

// ArgumentError says which argument of an operation is wrong, and what was expected.
type ArgumentError struct {
	Op, Name, Want string
}

func (e *ArgumentError) Error() string {
	return fmt.Sprintf("%s: %s: expected %s", e.Op, e.Name, e.Want)
}

// NewCommand returns the command of an operation with arguments in JSON, by the names key, value, default
// and values. Those that the operation does not take are ignored.
func NewCommand(op string, args map[string]json.RawMessage) (Command, error) {
	spec, ok := specOf(op)
	if !ok {
		return Command{}, &UnknownError{op}
	}
	for name := range args {
		if !slices.Contains([]string{"key", "value", "default", "values"}, name) {
			return Command{}, &ArgumentError{op, name, "known"}
		}
	}
	c := Command{Op: op}
	if spec.Key {
		v, err := ParseJSON(string(args["key"]))
		key, ok := v.Any().(string)
		if err != nil || !ok {
			return c, &ArgumentError{op, "key", "key"}
		}
		c.Key = key
	}
	name := spec.Value
	if op == "setdefault" && args["value"] == nil && args["default"] != nil {
		name = "default" // either name will do
	} else if name == "expiry" {
		name = "value"
	}
	given, ok := args[name]
	switch {
	case spec.Value == "" || !ok && spec.Value == "default":
		return c, nil
	case !ok:
		return c, &ArgumentError{op, name, orValue(spec.Value)}
	}
	var err error
	if c.Value, err = ParseJSON(string(given)); err != nil {
		return c, &ArgumentError{op, name, orValue(spec.Value)}
	}
	return c, c.check(name)
}

func orValue(want string) string {
	if want == "default" {
		return "value"
	}
	return want
}

// check returns an *ArgumentError if the operation does not take the value.
func (c Command) check(name string) error {
	switch c.Op {
	case "update":
		if c.Value.Kind() != pyjson.Object {
			return &ArgumentError{c.Op, name, "values"}
		}
	case "set_expiry":
		if _, err := expiryOf(c.Value); err != nil {
			return &ArgumentError{c.Op, name, "expiry"}
		}
	}
	return nil
}

// maxExpiry is the most seconds that set_expiry takes: a hundred years, as in the engine.
const maxExpiry = 100 * 365 * 24 * 60 * 60

var errExpiry = fmt.Errorf("want an integer, null, %q or a time in ISO 8601 with an offset", "never")

// expiryOf returns v as Session.SetExpiry takes it.
func expiryOf(v pyjson.Value) (any, error) {
	switch expiry := v.Any().(type) {
	case nil:
		return nil, nil
	case int:
		if expiry > maxExpiry || expiry < -maxExpiry {
			return nil, errExpiry
		}
		return expiry, nil
	case string:
		if expiry == "never" {
			return session.Never, nil
		}
		t, err := time.Parse(time.RFC3339Nano, strings.Replace(expiry, " ", "T", 1))
		if err != nil || t.Year() < 1 || t.Year() > 9999 {
			return nil, errExpiry
		}
		return t, nil
	}
	return nil, errExpiry
}

// Writes returns the names that the command writes or deletes by name.
func (c Command) Writes() []string {
	switch c.Op {
	case "set", "del", "pop", "setdefault":
		return []string{c.Key}
	case "update":
		var names []string
		for _, part := range c.Value.Parts() {
			names = append(names, part.Name)
		}
		return names
	}
	return nil
}

// MissingKey returns the key of the KeyError that the command can end with.
func (c Command) MissingKey() string {
	if c.Op == "delete_test_cookie" {
		return testCookie
	}
	return c.Key
}
