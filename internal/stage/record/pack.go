package record

import (
	"reflect"
	"strings"

	"sessionlab/cookie"
)

// Pack copies all texts of e into one new string, so that none of them keeps alive what it was cut from,
// such as the head of a request. It returns how many bytes of memory e then takes.
func (e *Exchange) Pack() (size int) {
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

// texts returns pointers to all texts of e.
func (e *Exchange) texts() []*string {
	texts := []*string{&e.Scheme, &e.Host, &e.Handler, &e.Source.File, &e.Response.Proto, &e.Response.Body.Text, &e.Response.Body.Kept}
	fields := func(fields []Field) {
		for i := range fields {
			texts = append(texts, &fields[i].Name, &fields[i].Value)
		}
	}
	fields(e.Response.Header)
	for _, q := range e.Requests() {
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
	for _, in := range e.Sessions() {
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

// frame returns how many bytes e takes apart from its texts.
func (e *Exchange) frame() int {
	size := room([]Exchange{*e}) + room(e.Response.Header) + room(e.Statements) + room(e.JarBefore) + room(e.JarAfter)
	for _, q := range e.Requests() {
		size += room(q.Header)
	}
	if e.Held != nil {
		size += room([]Request{*e.Held})
	}
	for _, st := range e.Statements {
		size += room(st.Args)
	}
	for _, in := range e.Sessions() {
		size += room([]StoredSession{*in}) + cap(in.Data)
	}
	return size
}

// room returns how many bytes the array of a slice takes.
func room[T any](of []T) int { return cap(of) * int(reflect.TypeFor[T]().Size()) }
