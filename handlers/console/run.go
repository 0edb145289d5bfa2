package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sessionlab/session"
	"sessionlab/session/pyjson"
)

// MaxData is how much a session may hold after an operation of the console, in bytes of JSON.
const MaxData = 64 << 10

// ErrTooLarge says that a session would hold more than MaxData. Nothing was changed.
var ErrTooLarge = fmt.Errorf("session data of more than %d bytes", MaxData)

// KeyError says that a session has no such name. Nothing was changed.
type KeyError struct{ Key string }

func (e *KeyError) Error() string { return "KeyError: " + e.Key }

// An Outcome holds what an operation returned, and whether the session counts as modified by it.
type Outcome struct {
	Result   pyjson.Value
	Modified bool
}

// Python returns the result as Python writes it.
func (o Outcome) Python() string { return Python(o.Result) }

// testCookie is the name that the three operations of the test cookie use.
const testCookie = "testcookie"

// Run does c as Django would. Only the operation save saves the session. The errors are *KeyError and
// ErrTooLarge; s.Err has the store's.
func Run(s *session.Session, c Command) (Outcome, error) {
	if err := c.fits(s); err != nil {
		return Outcome{}, err
	}
	if c.Op == "save" {
		return Outcome{nothing, save(s)}, nil
	}
	result, err := c.run(s)
	modified := s.Modified() || c.Op == "flush" // for Django even if there was nothing
	return Outcome{result, modified}, err
}

// fits returns ErrTooLarge if there is no room for what c writes. It changes nothing.
func (c Command) fits(s *session.Session) error {
	after := s.Data()
	before := len(after.AppendJSON(nil))
	switch {
	case c.Op == "set", c.Op == "setdefault" && !after.Has(c.Key):
		_ = after.Set(c.Key, c.Value) // it was parsed
	case c.Op == "update":
		after.SetAll(c.values())
	}
	if grown := len(after.AppendJSON(nil)); grown > MaxData && grown > before {
		return ErrTooLarge
	}
	return nil
}

// values returns those of update, in their order.
func (c Command) values() session.Data {
	var all []string
	for _, part := range c.Value.Parts() {
		all = append(all, string(pyjson.Quote(part.Name)+":"+part.Value)) // half a pair is lost, as in c.Key
	}
	d, _ := session.ParseData([]byte("{" + strings.Join(all, ",") + "}")) // it was parsed
	return d
}

// save saves the session, modified or not, as Django does, and reports whether that has created one:
// Django creates an empty one.
func save(s *session.Session) (made bool) {
	if made = s.ID() == ""; made {
		s.Cycle()
	} else {
		s.SetAll(nil)
	}
	_ = s.Save() // s.Err has it
	return made
}

func (c Command) run(s *session.Session) (pyjson.Value, error) {
	switch c.Op {
	case "get":
		return c.find(s)
	case "has_key":
		return boolean(s.Has(c.Key)), nil
	case "keys", "values", "items":
		return c.list(s), nil
	case "is_empty":
		return boolean(s.IsEmpty()), nil
	case "session_key":
		if s.ID() == "" {
			return nothing, nil
		}
		return pyjson.Quote(s.ID()), nil
	case "set":
		s.Set(c.Key, c.Value)
	case "del":
		if _, ok := s.Pop(c.Key); !ok {
			return nothing, &KeyError{c.Key}
		}
	case "pop":
		v, err := c.find(s)
		s.Pop(c.Key)
		return v, err
	case "setdefault":
		s.SetDefault(c.Key, c.Value)
		return c.find(s)
	case "update":
		s.SetData(c.values())
	case "clear":
		s.Clear()
	case "flush":
		s.Flush()
	case "cycle_key":
		s.Cycle()
	case "set_expiry":
		v, _ := expiryOf(c.Value) // it was checked
		s.SetExpiry(v)
	case "get_expiry_age":
		return seconds(s.ExpiryAge()), nil
	case "get_expiry_date":
		return pyjson.Quote(Date(s)), nil
	case "get_expire_at_browser_close":
		return boolean(s.ExpiresAtBrowserClose()), nil
	case "set_test_cookie":
		s.SetTestCookie()
	case "test_cookie_worked":
		return boolean(s.TestCookieWorked()), nil
	case "delete_test_cookie":
		if !s.DeleteTestCookie() {
			return nothing, &KeyError{c.MissingKey()}
		}
	}
	return nothing, nil
}

// find returns the value of the command's key, its default if there is none, or a KeyError.
func (c Command) find(s *session.Session) (pyjson.Value, error) {
	stored, ok := s.Data().Value(c.Key)
	switch {
	case ok:
		return pyjson.Parse(string(stored))
	case c.Value == "":
		return nothing, &KeyError{c.Key}
	}
	return c.Value, nil
}

// list returns the names, the values or pairs of both.
func (c Command) list(s *session.Session) pyjson.Value {
	var all []string
	for _, part := range Of(s.Data()).Parts() {
		all = append(all, map[string]string{
			"keys":   part.Quoted,
			"values": string(part.Value),
			"items":  "[" + part.Quoted + "," + string(part.Value) + "]",
		}[c.Op])
	}
	return pyjson.Value("[" + strings.Join(all, ",") + "]")
}

func boolean(b bool) pyjson.Value { return pyjson.Value(strconv.FormatBool(b)) }

// seconds returns an age as Django does: as an integer, unless an expiry with a fraction is stored.
func seconds(age time.Duration) pyjson.Value {
	var of any = age.Seconds()
	if age%time.Second == 0 {
		of = int(age / time.Second)
	}
	v, _ := pyjson.Of(of) // a number has JSON
	return v
}

// Age returns the session's get_expiry_age in JSON.
func Age(s *session.Session) string { return string(seconds(s.ExpiryAge())) }

// Date returns the session's get_expiry_date as Python's isoformat writes it, in UTC.
func Date(s *session.Session) string { return isoformat(s.ExpiryDate().UTC()) }

func isoformat(t time.Time) string {
	return strings.Replace(t.Format("2006-01-02T15:04:05.000000-07:00"), ".000000", "", 1)
}
