package session

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Data is what a session holds: a JSON object. Its values are decoded when they are asked for, so
// that what nobody touches is written back character by character, in its order: numbers of any
// size, NaN, half surrogate pairs.
//
// Data is a value: a copy does not change with the original, and what Get returns is the caller's.
// The zero Data is empty.
type Data struct {
	items []item // shared by copies, therefore never written to: every change makes a new slice
}

// item is one name and its value. The raw texts are JSON in ASCII.
type item struct {
	name    string
	rawName string
	raw     string
}

// ParseData reads a JSON object as Django reads session data: bytes beyond ASCII are Latin-1
// characters, and of two members of one name the last counts. A JSON value that is no object is an
// empty session, as are lists for Django.
func ParseData(text []byte) (Data, error) {
	r := jsonReader{text: asciiJSON(text)}
	r.space()
	var d Data
	var err error
	if r.at < len(r.text) && r.text[r.at] == '{' {
		at := make(map[string]int, 8)
		err = r.members(func(rawName string) error {
			start := r.at
			_, err := r.value(false)
			it := item{unquote(rawName), rawName, r.text[start:r.at]}
			if i, ok := at[it.identity()]; ok {
				d.items[i] = it
			} else {
				at[it.identity()] = len(d.items)
				d.items = append(d.items, it)
			}
			return err
		})
	} else {
		_, err = r.value(false)
	}
	if err != nil {
		return Data{}, err
	}
	r.space()
	if r.at < len(r.text) {
		return Data{}, r.syntaxError()
	}
	return d, nil
}

// asciiJSON returns text with each byte beyond ASCII as the escape of its Latin-1 character.
func asciiJSON(text []byte) string {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x80 }) {
		return string(text)
	}
	var b []byte
	for _, c := range text {
		if c < 0x80 {
			b = append(b, c)
		} else {
			b = appendUnicode(b, rune(c))
		}
	}
	return string(b)
}

// identity is the name. One that contains the replacement character is told apart as it was written,
// lest two different broken names count as the same.
func (it item) identity() string {
	if strings.Contains(it.name, "\ufffd") {
		return it.rawName
	}
	return it.name
}

// AppendJSON appends d as compact JSON in ASCII, the form that Django signs.
func (d Data) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, it := range d.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, it.rawName...)
		dst = append(dst, ':')
		dst = append(dst, it.raw...)
	}
	return append(dst, '}')
}

// size is the length of what AppendJSON appends, in bytes.
func (d Data) size() int {
	size := len("{}") + max(0, len(d.items)-1) // and the commas
	for _, it := range d.items {
		size += len(it.rawName) + len(":") + len(it.raw)
	}
	return size
}

// String returns d as compact JSON in ASCII.
func (d Data) String() string { return string(d.AppendJSON(nil)) }

// Len returns the number of names.
func (d Data) Len() int { return len(d.items) }

// Get returns the value of name, decoded anew: nil, bool, string, int, json.Number for integers
// that do not fit, float64, []any or map[string]any.
func (d Data) Get(name string) (value any, ok bool) {
	for i := range d.items {
		if d.items[i].name == name {
			return decodeJSON(d.items[i].raw), true
		}
	}
	return nil, false
}

// Has reports whether there is a value of that name.
func (d Data) Has(name string) bool {
	return slices.ContainsFunc(d.items, func(it item) bool { return it.name == name })
}

// All returns names and decoded values in the order in which they were first set.
func (d Data) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, it := range d.items {
			if !yield(it.name, decodeJSON(it.raw)) {
				return
			}
		}
	}
}

// Texts returns names and values in the same order, the values as they stand: JSON in ASCII, and what
// Python takes for it.
func (d Data) Texts() iter.Seq2[string, string] {
	return func(yield func(name, text string) bool) {
		for _, it := range d.items {
			if !yield(it.name, it.raw) {
				return
			}
		}
	}
}

// Set sets a value, which stands for its JSON from then on: a struct is read again as a map.
// A value that has no JSON is an error.
func (d *Data) Set(name string, value any) error {
	it, err := newItem(name, value)
	if err != nil {
		return err
	}
	d.put(it)
	return nil
}

// SetAll sets all values of another Data, those that are new in its order.
func (d *Data) SetAll(values Data) {
	items := slices.Clone(d.items)
	at := make(map[string]int, len(items))
	for i, it := range items {
		at[it.identity()] = i
	}
	for _, it := range values.items {
		if i, ok := at[it.identity()]; ok {
			items[i] = it
		} else {
			items = append(items, it)
		}
	}
	d.items = items
}

// Delete removes a value and reports whether there was one.
func (d *Data) Delete(name string) bool {
	if !d.Has(name) {
		return false
	}
	d.items = slices.DeleteFunc(slices.Clone(d.items), func(it item) bool { return it.name == name })
	return true
}

// Clear removes all values.
func (d *Data) Clear() { d.items = nil }

// put replaces the item of the same name, or appends it.
func (d *Data) put(it item) {
	items := make([]item, len(d.items), len(d.items)+1)
	copy(items, d.items)
	same := func(other item) bool { return other.identity() == it.identity() }
	if i := slices.IndexFunc(items, same); i >= 0 {
		items[i] = it
	} else {
		items = append(items, it)
	}
	d.items = items
}

func newItem(name string, value any) (item, error) {
	raw, err := appendJSON(nil, value, 1)
	if err != nil {
		return item{}, fmt.Errorf("set %q: %w", name, err)
	}
	return item{name, string(appendQuoted(nil, name)), string(raw)}, nil
}
