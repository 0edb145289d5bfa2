package session

import (
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"

	"sessionlab/session/pyjson"
)

// Data holds a session's values: a JSON object, in its order. A value is decoded only when it is asked
// for, so that what is not touched is written back character by character: numbers of any size, NaN,
// half surrogate pairs.
//
// Data is a value: a copy does not change with the original, and what Get returns is the caller's.
// The zero Data is empty.
type Data struct {
	items []pyjson.Part // shared by copies, therefore never written to: every change makes a new slice
}

// ParseData reads a JSON object as Django reads session data: bytes beyond ASCII are Latin-1
// characters, and of two members of one name the last counts. Any JSON value but an object gives an
// empty session, as a list does in Django.
func ParseData(text []byte) (Data, error) {
	kind, parts, err := pyjson.Split(latin1(text))
	if err != nil || kind != pyjson.Object {
		return Data{}, err
	}
	return Data{parts}, nil
}

// latin1 returns a text that is in Latin-1.
func latin1(text []byte) string {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return string(text)
	}
	characters := make([]rune, len(text))
	for i, c := range text {
		characters[i] = rune(c)
	}
	return string(characters)
}

// AppendJSON appends d as compact JSON in ASCII, the form that Django signs.
func (d Data) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	for i, it := range d.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, it.Quoted...)
		dst = append(dst, ':')
		dst = append(dst, it.Value...)
	}
	return append(dst, '}')
}

// size returns the length of what AppendJSON appends, in bytes.
func (d Data) size() int {
	size := len("{}") + max(0, len(d.items)-1) // and the commas
	for _, it := range d.items {
		size += len(it.Quoted) + len(":") + len(it.Value)
	}
	return size
}

// String returns d as compact JSON in ASCII.
func (d Data) String() string { return string(d.AppendJSON(nil)) }

// Len returns the number of names.
func (d Data) Len() int { return len(d.items) }

// Get returns the value of name, newly decoded: nil, bool, string, int, json.Number for integers
// that do not fit, float64, []any or map[string]any.
func (d Data) Get(name string) (value any, ok bool) {
	v, ok := d.Value(name)
	if !ok {
		return nil, false
	}
	return v.Any(), true
}

// Value returns the value of name as it is stored.
func (d Data) Value(name string) (v pyjson.Value, ok bool) {
	for i := range d.items {
		if d.items[i].Name == name {
			return d.items[i].Value, true
		}
	}
	return "", false
}

// Has reports whether there is a value of that name.
func (d Data) Has(name string) bool {
	_, ok := d.Value(name)
	return ok
}

// All returns names and decoded values in the order in which they were first set.
func (d Data) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, it := range d.items {
			if !yield(it.Name, it.Value.Any()) {
				return
			}
		}
	}
}

// Values returns names and values in the same order, the values as they are stored.
func (d Data) Values() iter.Seq2[string, pyjson.Value] {
	return func(yield func(string, pyjson.Value) bool) {
		for _, it := range d.items {
			if !yield(it.Name, it.Value) {
				return
			}
		}
	}
}

// Set sets a value. What is kept is its JSON: a struct is read again as a map. It returns an error if
// the value has no JSON.
func (d *Data) Set(name string, value any) error {
	it, err := newPart(name, value)
	if err != nil {
		return err
	}
	d.put(it)
	return nil
}

// SetAll sets all values of another Data. New names are added in its order.
func (d *Data) SetAll(values Data) {
	items := slices.Clone(d.items)
	at := make(map[string]int, len(items))
	for i, it := range items {
		at[it.Key()] = i
	}
	for _, it := range values.items {
		if i, ok := at[it.Key()]; ok {
			items[i] = it
		} else {
			items = append(items, it)
		}
	}
	d.items = items
}

// Delete removes a value and reports whether there was one.
func (d *Data) Delete(name string) bool {
	before := d.Len()
	d.DeleteFunc(func(n string) bool { return n == name })
	return d.Len() < before
}

// DeleteFunc removes the values for whose names del returns true.
func (d *Data) DeleteFunc(del func(name string) bool) {
	d.items = slices.DeleteFunc(slices.Clone(d.items), func(it pyjson.Part) bool { return del(it.Name) })
}

// Clear removes all values.
func (d *Data) Clear() { d.items = nil }

// put replaces the value of the same name, or appends it.
func (d *Data) put(it pyjson.Part) {
	items := make([]pyjson.Part, len(d.items), len(d.items)+1)
	copy(items, d.items)
	same := func(other pyjson.Part) bool { return other.Key() == it.Key() }
	if i := slices.IndexFunc(items, same); i >= 0 {
		items[i] = it
	} else {
		items = append(items, it)
	}
	d.items = items
}

func newPart(name string, value any) (pyjson.Part, error) {
	v, err := pyjson.Of(value)
	if err != nil {
		return pyjson.Part{}, fmt.Errorf("set %q: %w", name, err)
	}
	return pyjson.Part{Name: name, Quoted: string(pyjson.Quote(name)), Value: v}, nil
}
