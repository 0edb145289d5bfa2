package console

import "sessionlab/session/pyjson"

// operation reads an operation as Django writes it.
func (r *reader) operation() Command {
	r.space()
	if r.atQuote() {
		key := r.key()
		r.must("in")
		r.session()
		return Command{Op: "has_key", Key: key}
	}
	if r.take("del") {
		r.space()
		r.session()
		return r.index("del")
	}
	r.session()
	if r.space(); r.peek("[") {
		return r.index("get")
	}
	if !r.take(".") {
		r.fail("access")
	}
	return r.call()
}

// session reads request.session, or s.
func (r *reader) session() {
	switch {
	case r.take("s"):
	case r.take("request"):
		r.must(".")
		r.must("session")
	default:
		r.fail("session")
	}
}

// index reads ['a'] and, unless it follows del, perhaps = and a value.
func (r *reader) index(op string) Command {
	c := Command{Op: op}
	r.must("[")
	c.Key = r.key()
	r.must("]")
	if op == "del" || !r.take("=") {
		return c
	}
	if r.peek("=") { // a comparison
		r.fail("value")
	}
	r.space()
	return Command{Op: "set", Key: c.Key, Value: r.argument(r.value)}
}

func (r *reader) key() string {
	if !r.atQuote() {
		r.fail("name")
	}
	key, _ := r.argument(r.quoted).Any().(string)
	return key
}

// call reads the name of an operation, and its arguments.
func (r *reader) call() Command {
	r.space()
	start := r.at
	c := Command{Op: r.name()}
	if c.Op == "session_key" {
		return c
	}
	spec, ok := specOf(c.Op)
	if !ok || c.Op == "set" || c.Op == "del" {
		r.failAt(start, "operation", "")
	}
	r.must("(")
	if spec.Key {
		c.Key = r.key()
		r.space()
	}
	switch optional := spec.Value == "default"; {
	case spec.Value == "", optional && r.peek(")"):
		if c.Op == "get" {
			c.Value = nothing // Python's own default
		}
	case optional && !r.peek(","):
		r.failAt(r.at, "comma", ")")
	default:
		if spec.Key {
			r.must(",")
		}
		start = r.at
		c.Value = r.argumentOf(c.Op)
		if c.check("") != nil {
			r.failAt(start, spec.Value, "")
		}
	}
	r.must(")")
	return c
}

// argumentOf reads a value or, for set_expiry, a time.
func (r *reader) argumentOf(op string) pyjson.Value {
	switch {
	case op != "set_expiry":
	case r.take("datetime.fromisoformat("):
		r.space()
		at := r.argument(r.quoted)
		r.must(")")
		return at
	case r.atQuote(): // a string is not a time in Python
		r.fail("expiry")
	}
	return r.argument(r.value)
}
