package stage

import (
	"reflect"
	"slices"
	"strings"

	"sessionlab/cookie"
)

// pack moves all texts of e into one piece of memory of its own, lest a short one keep alive what it was
// cut from, such as the head of a request. It returns how many bytes of memory e takes then.
func (e *Exchange) pack() (size int) {
	texts := e.texts()
	length := 0
	for _, text := range texts {
		length += len(*text)
	}
	var all strings.Builder
	all.Grow(length)
	for _, text := range texts {
		all.WriteString(*text)
	}
	rest := all.String()
	for _, text := range texts {
		*text, rest = rest[:len(*text)], rest[len(*text):]
	}
	return all.Cap() + e.frame()
}

// texts returns where all texts of e are.
func (e *Exchange) texts() []*string {
	texts := []*string{&e.Scheme, &e.Host, &e.Handler, &e.Source.File, &e.Response.Proto, &e.Response.Body.Text, &e.Response.Body.Kept}
	fields := func(fields []Field) {
		for i := range fields {
			texts = append(texts, &fields[i].Name, &fields[i].Value)
		}
	}
	fields(e.Response.Header)
	for _, q := range e.requests() {
		texts = append(texts, &q.Method, &q.Target, &q.Proto, &q.Body.Text, &q.Body.Kept)
		fields(q.Header)
	}
	for i := range e.Statements {
		st := &e.Statements[i]
		texts = append(texts, &st.Engine, &st.Query, &st.Err)
		for j := range st.Args {
			texts = append(texts, &st.Args[j])
		}
	}
	for _, in := range e.sessions() {
		texts = append(texts, &in.Engine, &in.Key, &in.Raw)
	}
	for _, jar := range [][]cookie.Cookie{e.JarBefore, e.JarAfter} {
		for i := range jar {
			c := &jar[i]
			texts = append(texts, &c.Name, &c.Value, &c.Domain, &c.Path, (*string)(&c.SameSite), &c.Partition)
		}
	}
	return texts
}

// requests returns the request and, if it was edited, what the browser had sent.
func (e *Exchange) requests() []*Request {
	if e.Held == nil {
		return []*Request{&e.Request}
	}
	return []*Request{&e.Request, e.Held}
}

// sessions returns the session before and after, once if it is the same.
func (e *Exchange) sessions() []*Session {
	all := slices.DeleteFunc([]*Session{e.Before, e.After}, func(in *Session) bool { return in == nil })
	return slices.Compact(all)
}

// frame returns how many bytes e takes besides its texts.
func (e *Exchange) frame() int {
	size := room([]Exchange{*e}) + room(e.Response.Header) + room(e.Statements) + room(e.JarBefore) + room(e.JarAfter)
	for _, q := range e.requests() {
		size += room(q.Header)
	}
	if e.Held != nil {
		size += room([]Request{*e.Held})
	}
	for _, st := range e.Statements {
		size += room(st.Args)
	}
	for _, in := range e.sessions() {
		size += room([]Session{*in}) + cap(in.Data)
	}
	return size
}

// room returns how many bytes the array of a slice takes.
func room[T any](of []T) int { return cap(of) * int(reflect.TypeFor[T]().Size()) }
