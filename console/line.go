package console

import (
	"fmt"
	"slices"
	"time"
)

// ParseLine reads one operation as Django or as Go writes it:
//
//	request.session['a'] = 1        s.Set("a", 1)
//	del request.session['a']        s.Delete("a")
//	'a' in request.session          s.Has("a")
//
// The session is request.session or s for Django, and s or, as in the lesson, x for Go. A line that
// is not exactly that is a *SyntaxError. Nothing is evaluated.
func ParseLine(line string) (Command, error) {
	r := newReader(line, inPython)
	r.space()
	c, err := r.line()
	if err == nil {
		err = r.end()
	}
	if err == nil {
		err = c.check("")
	}
	return c, err
}

func (r *reader) line() (Command, error) {
	if r.atQuote() {
		key, err := r.quoted()
		if err == nil {
			err = r.mustWord("in")
		}
		if err == nil {
			err = r.django()
		}
		return Command{Op: "has_key", Key: unquote(key)}, err
	}
	if r.takeWord("del") {
		r.space()
		if err := r.django(); err != nil {
			return Command{}, err
		}
		return r.index("del")
	}
	if r.isGo() {
		r.dialect = inGo
		r.at++
		if err := r.must("."); err != nil {
			return Command{}, err
		}
		return r.goCall()
	}
	if err := r.django(); err != nil {
		return Command{}, err
	}
	if r.space(); r.peek("[") {
		return r.index("get")
	}
	if !r.take(".") {
		return Command{}, r.want("access")
	}
	return r.djangoCall()
}

// isGo reports whether the line goes on as Go has it: x, or s, a dot and a capital letter.
func (r *reader) isGo() bool {
	defer func(at int) { r.at = at }(r.at)
	if r.takeWord("x") {
		return true
	}
	if !r.takeWord("s") {
		return false
	}
	if r.space(); !r.take(".") {
		return false
	}
	r.space()
	return r.at < len(r.text) && 'A' <= r.text[r.at] && r.text[r.at] <= 'Z'
}

func (r *reader) mustWord(word string) error {
	r.space()
	if !r.takeWord(word) {
		return &SyntaxError{Column: r.at + 1, Want: "token", Token: word}
	}
	r.space()
	return nil
}

// django reads request.session, or s.
func (r *reader) django() error {
	switch {
	case r.takeWord("s"):
		return nil
	case !r.takeWord("request"):
		return r.want("session")
	}
	if err := r.must("."); err != nil {
		return err
	}
	return r.mustWord("session")
}

// index reads ['a'] and, if that may be, = and a value.
func (r *reader) index(op string) (Command, error) {
	c := Command{Op: op}
	err := r.must("[")
	if err == nil {
		err = r.key(&c)
	}
	if err == nil {
		err = r.must("]")
	}
	if err != nil || op == "del" || !r.take("=") {
		return c, err
	}
	if r.peek("=") { // a comparison
		return c, r.want("value")
	}
	r.space()
	c.Op = "set"
	return c, r.argument(&c)
}

func (r *reader) key(c *Command) error {
	if !r.atQuote() {
		return r.want("name")
	}
	key, err := r.quoted()
	c.Key = unquote(key)
	return err
}

func (r *reader) argument(c *Command) error {
	v, err := r.value()
	c.Value = &v
	return err
}

// name reads the name of an operation.
func (r *reader) name() string {
	start := r.at
	for r.at < len(r.text) && isWord(r.text[r.at]) {
		r.at++
	}
	return string(r.text[start:r.at])
}

// djangoCall reads what follows request.session and a dot.
func (r *reader) djangoCall() (Command, error) {
	r.space()
	start := r.at
	c := Command{Op: r.name()}
	if c.Op == "session_key" {
		return c, nil
	}
	spec, ok := specOf(c.Op)
	if !ok || c.Op == "set" || c.Op == "del" {
		r.at = start
		return c, r.want("operation")
	}
	return c, r.call(&c, spec, spec.Value == "default", c.Op == "get") // Python's own default is None
}

// call reads the arguments of an operation, parentheses included.
func (r *reader) call(c *Command, spec Spec, optional, none bool) error {
	if err := r.must("("); err != nil {
		return err
	}
	if spec.Key {
		if err := r.key(c); err != nil {
			return err
		}
		r.space()
	}
	if spec.Value == "" || spec.Key && optional && r.peek(")") {
		if none {
			c.Value = &nothing
		}
		return r.must(")")
	}
	if spec.Key && optional && !r.peek(",") {
		return &SyntaxError{Column: r.at + 1, Want: "comma", Token: ")"}
	}
	if spec.Key {
		if err := r.must(","); err != nil {
			return err
		}
	}
	start := r.at
	err := r.argumentOf(c)
	if err == nil && c.check("") != nil {
		err = &SyntaxError{Column: start + 1, Want: orGo(spec.Value, r.dialect)}
	}
	if err == nil {
		err = r.must(")")
	}
	return err
}

func orGo(want string, d dialect) string {
	if d == inGo {
		return want + ".go"
	}
	return want
}

// argumentOf reads a value or, for set_expiry, a time.
func (r *reader) argumentOf(c *Command) error {
	if c.Op != "set_expiry" {
		return r.argument(c)
	}
	start := r.at
	wrong := &SyntaxError{Column: start + 1, Want: orGo("expiry", r.dialect)}
	var written string
	switch {
	case r.dialect == inPython && r.take("datetime.fromisoformat("):
		r.space()
		quoted, err := r.quoted()
		if err != nil {
			return err
		}
		written = unquote(quoted)
		if err := r.must(")"); err != nil {
			return err
		}
	case r.dialect == inGo && r.takeWord("session.Never"):
		written = "never"
	case r.dialect == inGo && r.take("time.Date("):
		t, err := r.goDate()
		if err != nil {
			return err
		}
		written = t.Format(time.RFC3339Nano)
	case r.atQuote(): // a text is no time, neither here nor there
		return wrong
	default:
		return r.argument(c)
	}
	v := text(written)
	if c.Value = &v; c.check("") != nil {
		return wrong
	}
	return nil
}

// goDate reads the rest of time.Date(…), in UTC.
func (r *reader) goDate() (time.Time, error) {
	var n [7]int
	for i := range n {
		r.space()
		start := r.at
		v, err := r.number()
		if err != nil {
			return time.Time{}, err
		}
		if _, err := fmt.Sscanf(v.Text, "%d", &n[i]); err != nil || v.Kind != Integer || n[i] < 0 || n[i] > 999_999_999 {
			return time.Time{}, &SyntaxError{Column: start + 1, Want: "expiry.go"}
		}
		if err := r.must(","); err != nil {
			return time.Time{}, err
		}
	}
	if err := r.must("time.UTC"); err != nil {
		return time.Time{}, err
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6], time.UTC), r.must(")")
}

type goName struct {
	name, op string
	none     bool // what is missing is nil
}

// goNames are the operations as Go has them. Where Django raises KeyError, Go returns false beside
// the value. Delete is glad of what is missing: that is pop with a default.
var goNames = []goName{
	{"Get", "get", true}, {"Lookup", "get", false}, {"Has", "has_key", false}, {"Keys", "keys", false},
	{"Items", "items", false}, {"IsEmpty", "is_empty", false}, {"ID", "session_key", false},
	{"Set", "set", false}, {"Pop", "pop", false}, {"Delete", "pop", true}, {"SetDefault", "setdefault", false},
	{"SetAll", "update", false}, {"Clear", "clear", false}, {"Flush", "flush", false}, {"Cycle", "cycle_key", false},
	{"Save", "save", false}, {"SetExpiry", "set_expiry", false}, {"ExpiryAge", "get_expiry_age", false},
	{"ExpiryDate", "get_expiry_date", false}, {"ExpiresAtBrowserClose", "get_expire_at_browser_close", false},
	{"SetTestCookie", "set_test_cookie", false}, {"TestCookieWorked", "test_cookie_worked", false},
	{"DeleteTestCookie", "delete_test_cookie", false},
}

// goCall reads what follows s and a dot.
func (r *reader) goCall() (Command, error) {
	start := r.at
	name := r.name()
	i := slices.IndexFunc(goNames, func(g goName) bool { return g.name == name })
	if i < 0 {
		r.at = start
		return Command{}, r.want("operation.go")
	}
	c := Command{Op: goNames[i].op}
	spec, _ := specOf(c.Op)
	if spec.Value == "default" { // Go's have none
		spec.Value = ""
	}
	return c, r.call(&c, spec, false, goNames[i].none)
}
